"""Rows in files, apart by a number."""

import math
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from components.shell.engine import engine, records
from components.shell.pieces import Pieces

SCHEMA = ibis.schema({"at": "!timestamp('UTC', 6)", "name": "string", "number": "!int64", "share": "float64"})
ROWS = [
    {"at": datetime(2024, 1, 1, 0, 0, 0, 1, UTC), "name": None, "number": 2**62 + 1, "share": -0.0},
    {"at": datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), "name": "", "number": 0, "share": 0.1 + 0.2},
    {"at": datetime(2024, 1, 2, tzinfo=UTC), "name": "a'b", "number": 7, "share": None},
]


def test_rows_come_back_as_they_were_by_their_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some at a time, all of them, and those that were added later too; also where a directory has a quote."""
    place = tmp_path / "it's"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    with engine("400MB", threads=1) as backend:
        given = pa.Table.from_pylist(ROWS, SCHEMA.to_pyarrow())
        backend.begin(lambda connection: connection.register("given", given))
        rows = ibis.table(SCHEMA, "given")
        pieces = Pieces(backend, "held", SCHEMA)
        assert (records(backend, pieces.all()), pieces.rows()) == ([], {})
        pieces.add(rows, rows.number % 7)
        pieces.add(rows.filter(rows.number == 7), ibis.literal(4))
        assert pieces.rows() == {0: 2, 4: 1, 5: 1}
        assert records(backend, pieces.of([0]).order_by("number")) == ROWS[1:]
        assert records(backend, pieces.of([])) == []
        (first,) = records(backend, pieces.of([5, 6]).filter(ibis._.name.isnull()))
        assert first == ROWS[0]
        assert math.copysign(1, first["share"]) == -1
        assert sorted(row["number"] for row in records(backend, pieces.all())) == [0, 7, 7, 2**62 + 1]
        assert (backend.scratch / "held").is_dir()
    assert list(place.iterdir()) == []
