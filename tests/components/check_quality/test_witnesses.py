"""Few rows stand for all: what they say of a rule is what all rows say."""

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.check_quality import witnesses
from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.check_quality.frames import native_frame
from components.check_quality.validate import Validator
from components.shell import datasets
from tests.components.check_quality.conftest import AS_OF

LARGE = 2**53
SCHEMA = pa.schema(
    [
        ("whole", pa.int64()), ("fraction", pa.float64()), ("text", pa.string()), ("day", pa.date32()),
        ("at", pa.timestamp("us", "UTC")),
        pa.field("full", pa.int32(), nullable=False), pa.field("share", pa.float64(), nullable=False),
    ]
)  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "whole": st.sampled_from([None, -1, 0, 1, LARGE, LARGE + 1]),
            "fraction": st.sampled_from([None, -1.0, 0.5, math.inf, -math.inf, math.nan]),
            "text": st.sampled_from([None, "a", "b", "c"]),
            "day": st.sampled_from([None, date(2026, 1, 14), date(2026, 1, 15), date(2026, 1, 16)]),
            "at": st.sampled_from([None, AS_OF, AS_OF + timedelta(microseconds=1)]),
            "full": st.sampled_from([0, 1, 2]),
            "share": st.sampled_from([0.0, 1.0, math.nan]),
        }
    ),
    min_size=1,
    max_size=8,
)
CONTRACT = {
    "columns": [
        "whole long!",
        "fraction double!",
        "text string!",
        "day date!",
        "at timestamptz!",
        "full int!",
        "share double!",
    ],
    "ranges": {
        "whole": {"min": 0, "max": LARGE},
        "fraction": {"min": 0},
        "share": {"max": 0.5},
        "day": {"max": "2026-01-15"},
    },
    "not_after_as_of": ["at"],
    "sets": {"text": ["a", "b"], "full": [0, 2]},
}
VALIDATOR = Validator()


@given(ROWS)
@settings(max_examples=25)
def test_few_rows_say_what_all_say(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]) -> None:
    """Bounds, sets and nulls are judged as on every row at once: with NaN, infinities, and numbers beyond doubles."""
    table = pa.Table.from_pylist(rows, SCHEMA)
    contract = parse_contract(CONTRACT, AS_OF)
    directory = tmp_path_factory.mktemp("few")
    datasets.write_dataset(directory, SCHEMA, table.to_batches(max_chunksize=2), rows_per_file=4)
    found = {each.rule: (each.success, each.unexpected) for each in check(directory, contract)[1]}
    chosen = [rule for rule in contract.rules if rule.kind in ("not_null", "sets", "ranges", "not_after_as_of")]
    whole = VALIDATOR.verdicts(chosen, native_frame(table, 0, SCHEMA.names))
    assert {rule: found[rule] for rule in chosen} == {
        rule: (verdict.success, verdict.unexpected) for rule, verdict in zip(chosen, whole, strict=True)
    }


def test_where_there_are_too_many_values_every_row_is_judged(judged: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules of a column with more values than are held are kept and broken as before."""
    monkeypatch.setattr(witnesses, "MOST", 2)
    table = pa.table({"x": [f"{number}" for number in range(50)]})
    values = table["x"].to_pylist()
    assert judged(table, sets={"x": values})["sets(x)"].success
    assert judged(table, sets={"x": values[1:]})["sets(x)"].unexpected == 1


def test_files_say_which_columns_have_no_null(tmp_path: Path) -> None:
    """A column that is required is full, unless it may have NaN; one that happens to have no null is looked at."""
    rows = {"whole": 1, "fraction": 1.0, "text": "a", "day": date(2026, 1, 1), "full": 1, "share": 1.0}
    datasets.write_dataset(tmp_path, SCHEMA, pa.Table.from_pylist([rows], SCHEMA).to_batches())
    assert witnesses.never_null(tmp_path) == {"full"}
