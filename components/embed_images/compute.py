"""The images of articles as rows of vectors: what stands is carried over, the rest prepared and encoded."""

import errno
import hashlib
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from pyarrow import fs

from components.connect.filesystems import filesystem_and_path, of_system
from components.embed_images.picture import HUGE, Picture, is_deep, picture
from components.shell import datasets
from components.shell.control_group import processors
from components.shell.counts import counted
from components.shell.engine import Engine, engine, keep, lent, streamed
from components.shell.errors import ConfigurationError
from components.shell.progress import report
from components.shell.summary import Summary
from components.vectors.arrays import Floats, numbers
from components.vectors.columns import CLIP
from components.vectors.model import Address, fetched
from components.vectors.rows import OF_ARTICLES, REJECTED, SCHEMA, About, Dimension, Inputs, Outputs, off, preparation
from components.vectors.session import DRIFT, Session, opened, require_same, require_unchanged, unit

log = logging.getLogger(__name__)

# Of how an image is prepared: another way needs another name, so that nothing stands that was prepared otherwise.
# Grey of more than 8 bits has one of its own: by `c1` it came out nearly white, and only that is to be made anew.
_PREPARED, _PREPARED_DEEP = "c1", "c2"
_OUTPUTS = ("image_embeds", "pooler_output")
_MEMORY = "512MB"
_AT_ONCE = 32
_PROBED = 16
_MISSING = "image_missing"
_LARGEST = 128 << 20
"""Bytes: so much is read of a file at most, by each thread at a time; no photograph has more that is small enough."""
_LONGEST_PATH = 1024
"""Bytes: so many has a key of a bucket at most; what is longer holds an image, and names none."""
_NO_PATH = (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL, errno.EILSEQ)
"""What a system says of a path that leads to no file, and will say again."""
_HELD = pa.schema([("article_id", pa.string())])


@dataclass(frozen=True)
class Settings:
    """Where the images are, and which model computes."""

    root: str
    address: Address
    digest: str = ""
    output: str = ""


@dataclass(frozen=True)
class _Image:
    """An article with the hash of its image's bytes and the picture in them, if it is to be encoded; or a reason.

    What `stands` has the bytes of before, and is encoded to be held against its vector alone.
    """

    article_id: str
    input_hash: str = ""
    picture: Picture | None = None
    reason: str = ""
    stands: bool = False


@dataclass
class _Seen:
    """What became of the articles so far; `stands` are those whose image is the one before."""

    stands: list[str] = field(default_factory=list)
    rejected: list[dict[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    dimension: Dimension = field(default_factory=Dimension)


def embed(inputs: Inputs, as_of: datetime, settings: Settings, outputs: Outputs) -> Summary:
    """What was done: the vectors are written, and the articles that have none.

    Raises:
        ConfigurationError: there is no such model, or no image where the images are said to be.
        ContractError: there are no articles, or the model returns what cannot be kept.
        TransientError: the store does not answer.
    """
    if not settings.address.uri:
        return off(outputs)
    read = inputs.require_articles()
    if not settings.root:
        raise ConfigurationError("nobody says where the images are", "give image_root")
    images = _image_root(settings.root)
    with tempfile.TemporaryDirectory(prefix="model-") as scratch, engine(_MEMORY) as backend:
        model = fetched(settings.address, [], Path(scratch), settings.digest)
        log.info("model %s, digest %s", model.uri, model.digest)
        about = About(OF_ARTICLES, CLIP, model, as_of, {"articles_snapshot": int(inputs.snapshot)}, settings.output)
        session = opened(model.network, _OUTPUTS, settings.output)
        plain, deep = (
            f"{model.digest}\n{preparation(each, settings.output)}\n" for each in (_PREPARED, _PREPARED_DEEP)
        )
        work = _Work(backend, inputs, _Images(*images, plain, deep), session, about)
        datasets.write_dataset(outputs.rows, SCHEMA, work.rows(read))
    rejected = pa.RecordBatch.from_pylist(work.seen.rejected, schema=REJECTED)
    datasets.write_dataset(outputs.rejected, REJECTED, [rejected] if rejected.num_rows else [])
    if work.seen.counts[_MISSING] == read:
        raise _without_images(settings.root, f"not one image of {counted(read, 'article')} lies")
    return work.summary(read)


def _image_root(root: str) -> tuple[fs.FileSystem, str]:
    """The file system that the images lie in, and the path there.

    Raises:
        ConfigurationError: there is no such directory.
        TransientError: the store does not answer.
    """
    filesystem, path = filesystem_and_path(root, "image_root")
    try:
        info = filesystem.get_file_info(path or "/")
    # A part of the path is empty, or no name.
    except pa.ArrowInvalid:
        raise _without_images(root, "nothing lies") from None
    except OSError as error:
        blamed = of_system(f"image_root {root}", error)
        if isinstance(blamed, ConfigurationError):
            # The right to read images need not include that to list: the first image shows what is wrong.
            return filesystem, path
        raise blamed or _without_images(root, "nothing lies") from None
    # A store has a directory where a key lies below it.
    if info.type is not fs.FileType.Directory:
        raise _without_images(root, "nothing lies")
    return filesystem, path


def _without_images(root: str, problem: str) -> ConfigurationError:
    todo = "correct it, mount the volume, or leave out image_model"
    return ConfigurationError(f"{problem} in image_root {root}", todo)


@dataclass(frozen=True)
class _Images:
    """Where images lie, and what the hashes of the plain ones and of those in deep grey begin with."""

    filesystem: fs.FileSystem
    root: str
    plain: str
    deep: str

    def image(self, row: dict[str, Any], look_again: bool) -> _Image:
        """The image of an article; a picture only where its bytes are not those before, or one is to `look_again`.

        Raises:
            TransientError: the store does not answer.
        """
        name = row["article_id"]
        path = row["image_path"] or f"images/{name[:3]}/{name}.jpg"
        content = self._content(path, name)
        if isinstance(content, str):
            return _Image(name, reason=content)
        prefix = self.deep if is_deep(content) else self.plain
        hasher = hashlib.sha256(prefix.encode())
        hasher.update(content)
        digest = hasher.hexdigest()
        stands = digest == row["held"]
        decoded = picture(content) if look_again or not stands else None
        if isinstance(decoded, str):
            return _Image(name, digest, stands=True) if stands else _Image(name, reason=decoded)
        return _Image(name, digest, decoded, stands=stands)

    def _content(self, path: str, article: str) -> bytes | str:
        """The bytes of the file, or the reason why there are none: the path leads to no file, or to one too large.

        Raises:
            ConfigurationError: it may not be read.
            TransientError: the store does not answer.
        """
        parts = PurePosixPath(path.lstrip("/")).parts
        inside = "/".join(parts)
        if not parts or ".." in parts or len(inside.encode()) > _LONGEST_PATH:
            return _MISSING
        try:
            with self.filesystem.open_input_stream(f"{self.root}/{inside}") as source:
                content: bytes = source.read(_LARGEST + 1)
                return content if len(content) <= _LARGEST else HUGE
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, pa.ArrowInvalid):
            return _MISSING
        except OSError as error:
            blamed = None if error.errno in _NO_PATH else of_system(f"the image of article {article}", error)
            if blamed is None:
                return _MISSING
            raise blamed from None


class _Work:
    """The rows of a run while they are made, and what became of the articles."""

    def __init__(self, backend: Engine, inputs: Inputs, images: _Images, session: Session, about: About) -> None:
        self._backend, self._images, self._session, self._about = backend, images, session, about
        self._before = about.before(backend, inputs.before)
        self._articles = backend.read_parquet(datasets.files(inputs.articles))
        self.seen = _Seen()
        self._again: dict[str, Floats] = {}
        """Vectors of now, by article, of images that stand."""

    def rows(self, total: int) -> Iterator[pa.RecordBatch]:
        """Rows just encoded, then those that stand, each by their articles' ids.

        Raises:
            ContractError: the model depends on its batch, or has changed under its digest.
        """
        done = 0
        with ThreadPoolExecutor(processors()) as pool:
            for batch in streamed(self._backend, self._backend.compile(self._asked()), _AT_ONCE):
                look = partial(self._images.image, look_again=len(self._again) < DRIFT)
                images = list(pool.map(look, batch.to_pylist()))
                self._account(images)
                self._look_again([each for each in images if each.stands and each.picture is not None])
                fresh = _fresh(images)
                if fresh:
                    yield from self._encoded(fresh)
                done += len(images)
                report(done, total)
        yield from self._standing()

    def _asked(self) -> ir.Table:
        held = self._before.select(before_id=self._before.article_id, held=self._before.input_hash)
        joined = self._articles.left_join(held, self._articles.article_id == held.before_id)
        return joined.select("article_id", "image_path", "held").order_by("article_id")

    def _account(self, images: Sequence[_Image]) -> None:
        self.seen.stands += [each.article_id for each in images if each.stands]
        wrong = [{"article_id": each.article_id, "reason": each.reason} for each in images if each.reason]
        self.seen.rejected += wrong
        pictures = [each.picture for each in _fresh(images) if each.picture is not None]
        self.seen.counts.update(each["reason"] for each in wrong)
        self.seen.counts.update({"encoded": len(pictures)})
        self.seen.counts.update({"animated": sum(each.moves for each in pictures)})
        self.seen.counts.update({"cmyk": sum(each.is_cmyk for each in pictures)})

    def _look_again(self, standing: Sequence[_Image]) -> None:
        if some := standing[: DRIFT - len(self._again)]:
            self._again.update(zip([each.article_id for each in some], self._run(_pixels(some)), strict=True))

    def _encoded(self, fresh: Sequence[_Image]) -> Iterator[pa.RecordBatch]:
        pixels = _pixels(fresh)
        if not self.seen.dimension.elements:
            probed = np.concatenate([pixels[:_PROBED], np.ones_like(pixels[:1])])
            require_same(self._run(probed), np.concatenate([self._run(each[None]) for each in probed]))
        vectors = self._run(pixels)
        self.seen.dimension.require(vectors.shape[1])
        given = {name: pa.array([getattr(each, name) for each in fresh]) for name in ("article_id", "input_hash")}
        rows = self._about.rows(given, vectors, pa.nulls(len(fresh), pa.int32()), pa.repeat(False, len(fresh)))
        yield from rows.to_batches()

    def _run(self, pixels: Floats) -> Floats:
        """The vectors of pictures.

        Raises:
            ConfigurationError: the network wants more than pictures.
        """
        wanted = self._session.inputs
        return unit(self._session.run({wanted[0] if len(wanted) == 1 else "pixel_values": pixels}), "images")

    def _standing(self) -> Iterator[pa.RecordBatch]:
        ids = pa.RecordBatch.from_arrays([pa.array(self.seen.stands, pa.string())], schema=_HELD)
        with lent(self._backend, "stands", _HELD, [ids]):
            known = keep(self._backend, "standing", ibis.table(ibis.Schema.from_pyarrow(_HELD), "stands"))
            self._backend.result(lambda _: None)
        self._require_unchanged()
        for batch in self._about.carried(self._backend, self._before.semi_join(known, "article_id")):
            self.seen.dimension.require(batch.column("dimension")[0].as_py())
            self.seen.counts["carried"] += batch.num_rows
            yield batch

    def _require_unchanged(self) -> None:
        """Nothing, if what was looked at again has the vectors that stand of it.

        Only here are these asked for: another query would end the one that reads the articles.

        Raises:
            ContractError: the model has changed, and its digest has not.
        """
        if not self._again:
            return
        held = self._before.filter(self._before.article_id.isin(list(self._again))).select("article_id", "vector")
        stored = self._backend.few(self._backend.compile(held)).combine_chunks()
        now = np.stack([self._again[name] for name in stored.column("article_id").to_pylist()])
        require_unchanged(now, numbers(stored.column("vector").chunk(0)))

    def summary(self, read: int) -> Summary:
        """What was done."""
        counts, model = self.seen.counts, self._about.model
        reasons = {name: count for name, count in counts.items() if name.startswith("image_")}
        figures = {name: counts[name] for name in ("carried", "encoded", "animated", "cmyk")}
        details = {
            "kind": CLIP,
            "model": model.uri,
            "model_digest": model.digest,
            "device": self._session.device,
            "dimension": self.seen.dimension.elements,
        }
        vectors = figures["carried"] + figures["encoded"]
        return Summary(read, vectors, sum(reasons.values()), {**details, **figures, "reasons": reasons})


def _fresh(images: Sequence[_Image]) -> list[_Image]:
    return [each for each in images if each.picture is not None and not each.stands]


def _pixels(images: Sequence[_Image]) -> Floats:
    return np.stack([each.picture.pixels for each in images if each.picture is not None])
