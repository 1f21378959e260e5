"""The nearest neighbours of a row, or of a text, among the vectors that a pipeline has left in its tables."""

import json
import math
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell.errors import BY_EXIT_CODE, ConfigurationError, StepError
from stockpot.local.environments import ensure
from stockpot.local.project import Project

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

WORDS = "tfidf"
# As the step that weighs words takes them out of texts.
_WORD = re.compile(r"\b\w\w+\b")
_MODEL_SECONDS = 300


@dataclass(frozen=True)
class Sought:
    """What is sought: the neighbours in a table of a row, by its `id`, or of a `text`; how many, and in which vectors.

    `cache` is where models of `hf://` addresses lie.
    """

    table: str
    id: str = ""
    text: str = ""
    kind: str = ""
    limit: int = 10
    cache: str = ""

    def __post_init__(self) -> None:
        """Refuse what seeks nothing, or two things.

        Raises:
            ConfigurationError: it does.
        """
        if bool(self.id) == bool(self.text):
            raise ConfigurationError("neighbours are sought of a row or of a text", "give an ID, or --text")

    @property
    def single(self) -> str:
        """What a row of the table is, with its namespace: `retail.article`."""
        return self.table.removesuffix("s")

    @property
    def key(self) -> str:
        """The column that names a row."""
        return f"{self.single.rpartition('.')[2]}_id"


@dataclass(frozen=True)
class Neighbour:
    """A row with its text, and how near it is: the cosine of the two vectors."""

    id: str
    cosine: float
    text: str


@dataclass(frozen=True)
class Found:
    """What was looked at, by which vectors, and its neighbours, the nearest first."""

    kind: str
    text: str
    neighbours: tuple[Neighbour, ...]


def similar(sought: Sought, home: Path) -> Found:
    """The nearest neighbours.

    Raises:
        ConfigurationError: there is no such table, kind or row, or none that has a vector.
        TransientError: catalog or store do not answer.
    """
    kind = sought.kind or _known_kind(sought)
    vector = _of_text(sought, kind, home) if sought.text else _of_row(sought, kind)
    best = _nearest(sought, kind, vector)
    wanted = {name: "" for _, name in best} | ({sought.id: ""} if sought.id else {})
    texts = wanted | _texts(sought, list(wanted))
    neighbours = tuple(Neighbour(name, round(cosine, 6), texts[name]) for cosine, name in best)
    return Found(kind, sought.text or texts[sought.id], neighbours)


def _known_kind(sought: Sought) -> str:
    """The kind of vectors that there are; words where there are no others."""
    found = sorted(
        {kind for batch in _scan(f"{sought.single}_embeddings", "kind") for kind in batch.column(0).to_pylist()}
    )
    return found[0] if found else WORDS


def _scan(table: str, *columns: str, where: Mapping[str, str] | None = None) -> "Iterator[pa.RecordBatch]":
    from components.iceberg.catalog import open_catalog, translated
    from components.iceberg.scan import Selection, scan, snapshot_of
    from stockpot.local.tables import find

    with translated():
        found = find(open_catalog(), table)
        yield from scan(found, snapshot_of(found, None), Selection(columns, where=where or {})).batches()


def _vectors(sought: Sought, kind: str, where: Mapping[str, str] | None = None) -> "Iterator[pa.RecordBatch]":
    """Key and vector of rows; of words `indices` and `values`."""
    if kind == WORDS:
        return _scan(f"{sought.single}_tfidf", sought.key, "indices", "values", where=where)
    told = {"kind": kind, **(where or {})}
    return _scan(f"{sought.single}_embeddings", sought.key, "vector", where=told)


def _of_row(sought: Sought, kind: str) -> Any:
    """The vector of the row that is named; of words a mapping from places to weights.

    Raises:
        ConfigurationError: it has none.
    """
    import numpy as np

    for batch in _vectors(sought, kind, {sought.key: sought.id}):
        (row,) = batch.slice(0, 1).to_pylist()
        if kind == WORDS:
            return dict(zip(row["indices"], row["values"], strict=True))
        return np.asarray(row["vector"], np.float32)
    raise ConfigurationError(
        f"{sought.id} has no vector of kind {kind}", "correct the id or --kind, or run the pipeline that computes them"
    )


def _nearest(sought: Sought, kind: str, vector: Any) -> list[tuple[float, str]]:
    """Cosine and key of the nearest rows, the nearest first and ties by key; the row itself left out."""
    best: list[tuple[float, str]] = []
    for batch in _vectors(sought, kind):
        cosines = _cosines_of_words(batch, vector) if kind == WORDS else _cosines(batch, vector)
        found = zip(cosines.tolist(), batch.column(0).to_pylist(), strict=True)
        best = sorted([*best, *(each for each in found if each[1] != sought.id)], key=lambda each: (-each[0], each[1]))
        best = best[: sought.limit]
    return best


def _cosines(batch: "pa.RecordBatch", vector: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    import numpy as np

    flat = np.asarray(batch.column(1).flatten(), np.float32)
    if len(flat) != batch.num_rows * len(vector):
        raise ConfigurationError(
            "the vectors have other dimensions than what is sought", "compute them anew by the model that is there now"
        )
    found: np.ndarray[Any, Any] = flat.reshape(batch.num_rows, -1) @ vector
    return found


def _cosines_of_words(batch: "pa.RecordBatch", weights: Mapping[int, float]) -> "np.ndarray[Any, Any]":
    import numpy as np

    places, values = (np.asarray(batch.column(name).flatten()) for name in ("indices", "values"))
    dense = np.zeros(max([*weights, int(places.max(initial=0))]) + 1)
    dense[list(weights)] = list(weights.values())
    lengths = np.diff(np.asarray(batch.column("indices").offsets))
    rows = np.repeat(np.arange(batch.num_rows), lengths)
    found: np.ndarray[Any, Any] = np.bincount(rows, values * dense[places], minlength=batch.num_rows)
    return found


def _of_text(sought: Sought, kind: str, home: Path) -> Any:
    """The vector of a text: by the vocabulary, or by the model that computed the others.

    Raises:
        ConfigurationError: no word of the text is known, or the model is not to be had.
    """
    if kind != WORDS:
        return _by_model(sought, kind, home)
    counted = Counter(_WORD.findall(sought.text.lower()))
    columns = ("term", "index", "idf")
    rows = (
        row
        for batch in _scan(f"{sought.table.partition('.')[0]}.tfidf_vocabulary", *columns)
        for row in batch.to_pylist()
    )
    weights = {row["index"]: counted[row["term"]] * row["idf"] for row in rows if row["term"] in counted}
    if not weights:
        raise ConfigurationError("the vocabulary has no word of the text", "ask with other words, or --kind bert")
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {place: weight / length for place, weight in weights.items()}


def _by_model(sought: Sought, kind: str, home: Path) -> Any:
    """The text's vector, computed by the step's own environment.

    Raises:
        StepError: as the step says.
    """
    import numpy as np

    batch = next(_scan(f"{sought.single}_embeddings", "model", "model_digest", where={"kind": kind}), None)
    if batch is None:
        raise ConfigurationError(f"there are no vectors of kind {kind}", "run the pipeline that computes them")
    model, digest = (batch.column(name)[0].as_py() for name in ("model", "model_digest"))
    project = Project.of(home)
    asked = {"text": sought.text, "model-uri": model, "model-digest": digest, "model-cache": sought.cache}
    command = [str(ensure(project, "embed_text").python), "-m", "components.embed_text.query"]
    flags = [word for name, value in asked.items() for word in (f"--{name}", value)]
    environment = {**os.environ, "PYTHONPATH": str(project.code), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [*command, *flags], env=environment, capture_output=True, text=True, timeout=_MODEL_SECONDS, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["error: the model could not be asked"]
        raise BY_EXIT_CODE.get(done.returncode, StepError)(said[0].removeprefix("error: "))
    return np.asarray(json.loads(done.stdout), np.float32)


def _texts(sought: Sought, ids: list[str]) -> dict[str, str]:
    """The texts of these rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: dict[str, str] = {}
    for batch in _scan(sought.table, sought.key, "text"):
        rows = batch.filter(pc.is_in(batch.column(0), value_set=pa.array(ids, batch.column(0).type)))
        found |= dict(zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True))
    return found
