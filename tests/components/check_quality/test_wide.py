"""Rules that Great Expectations lacks: what breaks them, what does not, and by how much."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.check_quality.sql import session
from components.check_quality.wide import Scene, Tally, tally
from components.shell import datasets, schema
from components.shell.baseline import Baseline, keys_of, read_baseline
from components.shell.errors import ConfigurationError

NAN, INFINITY = float("nan"), float("inf")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = date(2024, 2, 28)
NOON = datetime(2024, 3, 30, 12, tzinfo=UTC)
VECTORS = pa.list_(pa.float32())
INSTANT = pa.timestamp("us", "UTC")


def column(kind: pa.DataType, *values: Any) -> pa.Table:
    """A table of one column `x`."""
    return pa.table({"x": pa.array(values, kind)})


def columns(**arrays: Any) -> pa.Table:
    """A table of these columns, each a type and values."""
    return pa.table({name: pa.array(values, kind) for name, (kind, values) in arrays.items()})


def series(*days: int, key: str = "a") -> pa.Table:
    """A series with these days after the first."""
    return columns(article=(pa.string(), [key] * len(days)), day=(pa.date32(), [FIRST + n * DAY for n in days]))


def pairs(kind: pa.DataType, *rows: tuple[Any, Any]) -> pa.Table:
    """A table of two columns, `a` and `b`."""
    return columns(a=(kind, [row[0] for row in rows]), b=(kind, [row[1] for row in rows]))


def tree(*rows: tuple[str | None, str | None]) -> pa.Table:
    """A table of nodes and their parents."""
    return columns(node=(pa.string(), [row[0] for row in rows]), up=(pa.string(), [row[1] for row in rows]))


TREE: dict[str, Any] = {"trees": [{"key": "node", "parent": "up"}]}
DAILY: dict[str, Any] = {"continuous": {"day": {"step": "1d", "per": ["article"]}}}
PLACES: dict[str, Any] = {"continuous": {"x": {"step": "1", "per": ["key"], "starts": 1.0}}}
UNIT = {"vectors": {"x": {"dimension": 2.0, "min_norm": 0.999, "max_norm": 1.001}}}
TOLD = {"vectors": {"x": {"dimension": "n", "min_norm": 0.999, "max_norm": 1.001}}}
WELL = [0.6, 0.8]
# Name: rows, contract, what is observed, how many break it, examples, rows.
CASES: dict[str, tuple[pa.Table, dict[str, Any], str, int, tuple[str, ...], tuple[int, ...]]] = {
    "unit vectors": (column(VECTORS, WELL, None, [-1, 0]), UNIT, "norms from 1 to 1", 0, (), ()),
    "no vectors": (column(VECTORS), UNIT, "no vector", 0, (), ()),
    "odd vectors": (
        column(VECTORS, WELL, [1, 0, 0], [], [NAN, 1], [INFINITY, 0], [1, None], [3, 4], [0, 0]), UNIT,
        "2 of another dimension; 3 not finite; 2 beyond the norm; norms from 0 to 5", 7, (), (1, 2, 3),
    ),
    "vectors whose square is no float": (
        column(VECTORS, [3e38, 3e38]), {"vectors": {"x": {"dimension": 2, "max_norm": 1e39}}},
        "norms from 4.243e+38 to 4.243e+38", 0, (), (),
    ),
    "vectors whose rows tell their dimension": (
        columns(x=(VECTORS, [WELL, [1, 0, 0], None]), n=(pa.int32(), [2, 3, None])), TOLD,
        "norms from 1 to 1", 0, (), (),
    ),
    "vectors of another dimension than told, or of none": (
        columns(x=(VECTORS, [WELL, WELL, WELL]), n=(pa.int32(), [2, 3, None])), TOLD,
        "2 of another dimension; norms from 1 to 1", 2, (), (1, 2),
    ),
    "vectors of fixed size": (
        column(pa.list_(pa.float64(), 2), WELL, None), UNIT, "norms from 1 to 1", 0, (), (),
    ),
    "days, each twice, in any order": (series(2, 0, 1, 1, 0), DAILY, "no gap", 0, (), ()),
    "a gap over a leap day": (series(0, 2), DAILY, "1 gap", 1, ("a: 2024-02-28 to 2024-03-01",), ()),
    "a gap that another series fills": (
        pa.concat_tables([series(0, 2), series(1, key="b")]), DAILY, "1 gap", 1, ("a: 2024-02-28 to 2024-03-01",), (),
    ),
    "one series of all": (
        pa.concat_tables([series(0, 2), series(1, key="b")]), {"continuous": {"day": {"step": "1d"}}},
        "no gap", 0, (), (),
    ),
    "a series whose key is called as the query calls its own": (
        pa.table({"tick": ["b", "b", "a", "a"], "x": [1, 3, 1, 2]}),
        {"continuous": {"x": {"step": "1", "per": ["tick"]}}},
        "1 gap", 1, ("b: 1 to 3",), (),
    ),
    "two keys called so": (
        pa.table({"before": [7, 7, 7], "last": [1, 2, 1], "value": [5, 1, 6]}),
        {"continuous": {"value": {"step": "1", "per": ["before", "last"]}}}, "no gap", 0, (), (),
    ),
    "hours, one late by a microsecond": (
        column(INSTANT, NOON, NOON + HOUR, NOON + 2 * HOUR + timedelta(microseconds=1)),
        {"continuous": {"x": {"step": "1h"}}}, "1 gap", 1,
        ("2024-03-30 13:00:00+00 to 2024-03-30 14:00:00.000001+00",), (),
    ),
    "numbers in twos": (
        column(pa.int64(), 2**62, 2**62 + 2), {"continuous": {"x": {"step": "2"}}}, "no gap", 0, (), (),
    ),
    "from the least to the greatest number": (
        column(pa.int64(), -(2**63), 2**63 - 1), {"continuous": {"x": {"step": "1"}}}, "1 gap", 1,
        ("-9223372036854775808 to 9223372036854775807",), (),
    ),
    "a series that ends nowhere": (
        column(INSTANT, NOON, NOON + HOUR, 2**63 - 1, -(2**63) + 1), {"continuous": {"x": {"step": "1h"}}}, "2 gaps", 2,
        ("-infinity to 2024-03-30 12:00:00+00", "2024-03-30 13:00:00+00 to infinity"), (),
    ),
    "series that start where they should, but one": (
        pa.table({"key": ["a", "a", "b", "b", "b", "c", "c"], "x": [2, 1, 2, 2, 3, 1, 3]}), PLACES,
        "2 gaps", 2, ("b: begins at 2", "c: 1 to 3"), (),
    ),
    "no series at all, none of which starts": (
        columns(key=(pa.string(), [None]), x=(pa.int64(), [None])), PLACES, "no gap", 0, (), (),
    ),
    "one series that starts too early": (
        column(pa.int64(), 0, 1), {"continuous": {"x": {"step": "1", "starts": 1}}},
        "1 gap", 1, ("begins at 0",), (),
    ),
    "vectors beyond doubles": (
        column(pa.list_(pa.float64()), [1e200, 0]), UNIT, "1 beyond the norm; norms from inf to inf", 1, (), (0,),
    ),
    "numbers that refer to texts": (
        columns(a=(pa.int64(), [1]), b=(pa.string(), ["01"])), {"references": [{"columns": ["a"], "to": ["b"]}]},
        "'a' is long here and string there", 1, (), (),
    ),
    "compared": (
        pairs(pa.float64(), (1, 1), (None, 0), (1, None), (NAN, 0), (1, NAN), (2, 1), (INFINITY, INFINITY)),
        {"compare": ["a <= b"]}, "1 of 7 rows breaks it", 1, ("a=2.0, b=1.0",), (5,),
    ),
    "compared with tolerance": (
        pairs(pa.float64(), (1 + 1e-10, 1), (1.1, 1)), {"compare": [{"that": "a <= b", "tolerance": 1e-9}]},
        "1 of 2 rows breaks it", 1, ("a=1.1, b=1.0",), (1,),
    ),
    "infinite on both sides, within a tolerance": (
        pairs(pa.float64(), (INFINITY, INFINITY), (-INFINITY, INFINITY)),
        {"compare": [{"that": "a = b", "tolerance": 1}]}, "1 of 2 rows breaks it", 1, ("a=-inf, b=inf",), (1,),
    ),
    "and not to be equal": (
        pairs(pa.float64(), (INFINITY, INFINITY), (1, 3)),
        {"compare": [{"that": "a != b", "tolerance": 1}]}, "1 of 2 rows breaks it", 1, ("a=inf, b=inf",), (0,),
    ),
    "the greatest numbers within a tolerance": (
        pairs(pa.int64(), (2**63 - 1, -(2**63)), (2**63 - 1, 2**63 - 1), (2**63 - 1, 2**63 - 2)),
        {"compare": [{"that": "a = b", "tolerance": 0.5}]}, "2 of 3 rows break it", 2,
        ("a=9223372036854775807, b=-9223372036854775808", "a=9223372036854775807, b=9223372036854775806"), (0, 2),
    ),
    "whole numbers within a part of one": (
        pairs(pa.int64(), (2, 1), (1, 1), (0, 1)), {"compare": [{"that": "a < b", "tolerance": 0.5}]},
        "1 of 3 rows breaks it", 1, ("a=2, b=1",), (0,),
    ),
    "decimals whose difference has too many digits": (
        pairs(pa.decimal128(38, 0), (Decimal("9" * 38), Decimal("-" + "9" * 38))),
        {"compare": [{"that": "a = b", "tolerance": 1}]},
        "could not be judged: a value is beyond what can be computed with", 0, (), (),
    ),
    "money compared to the last digit": (
        pairs(pa.decimal128(20, 9), (Decimal("0.000000001"), Decimal(0))), {"compare": ["a = b"]},
        "1 of 1 row breaks it", 1, ("a=0.000000001, b=0.000000000",), (0,),
    ),
    "days compared": (
        pairs(pa.date32(), (FIRST, FIRST), (FIRST, None)), {"compare": ["a < b"]},
        "1 of 2 rows breaks it", 1, ("a=2024-02-28, b=2024-02-28",), (0,),
    ),
    "a tree": (tree(("a", None), ("b", "a"), ("c", "b"), ("b", "a"), (None, "z")), TREE, "a tree", 0, (), ()),
    "a circle, and what hangs on it": (
        tree(("a", None), ("b", "c"), ("c", "b"), ("d", "b")), TREE,
        "3 nodes are below themselves", 3, ("b", "c", "d"), (),
    ),
    "its own parent": (tree(("a", "a")), TREE, "1 node is below itself", 1, ("a",), ()),
    "a missing parent, and its child": (
        tree(("a", None), ("b", "z"), ("c", "b")), TREE, "1 parent is missing", 1, ("b",), (),
    ),
    "references within": (
        tree(("a", None), ("b", "a"), ("c", "z")), {"references": [{"columns": ["up"], "to": ["node"]}]},
        "1 of 2 is missing there", 1, ("z",), (),
    ),
    "distinct": (
        column(pa.string(), "a", "a", "b", None), {"distinct": [{"columns": ["x"], "min": 2, "max_share": 0.7}]},
        "2 distinct in 3 rows, a share of 0.6667", 0, (), (),
    ),
    "too few distinct": (
        column(pa.string(), "a", "a"), {"distinct": [{"columns": ["x"], "min": 2, "max_share": 0.4}]},
        "1 distinct in 2 rows, a share of 0.5", -1, (), (),
    ),
    "nothing distinct": (
        column(pa.string(), None), {"distinct": [{"columns": ["x"], "min": 2}]}, "not judged on 0 rows", 0, (), (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_rule_sees_what_breaks_it(judged: Any, name: str) -> None:
    """Observed, number of breaks and examples reach the finding; files and row groups make no difference."""
    table, contract, observed, breaks, examples, places = CASES[name]
    found = list(judged(table, **contract).values())[-1]
    # What is no matter of rows counts none.
    assert (found.observed, found.unexpected) == (observed, max(breaks, 0))
    assert (found.examples, found.row_numbers) == (examples, places)
    assert found.success == (not breaks and "could not" not in observed)


@pytest.mark.parametrize(
    ("table", "contract", "observed"),
    [
        (pa.table({"a": [1, 1], "A": [1, 2]}), {"distinct": [{"columns": ["A"], "min": 2}]}, "differ in case alone"),
        (
            pa.table({"file_row_number": [1, 2]}),
            {"distinct": [{"columns": ["file_row_number"], "min": 2}]},
            "no column may be called 'file_row_number'",
        ),
        (column(pa.string(), "a"), UNIT, "it of column 'x' is for a vector, but the column is string"),
        (column(pa.float64(), 1.0), {"continuous": {"x": {"step": "1"}}}, "is for whole numbers, days or instants"),
        (column(pa.date32(), FIRST), {"continuous": {"x": {"step": "1h"}}}, "which is date, has a step of 1h"),
        (tree(("a", "b")), {"compare": ["node < other"]}, "column 'other' is missing"),
    ],
)
def test_a_rule_of_no_sense_for_the_rows_is_not_met(judged: Any, table: pa.Table, contract: Any, observed: str) -> None:
    """The contract names no types, and the rows have others than the rule is for."""
    (found,) = judged(table, **contract).values()
    assert observed in found.observed
    assert (found.success, found.expectation) == (False, "")


@contextmanager
def scene(table: pa.Table, baseline: Baseline | None = None) -> Iterator[Scene]:
    """The table as rules see it."""
    with TemporaryDirectory() as place:
        directory = Path(place) / "rows"
        datasets.write_dataset(directory, table.schema, table.to_batches(max_chunksize=3), rows_per_file=4)
        with session(directory) as opened:
            yield Scene(opened, table.schema, table.num_rows, baseline)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 6)), max_size=12), st.integers(1, 2))
def test_gaps_are_those_that_a_loop_finds(rows: list[tuple[str, int]], step: int) -> None:
    """Per series, sorted, neighbours that differ are a step apart."""
    gaps = 0
    for key in "abc":
        days = sorted({day for name, day in rows if name == key})
        gaps += sum(later - earlier != step for earlier, later in pairwise(days))
    table = columns(
        article=(pa.string(), [key for key, _ in rows]), day=(pa.date32(), [FIRST + day * DAY for _, day in rows])
    )
    with scene(table) as found:
        assert tally(schema.Continuous("day", f"{step}d", ["article"]), found).breaks == gaps


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from("abcde"), st.sampled_from([None, *"abcdez"])))
def test_circles_are_those_that_a_loop_finds(parents: dict[str, str | None]) -> None:
    """From each node upwards: one ends, one is not there, or one comes by a node again."""
    orphans = sum(up is not None and up not in parents for up in parents.values())
    circling = 0
    for node in parents:
        seen, up = set(), node
        while up in parents and up not in seen:
            seen.add(up)
            up = parents[up]
        circling += up in seen
    with scene(tree(*parents.items())) as found:
        assert tally(schema.Tree("node", "up"), found).breaks == orphans + circling


def baseline(directory: Path, rows: int | None, **keys: pa.Table) -> Baseline:
    """A last commit of so many rows, with keys as datasets."""
    names = {name.replace("__", "."): table for name, table in keys.items()}
    for name, table in names.items():
        datasets.write_dataset(directory / name, table.schema, table.to_batches())
    found = Baseline(directory, rows, "" if rows is None else "snapshot 7", {"x": 0.5}, list(names))
    directory.mkdir(exist_ok=True)
    found.write()
    return found


CHANGES = {
    "nothing before": (None, 0, {"max_drop": 0.1}, "not judged, for nothing is committed before it", None),
    "rows after none": (0, 5, {"max_drop": 0.2}, "5 rows after 0 of snapshot 7", 0),
    "growth from none": (0, 5, {"max_drop": 0.2, "max_growth": 9}, "5 rows after 0 of snapshot 7", 1),
    "none after none": (0, 0, {"max_drop": 0.2, "max_growth": 9}, "0 rows after 0 of snapshot 7", 0),
    "an empty extract": (10, 0, {"max_drop": 0.99}, "0 rows after 10 of snapshot 7", 1),
    "a drop that may be": (10, 8, {"max_drop": 0.2}, "8 rows after 10 of snapshot 7", 0),
    "a drop that may not": (10, 7, {"max_drop": 0.2, "max_growth": 0.2}, "7 rows after 10 of snapshot 7", 1),
    "growth": (10, 31, {"max_growth": 2}, "31 rows after 10 of snapshot 7", 1),
    "other keys": (3, 3, {"key": ["x"], "max_gone": 0.5}, "3 rows after 3 of snapshot 7; 2 of 3 keys gone", 1),
}


@pytest.mark.parametrize("name", CHANGES)
def test_rows_are_held_against_the_last_commit(judged: Any, tmp_path: Path, name: str) -> None:
    """A drop of rows never deletes a catalogue: the check fails before anything is committed."""
    before, now, rule, observed, breaks = CHANGES[name]
    old = baseline(tmp_path / "baseline", before, previous=column(pa.int64(), 0, 8, 9))
    found = judged(column(pa.int64(), *range(now)), baseline=old, change=rule)[
        "change" + ("(x)" if "key" in rule else "")
    ]
    assert (found.observed, found.success) == (observed, not breaks)
    assert found.examples == (("8", "9") if name == "other keys" else ())


def test_references_and_drift_are_held_against_what_was_read(judged: Any, tmp_path: Path) -> None:
    """Leading zeros count; a share below all is enough where the rule says so."""
    table = pa.table({"article": ["0108775015", "108775015", "0108775015", None], "x": [1.0, 1.0, NAN, 0.4]})
    old = baseline(tmp_path / "b", 4, retail__articles__article=pa.table({"article": ["0108775015", "z"]}))
    rules: dict[str, Any] = {"columns": ["article"], "table": "retail.articles"}
    found = judged(table, baseline=old, references=[rules], drift={"x": {"max": 0.2}})
    assert found["references(article)"].observed == "1 of 3 is missing there"
    assert found["references(article)"].examples == ("108775015",)
    assert not found["references(article)"].success
    assert (found["drift(x)"].observed, found["drift(x)"].success) == ("0.8 after 0.5", False)
    assert judged(table, baseline=old, references=[rules | {"min_share": 0.66}])["references(article)"].success
    numbers = pa.table({"article": [108775015]})
    assert judged(numbers, baseline=old, references=[rules])["references(article)"].observed == (
        "'article' is long here and string there"
    )


def test_a_contract_that_needs_more_than_rows_is_refused_without(tmp_path: Path) -> None:
    """Exit 11 says which rule needs it, and from which step it comes; a baseline of another contract is none."""
    contract = schema.Contract([], schema.References(["article"], "retail.articles"))
    assert keys_of(contract.rules[0]) == "retail.articles.article"
    for given_directory in (None, tmp_path):
        with pytest.raises(ConfigurationError, match="give check_quality the output of read_baseline"):
            read_baseline(given_directory, contract)
    baseline(tmp_path, 3)
    with pytest.raises(ConfigurationError, match=r"the baseline lacks retail\.articles\.article"):
        read_baseline(tmp_path, contract)
    assert read_baseline(None, schema.Contract([], schema.RowCount(1))) is None


def test_what_is_null_within_is_seen_whatever_the_file_says(judged: Any) -> None:
    """`list<float!>` holds no null, though nearly all who write Parquet say that it may."""
    table = column(pa.list_(pa.struct([("a", VECTORS)])), [{"a": [1, None]}, None], [{"a": None}])
    found = judged(table, columns=["x list<struct<a list<float!>!>!>!"])
    assert found["type(x)"].success
    within = found["not_null_within(x)"]
    assert (within.success, within.observed) == (
        False,
        "x.element is null in 1 place, x.element.a is null in 1 place, x.element.a.element is null in 1 place",
    )
    assert judged(column(VECTORS, [1]), columns=["x list<float!>!"])["not_null_within(x)"].success


def test_a_tally_that_is_not_judged_breaks_nothing() -> None:
    """None is not 0: it is told, and passes."""
    assert Tally(None, "not judged").breaks is None
