"""Vectors into the object store: per kind a directory of the run that is whole once its manifest is there."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from pyarrow import fs

from components.connect.filesystems import filesystem_and_path, of_system
from components.export_vectors.arrays import Whole, sparse, write_npy, write_npz
from components.export_vectors.read import Dense, Words, dense, weighed
from components.shell import datasets
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant, parse_instant
from components.shell.summary import OFF, Summary

log = logging.getLogger(__name__)

WORDS = "tfidf"
Write = Callable[[IO[bytes]], None]


@dataclass(frozen=True)
class Given:
    """What is exported: vectors by kind, the weights of words with their vocabulary, and the column that names rows."""

    vectors: Path
    words: Path
    vocabulary: Path
    key: str


@dataclass(frozen=True)
class Version:
    """Of which run the export is: its key and its instant."""

    run_key: str
    as_of: datetime


def export(given: Given, version: Version, to: str) -> Summary:
    """What was put, by kind; nothing where nobody says where to.

    Raises:
        ConfigurationError: the address is none of a bucket that there is, or the keys are wrong.
        ContractError: the vectors of a kind have several dimensions.
        TransientError: the store does not answer.
    """
    rows = sum(datasets.read_manifest(each).rows for each in (given.vectors, given.words))
    if not to:
        return Summary(rows, details=OFF)
    parts = urlsplit(to)
    if parts.scheme != "s3" or not parts.netloc:
        raise ConfigurationError(f"vectors_to is '{to}'", "write s3://bucket/prefix")
    kinds = {each.kind: _of_vectors(each) for each in dense(given.vectors, given.key)}
    kinds[WORDS] = _of_words(weighed(given.words, given.vocabulary, given.key))
    filesystem, root = filesystem_and_path(to)
    exports: dict[str, Any] = {}
    with _translated(to):
        _require_bucket(filesystem, root)
        for kind, files in kinds.items():
            shelf = _Shelf(filesystem, f"{root}/{kind}", version)
            exports[kind] = {"put": shelf.put(files), "at": f"s3://{shelf.directory}"}
            log.info("%s: %s at %s", kind, "put" if exports[kind]["put"] else "there already", exports[kind]["at"])
    return Summary(rows, rows, details={"kinds": exports})


def _of_vectors(dense_vectors: Dense) -> dict[str, Write]:
    whole = Whole("<f4", (dense_vectors.rows, dense_vectors.dimension), dense_vectors.vectors())
    ids = Whole(f"<U{max(dense_vectors.longest, 1)}", (dense_vectors.rows,), dense_vectors.ids())
    return {"vectors.npy": lambda stream: write_npy(stream, whole), "ids.npy": lambda stream: write_npy(stream, ids)}


def _of_words(weights: Words) -> dict[str, Write]:
    arrays = sparse(
        (weights.rows, len(weights.terms)),
        Whole("<f4", (weights.elements,), weights.values()),
        Whole("<i4", (weights.elements,), weights.indices()),
        Whole("<i8", (weights.rows,), weights.ends()),
    )
    ids = Whole(f"<U{max(weights.longest, 1)}", (weights.rows,), weights.ids())
    terms = Whole(weights.terms.dtype.str, weights.terms.shape, [weights.terms])
    return {
        "vectors.npz": lambda stream: write_npz(stream, arrays),
        "ids.npy": lambda stream: write_npy(stream, ids),
        "terms.npy": lambda stream: write_npy(stream, terms),
    }


@dataclass(frozen=True)
class _Shelf:
    """Where the exports of a kind lie, one beside the other."""

    filesystem: fs.FileSystem
    root: str
    version: Version

    @property
    def directory(self) -> str:
        return f"{self.root}/{self.version.run_key}"

    def put(self, files: Mapping[str, Write]) -> bool:
        """Whether the files had to be put; a version that is there whole stays, as what the table has of the key does.

        A run that is repeated commits nothing, and may have computed other vectors.
        """
        manifest = f"{self.directory}/{datasets.MANIFEST}"
        whole = bool(self._json(manifest))
        if not whole:
            for name, write in files.items():
                with self.filesystem.open_output_stream(f"{self.directory}/{name}") as stream:
                    write(stream)
            self._put_json(manifest, {"files": sorted(files), **self._identity})
        latest = f"{self.root}/latest.json"
        latest_as_of = self._json(latest).get("as_of")
        if latest_as_of is None or parse_instant(latest_as_of) <= self.version.as_of:
            self._put_json(latest, self._identity)
        return not whole

    @property
    def _identity(self) -> dict[str, str]:
        return {"run_key": self.version.run_key, "as_of": format_instant(self.version.as_of)}

    def _json(self, path: str) -> dict[str, Any]:
        """What the object says; nothing where it is not there."""
        try:
            with self.filesystem.open_input_stream(path) as stream:
                document: dict[str, Any] = json.loads(stream.read())
                return document
        except FileNotFoundError:
            return {}

    def _put_json(self, path: str, document: Mapping[str, Any]) -> None:
        # A store replaces an object whole.
        with self.filesystem.open_output_stream(path) as stream:
            stream.write(json.dumps(document, indent=2, sort_keys=True).encode())


def _require_bucket(filesystem: fs.FileSystem, root: str) -> None:
    bucket = root.partition("/")[0]
    if filesystem.get_file_info(bucket).type is fs.FileType.NotFound:
        raise ConfigurationError(f"bucket {bucket} does not exist", "create it, or correct vectors_to")


@contextmanager
def _translated(to: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise of_system(to, error, "written") or error from None
