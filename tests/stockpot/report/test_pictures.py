"""Pictures against plain counts; what cannot be drawn is refused at import, or said on the page."""

import json
import math
import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.iceberg.versions import VERSION_COLUMNS
from components.pages import figures
from components.pages.figures import short
from components.shell.errors import ConfigurationError
from components.shell.schema import Table
from components.shell.schema.pictures import (
    Bars,
    Changes,
    Grid,
    Histogram,
    Picture,
    Series,
    Steps,
    Tail,
    Total,
    parse_picture,
)
from stockpot.dataset import Dataset
from stockpot.modes import Snapshot, Versioned
from stockpot.report import bins
from stockpot.report.pictures import draw
from stockpot.report.pictures.measure import measure, measured
from stockpot.report.pictures.source import Commit, Wanted
from stockpot.target import Target

HOSTILE = "<script>alert('x')</script> & \"q\" \x00 ]]>"
COLUMNS = ["at timestamptz!", "who string", "what string", "day date", "n int", "m double", "money decimal(20,9)",
           "yes boolean", "flag boolean"]  # fmt: skip
OWN = Table("shop.rows", COLUMNS, interval_column="at")
KEPT = Table("shop.kept", ["key string!", "name string", "cost int", *VERSION_COLUMNS], partition={"key": "bucket[8]"})
TABLES = {OWN.name: OWN, KEPT.name: KEPT}
SCHEMA = pa.schema(
    [("who", pa.string()), ("what", pa.string()), ("day", pa.date32()), ("n", pa.int32()), ("m", pa.float64()),
     ("money", pa.decimal128(20, 9)), ("yes", pa.bool_()), ("flag", pa.bool_())]
)  # fmt: skip
FIRST = date(2026, 1, 1)
ALL = (
    Bars("what"),
    Bars("yes"),
    Histogram("n"),
    Histogram("m"),
    Histogram("money"),
    Tail("who"),
    Grid("n", "what", mean="m"),
    Steps("who", "n", "what", "n", "m"),
    Series("who", "day", "n", ("m",), ("yes",), "flag"),
    Total("day", "n", ("yes",)),
)
Row = Mapping[str, Any]


@dataclass
class Held:
    """Rows of one run, what its tables held, and how they came to."""

    ran: list[Row] | None
    held: Mapping[str, pa.Table] = field(default_factory=dict)
    committed: list[Commit] = field(default_factory=list)
    asked: list[Wanted] = field(default_factory=list)

    def rows(self, _table: str) -> Any | None:
        """The run's rows."""
        return None if self.ran is None else ds.dataset(pa.Table.from_pylist(self.ran, SCHEMA))

    def history(self, _table: str, wanted: Wanted) -> Any | None:
        """What was held, by the column whose range is asked for."""
        self.asked.append(wanted)
        return ds.dataset(self.held[wanted.time]) if wanted.time in self.held else None

    def commits(self, _table: str) -> list[Commit]:
        """What was committed."""
        return self.committed


def shown(picture: Picture, *rows: Row, **more: Any) -> Any:
    """What the picture shows of the rows."""
    (drawn,) = measure(picture, Held([dict.fromkeys(SCHEMA.names) | row for row in rows], **more), OWN.name)
    return drawn


def page(*drawn: Any) -> tuple[str, ET.Element]:
    """The section as it stands in the page, which is XML."""
    text = draw.section(drawn)
    return text, ET.fromstring(text)  # noqa: S314 - our own page


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "who": st.sampled_from([None, "a", "b", "c", "d"]),
            "what": st.sampled_from([None, "x", "y", HOSTILE]),
            "day": st.one_of(st.none(), st.integers(0, 9).map(lambda days: FIRST + timedelta(days=days))),
            "n": st.one_of(st.none(), st.integers(0, 300)),
            "m": st.one_of(
                st.none(),
                st.floats(0, 1000).map(lambda number: round(number, 6)),
                st.sampled_from([math.nan, math.inf]),
            ),
            "money": st.one_of(st.none(), st.decimals(0, 10_000, places=2)),
            "yes": st.sampled_from([None, True, False]),
        }
    ),
    max_size=40,
)


@settings(max_examples=40)
@given(ROWS)
def test_counts_are_those_of_plain_loops(rows: list[Row]) -> None:
    """Bars, grid, tail and histograms hold what counting row by row finds, whatever is null."""
    wanted = Counter("none" if row["what"] is None else row["what"] for row in rows)
    if rows:
        bars = shown(Bars("what"), *rows).bars
        assert dict(zip(bars.labels, bars.totals, strict=True)) == wanted
        assert bars.totals == sorted(bars.totals, reverse=True)
    by_key = Counter(row["who"] for row in rows if row["who"] is not None and (row["n"] or 0) > 0)
    if by_key:
        assert sum(shown(Tail("who", where="n"), *rows).bars.totals) == len(by_key)
    for name in ("n", "m", "money"):
        numbers = [float(row[name]) for row in rows if row[name] is not None and math.isfinite(row[name])]
        if numbers:
            assert sum(shown(Histogram(name), *rows).bars.totals) == len(numbers)


@settings(max_examples=40)
@given(ROWS)
def test_cells_are_those_of_plain_loops(rows: list[Row]) -> None:
    """Each cell has the rows of its pair and their mean; the rest is counted beside."""
    rows = [{**row, "n": None if row["n"] is None else row["n"] % 5, "m": 1.5} for row in rows]
    pairs = defaultdict(list)
    for row in rows:
        if row["n"] is not None and row["what"] is not None:
            pairs[str(row["n"]), row["what"]].append(row["m"])
    found = shown(Grid("n", "what", mean="m"), *rows)
    if not pairs:
        assert "no pairs" in found.reason
        return
    for down, line, means in zip(found.rows, found.counts, found.means, strict=True):
        for across, count, mean in zip(found.columns, line, means, strict=True):
            assert count == len(pairs[down, across])
            assert mean == (1.5 if count else None)
    assert sum(map(sum, found.counts)) == sum(map(len, pairs.values()))
    assert found.rows == sorted(found.rows, reverse=True)


@settings(max_examples=40)
@given(ROWS)
def test_sums_by_day_are_those_of_plain_loops(rows: list[Row]) -> None:
    """A total has the sum of each day, and none of a day without a row."""
    sums: dict[date, float] = {}
    for row in rows:
        if row["day"] is not None:
            sums[row["day"]] = sums.get(row["day"], 0) + (row["n"] or 0)
    found = shown(Total("day", "n"), *rows)
    if not sums:
        assert found.reason == "there are no rows"
        return
    days = [found.first + timedelta(days=place) for place in range(len(found.values))]
    assert (days[0], days[-1]) == (min(sums), max(sums))
    assert {day: value or 0 for day, value in zip(days, found.values, strict=True) if day in sums} == sums
    assert all(value is None for day, value in zip(days, found.values, strict=True) if day not in sums)


@pytest.mark.parametrize(
    ("numbers", "labels", "counts"),
    [
        ([7], ["7"], [1]),
        ([1, 1, 2, 4], ["1", "2", "3", "4"], [2, 1, 0, 1]),
        ([1] * 50 + [3, 700], ["1", "2-4", "5-9", "10-19", "20-49", "50-99", "100-199", "200-499", "500+"],
         [50, 1, 0, 0, 0, 0, 0, 0, 1]),
        (list(range(0, 200, 10)), [str(edge) for edge in range(0, 200, 20)], [2] * 10),
    ],
    ids=["one", "few", "long tail", "even"],
)  # fmt: skip
def test_bins_fit_the_numbers(numbers: list[int], labels: list[str], counts: list[int]) -> None:
    """Few whole numbers have a bin each, a long tail bins that grow, all others bins of round width."""
    bars = shown(Histogram("n"), *({"n": number} for number in numbers)).bars
    assert (bars.labels, bars.totals) == (labels, counts)


def test_what_is_rare_stands_together() -> None:
    """Values beyond the most frequent ones are one line, and ties are in the order of their text."""
    bars = shown(Bars("what", most=2), *({"what": text} for text in "ccabbd")).bars
    assert (bars.labels, bars.totals) == (["b", "c", "2 others"], [2, 2, 2])


def test_the_busiest_tenth_is_told() -> None:
    """Of ten keys the busiest one has its share of all rows, of eleven the two busiest."""
    rows = [{"who": who} for who in "abcdefghi"]
    assert shown(Tail("who"), *rows, *[{"who": "j"}] * 9).bars.note == "10; the busiest 10 % have 50.0 %"
    assert shown(Tail("who"), *rows, {"who": "k"}, *[{"who": "j"}] * 10).bars.note == (
        "11; the busiest 10 % have 55.0 %"
    )


def series_rows() -> list[Row]:
    """Two series: of `a` a day is filled and a day is missing; `b` is less busy."""
    days = [
        {"who": "a", "day": FIRST, "n": 4, "m": 4.0, "yes": False, "flag": True},
        {"who": "a", "day": FIRST + timedelta(days=1), "n": 0, "m": 2.0, "yes": True},
        {"who": "a", "day": FIRST + timedelta(days=3), "n": 6, "m": None, "yes": True, "flag": False},
    ]
    return [*days, {"who": "b", "day": FIRST, "n": 9}, {"who": None, "day": FIRST, "n": 99}]


def test_a_series_shows_its_gaps() -> None:
    """The busiest series has its values, lines and flags by day; filled and missing days are drawn as what they are."""
    picture = Series("who", "day", "n", ("m",), ("yes",), "flag", title="One")
    found = shown(picture, *series_rows())
    assert (found.title, found.first, found.values) == ("One: a", FIRST, [4, 0, None, 6])
    assert (found.lines, found.shaded) == ({"m": [4, 2, None, None]}, {"yes": [False, True, False, True]})
    assert found.marked == {"flag": [True, False, False, False]}
    text, root = page(found)
    drawn = Counter(element.get("class") for element in root.iter())
    assert [drawn[name] for name in ("value", "filled", "gap", "shade-0", "mark", "line line-0")] == [2, 1, 1, 2, 1, 1]
    assert "10 n in all; at most 6 a day, on 2026-01-04; 1 day without any; 1 day without a row" in text
    assert "2026-01-01: 4, m 4, flag" in text
    assert shown(Series("who", "day", "n", which="middle"), *series_rows()).title.endswith(": b")


def test_a_daily_run_looks_back() -> None:
    """What was before the run's days comes from the table, of this series alone; where it is out of reach, nothing."""
    today = [row for row in series_rows() if row["day"] != FIRST]
    before = {"day": pa.Table.from_pylist([dict.fromkeys(SCHEMA.names) | row for row in series_rows()[:3]], SCHEMA)}
    picture = Series("who", "day", "n", days=60)
    assert shown(picture, *today).values == [0, None, 6]
    source = Held([dict.fromkeys(SCHEMA.names) | row for row in today], before)
    assert measure(picture, source, OWN.name)[0].values == [4, 0, None, 6]
    (asked,) = source.asked
    assert (asked.where, asked.end) == ({"who": "a"}, datetime(2026, 1, 5, tzinfo=UTC))
    assert asked.end - asked.start == timedelta(days=60)
    assert measure(Series("who", "day", "n", days=3), source, OWN.name)[0].values == [0, None, 6]
    assert len(source.asked) == 1
    assert measure(Total("day", "n", days=60), source, OWN.name)[0].values == [4, 0, None, 6]


def version(key: str, name: str | None, cost: int | None, *, is_deleted: bool = False) -> Row:
    """A version of a key."""
    return {"key": key, "name": name, "cost": cost, "is_deleted": is_deleted}


def test_changes_are_told_by_run_and_by_column() -> None:
    """Each run has its counts; of the newest, columns that differ between ended and new versions are counted."""
    schema = pa.schema([("key", pa.string()), ("name", pa.string()), ("cost", pa.int32()), ("is_deleted", pa.bool_())])
    made = [version("a", "x", 2), version("b", None, 1), version("c", None, 0, is_deleted=True), version("d", "n", 4),
            version("e", "same", None), version("f", None, 3)]  # fmt: skip
    ended = [version("a", "x", 1), version("b", "y", 1), version("c", "z", 9), version("d", "n", 3, is_deleted=True),
             version("e", "same", 7), version("f", None, 3)]  # fmt: skip
    held = {"known_at": pa.Table.from_pylist(made, schema), "valid_to": pa.Table.from_pylist(ended, schema)}
    at = datetime(2026, 1, 2, tzinfo=UTC)
    counts = {"new": 0, "changed": 3, "returned": 1, "gone": 1, "unchanged": 7}
    commits = [
        Commit(at, {"versions": counts}),
        Commit(at, {}),
        Commit(at - timedelta(days=1), {"versions": {"new": 12}}),
    ]
    source = Held([], held, commits)
    (found,) = measure(Changes("key", ("name", "cost"), of=KEPT.name), source, OWN.name)
    assert [turn.counts for turn in found.turns] == [
        {"new": 0, "changed": 3, "returned": 1, "gone": 1},
        {"new": 12, "changed": 0, "returned": 0, "gone": 0},
    ]
    assert found.columns == {"cost": 2, "name": 1}
    assert {(asked.start, asked.end) for asked in source.asked} == {(at, at + timedelta(microseconds=1))}
    text, root = page(found)
    assert re.findall(r"<span>(\d+)</span>", text) == ["0", "3", "1", "1", "12", "0", "0", "0", "2", "1"]
    assert [head.text for head in root.iter("th")][:5] == ["Run as of", "New", "Changed", "Came back", "Gone"]
    assert "cannot be reached" in measure(Changes("key", ("name",)), Held([]), OWN.name)[0].reason


@pytest.mark.parametrize("rows", [[], [{}], [{"who": HOSTILE, "what": HOSTILE, "day": FIRST, "n": 0, "m": 0.0,
                                               "money": Decimal(0), "yes": True, "flag": True}]],
                         ids=["none", "nulls", "one"])  # fmt: skip
def test_little_is_drawn_too(rows: list[Row]) -> None:
    """No row, one of nulls and one of zeros and hostile text give a well-formed page that shows text as text."""
    source = Held([dict.fromkeys(SCHEMA.names) | row for row in rows])
    text, root = page(*measured(ALL, source, OWN.name))
    assert "<script" not in text
    assert "\x00" not in text
    assert "could not be drawn" not in text
    assert len(root.findall(".//figure")) == len(ALL)
    drawings = root.findall(".//svg")
    assert all(drawing.find("title") is not None and drawing.find("desc") is not None for drawing in drawings)
    if rows and rows[0]:
        assert "Not drawn" not in text
        assert "alert('x')" in "".join(root.itertext())


def test_what_goes_wrong_is_said_in_its_place() -> None:
    """A column that is not there, and rows that were never committed, cost one picture and not the page."""
    lacking, well = measured([Bars("gone"), Bars("what")], Held([dict.fromkeys(SCHEMA.names)]), OWN.name)
    assert "could not be drawn" in lacking.reason
    assert well.bars.totals == [1]
    assert "no rows" in measure(Bars("what"), Held(None), OWN.name)[0].reason
    assert page(lacking)[1].find(".//p").text.startswith("Not drawn: it could not be drawn")
    assert draw.section([]) == ""


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Bars("waht"), "Bars names column 'waht', which shop.rows does not have; did you mean 'what'?"),
        (lambda: Histogram("who"), "column of Histogram takes a number, but 'who' is string"),
        (lambda: Grid("n", "what", mean="who"), "mean of Grid takes a number, but 'who' is string"),
        (lambda: Bars("key", of="shop.kpet"), "Bars is of table 'shop.kpet'; did you mean 'shop.kept'?"),
        (lambda: Series("who", "at", "n"), "day of Series takes a date, but 'at' is timestamptz"),
        (lambda: Series("who", "day", "n", which="buisiest"), "did you mean 'busiest'?"),
        (lambda: Series("who", "day", "n", shaded=("n",)), "shaded of Series takes a boolean, but 'n' is int"),
        (lambda: Changes("key", ("naem",), of=KEPT.name), "did you mean 'name'?"),
        (lambda: Changes("who", ("what",)), "Changes is of a table of versions, and shop.rows has no 'known_at'"),
        (lambda: Bars("what", mots=3), "Bars has no argument 'mots'; did you mean 'most'?"),  # type: ignore[call-arg]  # the slip
        (lambda: Bars("what", most=0), "most of Bars must be a whole number from 1 on, not 0"),
    ],
)  # fmt: skip
def test_a_wrong_picture_is_refused_where_it_is_written(make: Any, words: str) -> None:
    """The error names file and line, what is wrong, and the near match, when the pipeline is imported."""
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        Dataset(
            "rows",
            "1",
            "Rows",
            OWN,
            Snapshot(each="day"),
            also=(Target(KEPT, mode=Versioned(("key",))),),
            pictures=(make(),),
        )
    assert re.match(r"tests/stockpot/report/test_pictures\.py:\d+: ", str(caught.value))


@pytest.mark.parametrize(
    "picture", [*ALL, Bars("what", most=3), Changes("key", ["name"], of=KEPT.name, title="Changes")], ids=repr
)
def test_a_picture_travels_as_json(picture: Picture) -> None:
    """What was written as JSON, and came back with floats for numbers, is the same picture."""
    picture.check(OWN.name, TABLES)
    document = json.loads(json.dumps(picture.document()), parse_int=float)
    assert repr(parse_picture(document)) == repr(picture)
    assert hash(parse_picture(document)) == hash(picture)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (9_999, "9,999"), (10_000, "10k"), (12_345, "12.3k"), (999_949, "1,000k"), (31_788_324, "31.8M")],
)
def test_counts_over_bars_are_short(number: int, text: str) -> None:
    """Large counts keep three digits."""
    assert short(number) == text


@pytest.mark.parametrize(("number", "text"), [(1.23456, "1.235"), (658_200.34, "658,200"), (1e-9 / 3, "3.333e-10")])
def test_numbers_are_written_out(number: float, text: str) -> None:
    """Large numbers have no exponent, tiny ones do."""
    assert figures.number(number) == text


def test_ranges_of_many_are_short() -> None:
    """Bins of a long tail are called by whole numbers, and by short ones from ten thousand on."""
    assert bins.ranges([0.0, 1, 2, 5, 5_000, 10_000, 1_000_000]) == [
        "0", "1", "2-4", "5-4999", "5000-9999", "10k-1M", "1M+"
    ]  # fmt: skip
