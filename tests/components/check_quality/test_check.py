"""Rules against real rows, judged by Great Expectations."""

import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.check_quality import frames, keys
from components.check_quality.check import check
from components.check_quality.contract import parse_contract
from components.check_quality.sql import session
from components.shell import datasets
from components.shell.errors import ContractError
from tests.harness.properties import FIXTURES_STAY

AS_OF = datetime(2026, 1, 15, tzinfo=UTC)
INSTANT = pa.timestamp("us", "UTC")


def one(judged: Any, values: list[Any], kind: pa.DataType, name: str, **contract: Any) -> Any:
    """The only finding on a dataset of one column `x`."""
    return judged(pa.table({"x": pa.array(values, kind)}), **contract)[name]


def test_columns_in_another_order_are_told_apart_from_missing_ones(judged: Any):
    """The observed text says what is wrong."""
    table = pa.table({"b": pa.array([1]), "a": pa.array([1])})
    assert judged(table, columns=["a long", "b long"])["columns"].observed == "the order differs"
    found = judged(table, columns=["a long", "c long"])
    assert found["columns"].observed == "missing: c; unexpected: b"
    assert found["type(c)"].observed == "column 'c' is missing"
    assert not found["columns"].success
    assert not found["type(c)"].success


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (pa.string(), "string"),
        (pa.large_string(), "string"),
        (pa.int32(), "int"),
        (pa.int64(), "long"),
        (pa.float32(), "float"),
        (pa.float64(), "double"),
        (pa.bool_(), "boolean"),
        (pa.date32(), "date"),
        (pa.timestamp("us"), "timestamp"),
        (pa.timestamp("us", "UTC"), "timestamptz"),
        (pa.timestamp("us", "+00:00"), "timestamptz"),
        (pa.decimal128(10, 2), "decimal(10,2)"),
        (pa.binary(), "binary"),
        (pa.dictionary(pa.int32(), pa.string()), "string"),
    ],
)
def test_every_type_has_its_name(judged: Any, kind: pa.DataType, name: str):
    """A column of the type is met by its name and by no other."""
    table = pa.table({"x": pa.array([None], kind)})
    assert judged(table, columns=[f"x {name}"])["type(x)"].success
    other = "long" if name != "long" else "int"
    found = judged(table, columns=[f"x {other}"])["type(x)"]
    assert (found.success, found.observed) == (False, name)


@pytest.mark.parametrize(
    "kind", [pa.timestamp("ms", "UTC"), pa.timestamp("us", "Europe/Berlin"), pa.uint64(), pa.list_(pa.string())]
)
def test_other_types_are_named_as_arrow_does(judged: Any, kind: pa.DataType):
    """What no contract can ask for is a failed type, not a crash."""
    found = judged(pa.table({"x": pa.array([None], kind)}), columns=["x string!"])
    assert not found["type(x)"].success
    assert not found["not_null(x)"].success


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None, 3], pa.int64()),
        ([1.0, float("nan"), 3.0], pa.float64()),
        (["a", None, "c"], pa.string()),
        ([[1], None, []], pa.list_(pa.int64())),
        ([AS_OF, None, AS_OF], INSTANT),
        ([True, None, False], pa.bool_()),
    ],
)
def test_nulls_are_found_in_every_type_and_nan_is_one(judged: Any, values: list[Any], kind: pa.DataType):
    """The row is counted and named; there is no value to show."""
    table = pa.table({"x": pa.array(values, kind)})
    finding = judged(table, columns=["x string!"])["not_null(x)"]
    assert (finding.success, finding.unexpected, finding.row_numbers, finding.examples) == (False, 1, (1,), ())


def test_rows_are_counted_across_chunks(judged: Any, monkeypatch: pytest.MonkeyPatch):
    """Unexpected rows of all chunks add up, and their places count the dataset's rows."""
    monkeypatch.setattr(frames, "_BATCH_ROWS", 10)
    monkeypatch.setattr(frames, "CHUNK_ROWS", 20)
    values = [99 if place in (3, 41, 58, 99) else 1 for place in range(100)]
    finding = one(judged, values, pa.int64(), "ranges(x)", ranges={"x": {"max": 10}})
    assert (finding.unexpected, finding.row_numbers, finding.examples) == (4, (3, 41, 58), ("99", "99", "99"))
    assert finding.observed == "4 of 100 rows break it"


@pytest.mark.parametrize(
    ("values", "kind", "bounds", "broken"),
    [
        ([0, 23, 24, -1, None], pa.int32(), {"min": 0, "max": 23}, ("24", "-1")),
        ([0.5, 2.5, None], pa.float64(), {"max": 2}, ("2.5",)),
        ([float("inf"), 1.0], pa.float64(), {"max": 2}, ("inf",)),
        ([Decimal("1.25"), Decimal("9.75")], pa.decimal128(10, 2), {"max": 9.5}, ("9.75",)),
        (
            [AS_OF, datetime(9999, 12, 31, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC), None],
            INSTANT,
            {"min": "1970-01-01T00:00:00Z", "max": "2100-01-01T00:00:00Z"},
            ("9999-12-31T00:00:00Z", "1969-12-31T00:00:00Z"),
        ),
    ],
)
def test_ranges_are_inclusive_and_leave_nulls_alone(
    judged: Any, values: list[Any], kind: pa.DataType, bounds: dict[str, Any], broken: tuple[str, ...]
):
    """Both bounds belong to the range; a null is a matter of `!` alone."""
    finding = one(judged, values, kind, "ranges(x)", ranges={"x": bounds})
    assert finding.examples == broken
    assert finding.unexpected == len(broken)


def test_as_of_itself_is_not_after_as_of(judged: Any):
    """One microsecond later is."""
    values = [AS_OF, AS_OF + timedelta(microseconds=1), AS_OF - timedelta(days=1)]
    finding = one(judged, values, INSTANT, "not_after_as_of(x)", not_after_as_of=["x"])
    assert (finding.unexpected, finding.examples) == (1, ("2026-01-15T00:00:00.000001Z",))


@pytest.mark.parametrize(
    ("values", "kind", "allowed", "broken"),
    [
        ([0, 5, 31, None], pa.int32(), [0.0, 5.0, 30.0], ("31",)),
        (["Bread", "Soup", "Lava", None], pa.string(), ["Bread", "Soup"], ("Lava",)),
        (["Bread", "Lava"], pa.dictionary(pa.int32(), pa.string()), ["Bread"], ("Lava",)),
    ],
)
def test_sets_hold_numbers_or_texts(
    judged: Any, values: list[Any], kind: pa.DataType, allowed: list[Any], broken: tuple[str, ...]
):
    """Whatever is not in the set is shown; nulls are left alone."""
    finding = one(judged, values, kind, "sets(x)", sets={"x": allowed})
    assert (finding.examples, finding.unexpected) == (broken, len(broken))


def test_long_texts_are_not_shown_whole(judged: Any):
    """An example is cut at forty characters."""
    finding = one(judged, ["x" * 10_000_000], pa.string(), "sets(x)", sets={"x": ["a"]})
    assert finding.examples == ("x" * 40 + "… (10,000,000 characters)",)


@pytest.mark.parametrize(("low", "high", "met"), [(0, 3, True), (3, 3, True), (4, None, False), (0, 2, False)])
def test_row_counts(judged: Any, low: int, high: int | None, met: bool):
    """The number of rows is held against both bounds."""
    bounds = {"min": low} | ({"max": high} if high is not None else {})
    finding = one(judged, [1, 2, 3], pa.int64(), "row_count", row_count=bounds)
    assert (finding.success, finding.observed) == (met, "3 rows")


def test_shares_are_of_known_values_and_wait_for_enough_rows(judged: Any):
    """Nulls do not count, and below `from_rows` a share is not judged."""
    values = [True, True, False, None]
    found = one(judged, values, pa.bool_(), "shares(x)", shares={"x": {"max": 0.5, "severity": "warning"}})
    assert (found.state, found.observed) == ("warned", "0.6667")
    assert one(judged, values, pa.bool_(), "shares(x)", shares={"x": {"min": 0.6, "max": 0.7, "from_rows": 3}}).success
    waiting = one(judged, values, pa.bool_(), "shares(x)", shares={"x": {"max": 0.5, "from_rows": 4}})
    assert (waiting.success, waiting.observed) == (True, "not judged on 3 rows")


def test_means_are_of_known_values_and_wait_for_enough_rows(judged: Any):
    """Nulls and NaN do not count, and below `from_rows` a mean is not judged."""
    values = [1.0, 0.0, 0.0, 1.0, None, float("nan")]
    found = one(judged, values, pa.float64(), "means(x)", means={"x": {"min": 0.6}})
    assert (found.state, found.observed) == ("failed", "0.5")
    assert one(judged, [1, 0], pa.int32(), "means(x)", means={"x": {"min": 0.5, "max": 0.5}}).success
    waiting = one(judged, values, pa.float64(), "means(x)", means={"x": {"min": 1, "from_rows": 5}})
    assert (waiting.success, waiting.observed) == (True, "not judged on 4 rows")


def test_instants_are_in_order_across_chunks(judged: Any):
    """A row that is earlier than the one before it breaks the order; ties and nulls do not."""
    hours = [0, 1, 1, None, *range(2, 60)]
    instants = [None if hour is None else AS_OF + timedelta(hours=hour) for hour in hours]
    assert one(judged, instants, INSTANT, "ordered(x)", ordered=["x"]).observed == "never falls"
    instants[40] = AS_OF
    found = one(judged, instants, INSTANT, "ordered(x)", ordered=[{"column": "x", "severity": "warning"}])
    assert (found.state, found.observed) == ("warned", "1 row is earlier than the one before")


def test_gaps_between_neighbouring_rows(judged: Any):
    """The longest time without a row is held against the bound, where there are enough rows."""
    instants = [AS_OF + timedelta(hours=hour) for hour in [*range(30), 60, 61]]
    assert one(judged, instants, INSTANT, "gaps(x)", gaps={"x": {"max_hours": 31}}).success
    found = one(judged, instants, INSTANT, "gaps(x)", gaps={"x": {"max_hours": 30.9}})
    assert (found.state, found.observed) == ("failed", "31 hours at most")
    waiting = one(judged, instants, INSTANT, "gaps(x)", gaps={"x": {"max_hours": 1, "from_rows": 100}})
    assert (waiting.success, waiting.observed) == (True, "not judged on 32 rows")
    assert one(judged, [], INSTANT, "gaps(x)", gaps={"x": {"max_hours": 1}}).success


@pytest.mark.parametrize(
    ("jump", "expected"),
    [(-2, ["1 row is earlier than the one before", "1 hour at most"]), (9, ["never falls", "10 hours at most"])],
)
@pytest.mark.parametrize("border", [7, 20])
def test_order_and_gaps_count_from_chunk_to_chunk(
    judged: Any, monkeypatch: pytest.MonkeyPatch, border: int, jump: int, expected: list[str]
):
    """The last instant of a chunk and the first of the next are neighbours, also where a file ends there."""
    monkeypatch.setattr(frames, "_BATCH_ROWS", 7)
    monkeypatch.setattr(frames, "CHUNK_ROWS", 7)
    instants = [AS_OF + timedelta(hours=place + jump * (place >= border)) for place in range(30)]
    found = judged(pa.table({"x": pa.array(instants, INSTANT)}), ordered=["x"], gaps={"x": {"max_hours": 5}})
    assert [found["ordered(x)"].observed, found["gaps(x)"].observed] == expected


def test_compound_keys(judged: Any):
    """Rows share a key when all its columns agree; as in SQL, a row with a null in its key is left alone."""
    table = pa.table({"a": ["x", "x", "y", "x", None, None], "b": pa.array([1, 2, 1, 1, None, None])})
    finding = judged(table, unique=["a", "b"])["unique(a, b)"]
    assert (finding.success, finding.unexpected) == (False, 2)
    assert finding.row_numbers == (0, 3)
    assert finding.examples[0] == "a=x, b=1"
    assert judged(table.slice(0, 3), unique=["a", "b"])["unique(a, b)"].success


def test_keys_are_compared_across_chunks_with_and_without_nulls(judged: Any, monkeypatch: pytest.MonkeyPatch):
    """A chunk that holds a null reads the same key as one that holds none."""
    monkeypatch.setattr(frames, "_BATCH_ROWS", 5)
    monkeypatch.setattr(frames, "CHUNK_ROWS", 5)
    finding = one(judged, [1, 2, 3, 4, 5, 1, None, 6, 7, 8], pa.int64(), "unique(x)", unique=["x"])
    assert (finding.unexpected, finding.row_numbers) == (2, (0, 5))


def test_too_many_repeated_keys_are_counted_from_below(tmp_path: Path):
    """Beyond the limit the count says `at least`, and memory stays bounded."""
    table = pa.table({"x": np.zeros(50, np.int64)})
    datasets.write_dataset(tmp_path / "rows", table.schema, table.to_batches())
    frame, complete = keys.candidates(tmp_path / "rows", ["x"], most=10)
    assert (len(frame), complete) == (10, False)
    frame, complete = keys.candidates(tmp_path / "rows", ["x"], most=50)
    assert (len(frame), complete) == (50, True)


@pytest.mark.parametrize("without", [[None] * 6, [float("nan"), None, float("nan")]])
def test_rows_without_a_key_take_no_room_from_those_that_share_one(tmp_path: Path, without: list[float | None]):
    """They are like no other, so however many come first, a repeated key is found."""
    count = len(without)
    table = pa.table({"x": pa.array([*without, 7.0, 7.0], pa.float64()), "y": [1] * (count + 2)})
    datasets.write_dataset(tmp_path / "rows", table.schema, table.to_batches())
    frame, complete = keys.candidates(tmp_path / "rows", ["y", "x"], most=2)
    assert (frame.index.tolist(), complete) == ([count, count + 1], True)


@settings(
    max_examples=15,
    derandomize=True,
    suppress_health_check=FIXTURES_STAY,
)
@given(
    st.lists(
        st.tuples(st.integers(-3, 3) | st.none(), st.sampled_from("abc"), st.floats(allow_nan=True) | st.none()),
        min_size=0,
        max_size=60,
    )
)
def test_counts_equal_those_of_plain_python(judged: Any, rows: list[tuple[Any, str, Any]]):
    """Nulls, ranges, sets and keys of random rows are counted as a loop counts them."""
    numbers, letters, floats = ([row[column] for row in rows] for column in range(3))
    table = pa.table(
        {"n": pa.array(numbers, pa.int64()), "l": pa.array(letters, pa.string()), "f": pa.array(floats, pa.float64())}
    )
    found = judged(
        table,
        columns=["n long!", "l string!", "f double!"],
        ranges={"n": {"min": -1, "max": 2}, "f": {"min": 0}},
        sets={"l": ["a", "b"]},
        unique=["n", "l"],
    )
    pairs = list(zip(numbers, letters, strict=True))
    assert {
        name: finding.unexpected for name, finding in found.items() if finding.rule.kind not in ("columns", "type")
    } == {
        "not_null(n)": sum(n is None for n in numbers),
        "not_null(l)": 0,
        "not_null(f)": sum(f is None or f != f for f in floats),  # noqa: PLR0124 - only NaN differs from itself
        "ranges(n)": sum(n is not None and not -1 <= n <= 2 for n in numbers),
        "ranges(f)": sum(f is not None and f < 0 for f in floats),
        "sets(l)": sum(letter == "c" for letter in letters),
        "unique(n, l)": sum(pairs.count(pair) > 1 for pair in pairs if pair[0] is not None),
    }


def test_no_rows_break_no_rule_but_the_row_count(judged: Any):
    """Every rule about rows holds for none."""
    table = pa.table({"x": pa.array([], pa.int64()), "f": pa.array([], pa.bool_()), "t": pa.array([], INSTANT)})
    found = judged(
        table,
        columns=["x long!", "f boolean!", "t timestamptz!"],
        unique=["x"],
        sets={"x": [1]},
        ranges={"x": {"min": 1}},
        shares={"f": {"min": 0.5}},
        not_after_as_of=["t"],
        row_count={"min": 1},
    )
    assert [name for name, finding in found.items() if not finding.success] == ["row_count"]


@pytest.mark.parametrize(
    ("contract", "observed"),
    [
        ({"ranges": {"x": {"min": 0}}}, "column 'x' is string, not a number"),
        ({"not_after_as_of": ["x"]}, "column 'x' is string, not a instant"),
        ({"shares": {"x": {"min": 0}}}, "column 'x' is string, not a boolean"),
        ({"sets": {"x": [1]}}, "column 'x' is string, not a number"),
        (
            {"not_after_as_of": ["d"]},
            "it of column 'd' is for an instant, but the column is date; whose day it is depends on a zone",
        ),
        (
            {"ranges": {"d": {"max": "2026-01-15T00:00:00Z"}}},
            "it of column 'd', which is date, has the bound '2026-01-15T00:00:00Z'; whose day it is depends on a zone",
        ),
        (
            {"ranges": {"t": {"max": "2026-01-15"}}},
            "it of column 't', which is timestamptz, has the bound '2026-01-15'; whose day it is depends on a zone",
        ),
        ({"unique": ["l"]}, "column 'l' is list<long>, which cannot be a key"),
        ({"unique": ["nowhere"]}, "column 'nowhere' is missing"),
    ],
)
def test_a_rule_that_cannot_be_judged_has_failed(judged: Any, contract: dict[str, Any], observed: str):
    """A missing or mistyped column breaks the contract instead of the check."""
    kinds = {"l": pa.list_(pa.int64()), "d": pa.date32(), "t": INSTANT}
    table = pa.table({"x": ["a"], **{name: pa.array([None], kind) for name, kind in kinds.items()}})
    (finding,) = judged(table, **contract).values()
    assert (finding.state, finding.observed) == ("failed", observed)


def test_files_that_differ_in_their_columns_are_refused(tmp_path: Path):
    """A dataset has one schema."""
    for place, table in enumerate((pa.table({"x": [1]}), pa.table({"y": [1]}))):
        datasets.write_dataset(tmp_path / str(place), table.schema, table.to_batches())
        (tmp_path / str(place) / "part-00000.parquet").rename(tmp_path / f"part-{place}.parquet")
    datasets.seal(tmp_path, ["part-0.parquet", "part-1.parquet"])
    with pytest.raises(ContractError, match="differ in their columns"):
        check(tmp_path, parse_contract({}, AS_OF))


def test_instants_are_those_of_utc_wherever_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own zone, which DuckDB begins with, is not what days are counted in."""
    connect = duckdb.connect

    def elsewhere(*given: Any, **named: Any) -> duckdb.DuckDBPyConnection:
        connection = connect(*given, **named)
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        return connection

    monkeypatch.setattr(duckdb, "connect", elsewhere)
    table = pa.table({"x": pa.array([datetime(2026, 1, 14, 20, tzinfo=UTC)], INSTANT)})
    datasets.write_dataset(tmp_path / "data", table.schema, table.to_batches())
    with session(tmp_path / "data") as found:
        assert found.row("SELECT CAST(CAST(x AS DATE) AS VARCHAR) FROM rows") == ("2026-01-14",)


def test_a_larger_pod_has_more_memory_for_what_sees_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of what it has beyond what pods usually have."""
    monkeypatch.setattr("components.shell.control_group._limit", lambda _: 6 << 30)
    datasets.write_dataset(tmp_path / "data", pa.schema([("x", pa.int64())]), [])
    with session(tmp_path / "data") as found:
        assert found.row("SELECT current_setting('memory_limit')") == ("1.2 GiB",)


def test_an_unfinished_dataset_is_refused(tmp_path: Path):
    """Without its manifest a dataset is not there."""
    with pytest.raises(ContractError, match="no manifest"):
        check(tmp_path, parse_contract({}, AS_OF))


def test_a_dollar_in_the_temporary_directory_is_no_variable(
    judged: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine where the home of the runs has one in its name."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "for 1 $each"))
    (tmp_path / "for 1 $each").mkdir()
    assert judged(pa.table({"a": [1]}), columns=["a long"])["columns"].success
