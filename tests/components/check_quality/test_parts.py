"""The small parts of a check, each by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from components.check_quality.contract import Rule
from components.check_quality.examples import shown
from components.check_quality.expectations import load_when_used
from components.check_quality.facts import Fact, measure
from components.check_quality.frames import tick_nanoseconds
from components.check_quality.outcomes import Verdict
from components.shell.datasets import write_dataset

RULE = Rule("gaps", ("at",), "error", "at most a day")


def test_a_verdict_on_two_frames_is_met_on_both() -> None:
    """One that is broken breaks it, whichever comes first."""
    met = Verdict("e", success=True, unexpected=0, examples=(), row_numbers=())
    broken = replace(met, success=False, unexpected=1)
    assert [one.joined(other).success for one in (met, broken) for other in (met, broken)] == [
        True,
        False,
        False,
        False,
    ]


def test_ticks_are_counted_in_the_unit_of_their_type() -> None:
    """Days, and all units of instants."""
    assert tick_nanoseconds(pa.date32()) == 86_400_000_000_000
    units = {unit: tick_nanoseconds(pa.timestamp(unit)) for unit in ("s", "ms", "us", "ns")}
    assert units == {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


def test_values_of_several_columns_are_shown_by_name() -> None:
    """Instants as instants, whole numbers without a fraction."""
    row = {"a": 1.0, "b": None, "at": datetime(2026, 1, 1, tzinfo=UTC)}
    assert shown(RULE, [row]) == ("a=1, b=None, at=2026-01-01T00:00:00Z",)


def test_a_module_that_is_not_there_is_missing_at_once() -> None:
    """And not where it would first be used."""
    with pytest.raises(ModuleNotFoundError, match="No module named 'no_such_module'"):
        load_when_used("no_such_module")


@pytest.mark.parametrize(
    ("least", "judged"), [(2, Fact(24, "24 hours at most")), (3, Fact(None, "not judged on 2 rows"))]
)
def test_gaps_wait_for_enough_rows(tmp_path: Path, least: int, judged: Fact) -> None:
    """As many as there are is enough."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    rows = pa.table({"at": pa.array([first, first + timedelta(days=1)], pa.timestamp("us", "UTC"))})
    write_dataset(tmp_path, rows.schema, rows.to_batches())
    assert measure(replace(RULE, arguments={"from_rows": least}), tmp_path, 2) == judged
