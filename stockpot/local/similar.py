"""The nearest neighbours of a row, or of a text, among the vectors that a pipeline has left in its tables."""

import json
import math
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.shell.errors import BY_EXIT_CODE, ConfigurationError, StepError
from components.vectors.columns import CLIP, address_and_output
from stockpot.compiler.tracing import entries
from stockpot.local.environments import ensure
from stockpot.local.project import Project

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

WORDS = "tfidf"
# As the step that weighs words takes them out of texts.
_WORD = re.compile(r"\b\w\w+\b")
_MODEL_SECONDS = 300
_DENSE, _SPARSE = "_embeddings", "_tfidf"
# The column of a row's text where no dataset names it, and the one that tells the versions of a row apart.
_TEXT = "text"
_VERSION = "known_at"
# The column that says what made a vector.
_MODEL = "model"


@dataclass(frozen=True)
class SimilarityQuery:
    """A search for the neighbours in a table of a row, by its `id`, or of a `text`: how many, in which vectors.

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
            ConfigurationError: it does, the table has the vectors in place of the rows, or texts have none of the kind.
        """
        if of := next((self.table.removesuffix(end) for end in (_DENSE, _SPARSE) if self.table.endswith(end)), ""):
            raise ConfigurationError(f"{self.table} holds vectors", f"name the table of what they are of: {of}s")
        if bool(self.id) == bool(self.text):
            raise ConfigurationError("neighbours are sought of a row or of a text", "give an ID, or --text")
        if self.text and self.kind == CLIP:
            problem = f"vectors of kind {CLIP} are of images, and their model gives texts none"
            raise ConfigurationError(problem, "ask for an ID, or the text with another --kind")

    @property
    def single(self) -> str:
        """What a row of the table is, with its namespace: `retail.article`."""
        return self.table.removesuffix("s")

    @property
    def dense(self) -> str:
        """The table of the vectors that models have computed."""
        return f"{self.single}{_DENSE}"

    @property
    def sparse(self) -> str:
        """The table of the weights of words."""
        return f"{self.single}{_SPARSE}"

    @property
    def key(self) -> str:
        """The column that names a row, all versions of it."""
        return f"{self.single.rpartition('.')[2]}_id"


@dataclass(frozen=True)
class Neighbour:
    """A row with its text, and how near it is: the cosine of the two vectors."""

    id: str
    cosine: float
    text: str


@dataclass(frozen=True)
class SimilarRows:
    """What was looked at, by which vectors, and its neighbours, the nearest first."""

    kind: str
    text: str
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class _Compared:
    """What is compared: a vector with those of a table that `where` selects, of words where it is a mapping.

    Where rows have versions, `version` is the column that tells them apart, and of each row the `last` one that has a
    vector counts. Rows count that were made by the same `output`, None where they have none.
    """

    table: str
    kind: str
    vector: Any
    where: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    last: Mapping[str, Any] = field(default_factory=dict)
    output: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a vector."""
        return ("indices", "values") if self.kind == WORDS else ("vector",)


def similar(query: SimilarityQuery, home: Path) -> SimilarRows:
    """The nearest neighbours.

    Raises:
        ConfigurationError: there is no such table, kind or row, or none that has a vector.
        TransientError: catalog or store do not answer.
    """
    column, kind = _text_column(query.table), query.kind or _known_kind(query)
    compared = _by_words(query) if kind == WORDS else _by_model(query, kind, home)
    best = _nearest(query, compared)
    names = [name for _, name in best] + ([query.id] if query.id else [])
    texts = _texts(query, column, names, compared)
    # A vector may outlive its row, of which there is nothing to be shown then.
    neighbours = tuple(Neighbour(name, round(cosine, 6), texts[name]) for cosine, name in best if name in texts)
    return SimilarRows(kind, query.text or texts.get(query.id, ""), neighbours)


def _known_kind(query: SimilarityQuery) -> str:
    """The kind of vectors that there are, for a text one that texts have; words where there are no others."""
    kinds = {kind for batch in _scan(query.dense, "kind") for kind in batch.column(0).unique().to_pylist()}
    return min(kinds - {CLIP} if query.text else kinds, default=WORDS)


def _scan(table: str, *columns: str, where: Mapping[str, str] | None = None) -> "Iterator[pa.RecordBatch]":
    from components.iceberg.catalog import open_catalog, translated
    from components.iceberg.scan import Selection, scan, snapshot_of
    from stockpot.local.tables import find

    with translated():
        iceberg_table = find(open_catalog(), table)
        yield from scan(
            iceberg_table, snapshot_of(iceberg_table, None), Selection(columns, where=where or {})
        ).batches()


def _columns(table: str) -> list[str]:
    from components.iceberg.catalog import open_catalog, translated
    from stockpot.local.tables import find

    with translated():
        return find(open_catalog(), table).schema().column_names


def _by_words(query: SimilarityQuery) -> _Compared:
    """What is compared where words are: mappings from indices to weights.

    Raises:
        ConfigurationError: there are no weights of words, none of the row, or no word of the text is known.
    """
    from components.iceberg.catalog import table_exists

    if not table_exists(query.sparse):
        missing, todo = f"of kind {WORDS}", "name another --kind"
        if not query.kind:
            missing, todo = (
                "of texts yet" if query.text else "yet",
                "run the pipeline that computes them, with the address of a model",
            )
        raise ConfigurationError(f"{query.table} has no vectors {missing}", todo)
    if query.text:
        return _Compared(query.sparse, WORDS, _weights(query))
    for batch in _scan(query.sparse, "indices", "values", where={query.key: query.id}):
        (row,) = batch.slice(0, 1).to_pylist()
        return _Compared(query.sparse, WORDS, dict(zip(row["indices"], row["values"], strict=True)))
    raise _without_vector(query, WORDS)


def _weights(query: SimilarityQuery) -> dict[int, float]:
    """The weights of a text's words, by the vocabulary.

    Raises:
        ConfigurationError: no word of the text is known.
    """
    counted = Counter(_WORD.findall(query.text.lower()))
    columns = ("term", "index", "idf")
    rows = (
        row
        for batch in _scan(f"{query.table.partition('.')[0]}.tfidf_vocabulary", *columns)
        for row in batch.to_pylist()
    )
    weights = {row["index"]: counted[row["term"]] * row["idf"] for row in rows if row["term"] in counted}
    if not weights:
        raise ConfigurationError("the vocabulary has no word of the text", "ask with other words, or --kind bert")
    length = math.sqrt(sum(weight * weight for weight in weights.values()))
    return {index: weight / length for index, weight in weights.items()}


def _by_model(query: SimilarityQuery, kind: str, home: Path) -> _Compared:
    """What is compared where vectors of a model are, and of no other: those of two models tell nothing of each other.

    Raises:
        StepError: there are no such vectors, none of the row, or the model cannot be asked about the text.
    """
    import numpy as np

    version = _VERSION if _VERSION in _columns(query.dense) else ""
    newest = version if query.id else "computed_at"
    row = _newest(query, kind, newest)
    where = {"kind": kind, "model_digest": row["model_digest"]}
    vector = np.asarray(row["vector"], np.float32) if query.id else _embedded(query, row, home)
    output = address_and_output(row[_MODEL])[1] if _MODEL in row else None
    compared = _Compared(query.dense, kind, vector, where, version, output=output)
    last: dict[str, Any] = {}
    for batch in _comparable(compared, query.key, version) if version else ():
        for name, at in zip(*(batch.column(name).to_pylist() for name in (query.key, version)), strict=True):
            last[name] = max(at, last.get(name, at))
    return replace(compared, last=last)


def _comparable(compared: _Compared, *columns: str) -> "Iterator[pa.RecordBatch]":
    """The rows that may be compared: those of one model and, where it is known, of one output of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    model_column = [] if compared.output is None else [_MODEL]
    for batch in _scan(compared.table, *columns, *model_column, where=compared.where):
        if not model_column:
            yield batch
            continue
        models = batch.column(_MODEL)
        same = [each for each in models.unique().to_pylist() if address_and_output(each)[1] == compared.output]
        yield batch.filter(pc.is_in(models, value_set=pa.array(same, models.type)))


def _newest(query: SimilarityQuery, kind: str, newest: str) -> Mapping[str, Any]:
    """The row of vectors that is `newest` by this column: of those of the row in the query, or of all.

    Raises:
        ConfigurationError: there is none.
    """
    model_column = (_MODEL,) if query.text or _MODEL in _columns(query.dense) else ()
    columns = ("model_digest", *([newest] if newest else []), *model_column, *(("vector",) if query.id else ()))
    where = {"kind": kind, **({query.key: query.id} if query.id else {})}
    latest: dict[str, Any] | None = None
    for batch in _scan(query.dense, *columns, where=where):
        for row in batch.to_pylist():
            latest = row if latest is None or (newest and row[newest] > latest[newest]) else latest
    if latest is None:
        raise _without_vector(query, kind)
    return latest


def _without_vector(query: SimilarityQuery, kind: str) -> ConfigurationError:
    if query.text:
        return ConfigurationError(f"there are no vectors of kind {kind}", "run the pipeline that computes them")
    todo = "correct the id or --kind, or run the pipeline that computes them"
    return ConfigurationError(f"{query.id} has no vector of kind {kind}", todo)


def _embedded(query: SimilarityQuery, by: Mapping[str, Any], home: Path) -> "np.ndarray[Any, Any]":
    """The text's vector, computed by the step's own environment and the model of a row.

    Raises:
        StepError: as the step says.
    """
    import numpy as np

    project = Project.of(home)
    uri, output = address_and_output(by[_MODEL])
    arguments = {
        "text": query.text, "model-uri": uri, "model-digest": by["model_digest"], "model-cache": query.cache,
        "output": output,
    }  # fmt: skip
    command = [str(ensure(project, "embed_text").python), "-m", "components.embed_text.query"]
    flags = [word for name, value in arguments.items() for word in (f"--{name}", value)]
    environment = {**os.environ, "PYTHONPATH": str(project.code), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [*command, *flags], env=environment, capture_output=True, text=True, timeout=_MODEL_SECONDS, check=False
    )
    if done.returncode:
        last_line = done.stderr.strip().splitlines()[-1:] or ["error: the model could not be asked"]
        raise BY_EXIT_CODE.get(done.returncode, StepError)(last_line[0].removeprefix("error: "))
    return np.asarray(json.loads(done.stdout), np.float32)


def _nearest(query: SimilarityQuery, compared: _Compared) -> list[tuple[float, str]]:
    """Cosine and key of the nearest rows, the nearest first and ties by key; the row itself left out."""
    best: list[tuple[float, str]] = []
    versions = [compared.version] if compared.version else []
    for batch in _comparable(compared, *compared.columns, query.key, *versions):
        kept = _last(batch, query.key, compared)
        if not kept.num_rows:
            continue
        cosines = (_cosines_of_words if compared.kind == WORDS else _cosines)(kept, compared.vector)
        scored = zip(cosines.tolist(), kept.column(query.key).to_pylist(), strict=True)
        best = sorted([*best, *(each for each in scored if each[1] != query.id)], key=lambda each: (-each[0], each[1]))
        best = best[: query.limit]
    return best


def _last(batch: "pa.RecordBatch", key: str, compared: _Compared) -> "pa.RecordBatch":
    """The rows of the batch that count: of rows with versions the last ones."""
    import pyarrow as pa

    if not compared.version:
        return batch
    names, versions = (batch.column(name).to_pylist() for name in (key, compared.version))
    kept = [compared.last.get(name) == at for name, at in zip(names, versions, strict=True)]
    return batch.filter(pa.array(kept, pa.bool_()))


def _cosines(batch: "pa.RecordBatch", vector: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    import numpy as np

    flat = np.asarray(batch.column("vector").flatten(), np.float32)
    if len(flat) != batch.num_rows * len(vector):
        raise ConfigurationError(
            "the vectors have other dimensions than what is sought", "compute them anew by the model that is there now"
        )
    cosines: np.ndarray[Any, Any] = flat.reshape(batch.num_rows, -1) @ vector
    return cosines


def _cosines_of_words(batch: "pa.RecordBatch", weights: Mapping[int, float]) -> "np.ndarray[Any, Any]":
    import numpy as np

    indices, values = (np.asarray(batch.column(name).flatten()) for name in ("indices", "values"))
    dense = np.zeros(max([*weights, int(indices.max(initial=0))]) + 1)
    dense[list(weights)] = list(weights.values())
    lengths = np.diff(np.asarray(batch.column("indices").offsets))
    rows = np.repeat(np.arange(batch.num_rows), lengths)
    cosines: np.ndarray[Any, Any] = np.bincount(rows, values * dense[indices], minlength=batch.num_rows)
    return cosines


def _text_column(table: str) -> str:
    """The column that has a row's text: what a dataset says, else the one of that name.

    Raises:
        ConfigurationError: there is none.
    """
    column = next((entry.text for entry in entries().values() if entry.table == table and entry.text), "")
    if not column and _TEXT not in _columns(table):
        todo = "name another table, or the column as `text` of the dataset that fills it"
        raise ConfigurationError(f"no dataset says which column of {table} has its texts", todo)
    return column or _TEXT


def _texts(query: SimilarityQuery, column: str, names: list[str], compared: _Compared) -> dict[str, str]:
    """The texts of these rows, of those with versions the ones that were compared."""
    import pyarrow as pa
    import pyarrow.compute as pc

    versions = [compared.version] if compared.version else []
    texts: dict[str, str] = {}
    for batch in _scan(query.table, query.key, column, *versions):
        rows = batch.filter(pc.is_in(batch.column(0), value_set=pa.array(names, batch.column(0).type)))
        rows = _last(rows, query.key, compared)
        texts |= dict(zip(rows.column(0).to_pylist(), rows.column(1).to_pylist(), strict=True))
    return texts
