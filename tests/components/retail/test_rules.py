"""What the steps of the shop share, rule by rule: ids, days, cuts, copies, and what a source lacks."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta

from components.retail.attributes import articles_at, attributes_from
from components.retail.codes import codes_of
from components.retail.columns import begins, category, instant, key, over
from components.retail.missing import missing
from components.retail.moment import Moment
from components.retail.once import once
from components.retail.time import months_before
from components.retail.validated import Rules, validated
from components.shell.datasets import MANIFEST
from components.shell.engine import Engine, engine, records
from components.shell.errors import ConfigurationError
from components.shell.instants import local_midnight

CUT = datetime(2026, 1, 15, tzinfo=UTC)
MOMENT = Moment(CUT, CUT + timedelta(hours=2), "UTC")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def backend() -> Iterator[Engine]:
    """One engine for all tests."""
    with engine("200MB") as found:
        yield found


def table(backend: Engine, name: str, rows: list[dict[str, Any]]) -> Any:
    """The rows as a table of the engine."""
    made = pa.Table.from_pylist(rows)
    backend.result(lambda connection: connection.execute(f"DROP TABLE IF EXISTS {name}"))
    backend.result(lambda connection: connection.from_arrow(made).create(name))
    return ibis.table(ibis.Schema.from_pyarrow(made.schema), name)


def test_articles_without_versions_have_what_there_is_of_them_now(backend: Engine) -> None:
    """Each of the columns that versions have: what both have is taken, and nothing else is."""
    of = {"article_id": "01", "version": 1, "known_at": CUT - DAY, "colour": "red", "size": "s", "is_deleted": False}
    versions = table(backend, "versions", [of])
    current = table(backend, "current", [{"article_id": name, "colour": "blue", "price": 1.5} for name in ("01", "02")])
    found = articles_at(versions, current, CUT)
    told = {row["article_id"]: row for row in records(backend, found)}
    assert attributes_from(backend, found) == {"versions": 1, "current": 1}
    assert told == {
        "01": {"article_id": "01", "colour": "red", "size": "s", "is_deleted": False, "attributes_from": "versions"},
        "02": {"article_id": "02", "colour": "blue", "size": None, "is_deleted": False, "attributes_from": "current"},
    }


def test_articles_that_nobody_knew_yet_are_told_from_those_that_were_known(backend: Engine) -> None:
    """All versions may be of after the cut; then nothing is from them as they were, and the best comes first."""
    of = {"version": 1, "colour": "red", "is_deleted": False}
    at = {"late": CUT + DAY, "later": CUT + 2 * DAY, "known": CUT}
    versions = [{**of, "article_id": name, "known_at": known} for name, known in at.items()]
    late = articles_at(table(backend, "late_versions", versions[:2]), None, CUT)
    assert attributes_from(backend, late) == {"first_known": 2}
    both = articles_at(table(backend, "both_versions", versions), None, CUT)
    assert list(attributes_from(backend, both).items()) == [("versions", 1), ("first_known", 2)]
    nothing = both.mutate(attributes_from=ibis.null("string"))
    assert attributes_from(backend, nothing) == {}


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (pa.string(), ["07", "7"], ["07", "7"]),
        (pa.int32(), [7, None], ["7", None]),
        (pa.decimal128(38, 0), [Decimal(10**20)], ["1" + 20 * "0"]),
        (pa.null(), [None], [None]),
    ],
)
def test_ids_of_categories_are_texts_or_counted(backend: Engine, kind: pa.DataType, given: Any, told: Any) -> None:
    """A text is as it is, a whole number its digits; a column that is not there is null."""
    rows = backend.given(f"of_{kind.id}", pa.table({"category_id": pa.array(given, kind)}))
    found = records(backend, rows.select(id=category(rows, "category_id"), none=category(rows, "parent_category_id")))
    assert [(row["id"], row["none"]) for row in found] == [(each, None) for each in told]


@pytest.mark.parametrize("kind", [pa.float64(), pa.decimal128(6, 2), pa.date32()])
def test_other_ids_of_categories_are_refused(backend: Engine, kind: pa.DataType) -> None:
    """Whole numbers of which one is missing are fractions to pandas, and 7.0 is the text of no id."""
    rows = backend.given(f"other_{kind.id}", pa.table({"category_id": pa.array([None], kind)}))
    with pytest.raises(ConfigurationError, match="neither texts nor whole numbers - keep category_id as one of these"):
        category(rows, "category_id")


def test_numbers_of_ids_are_in_the_order_of_the_ids(backend: Engine) -> None:
    """Of one table or of several that have them, each id once, and no null."""
    one = table(backend, "one", [{"article_id": name} for name in ("b", None, "a", "b")])
    other = table(backend, "other", [{"article_id": "0"}, {"article_id": "c"}])
    none = table(backend, "none", [{"other": 1}])
    for given, ids in (((one, none), ["a", "b"]), ((one, other), ["0", "a", "b", "c"])):
        codes = codes_of(backend, *given, names=["article"])
        found = records(backend, codes.of["article"].order_by("article"))
        assert [(row["article_id"], row["article"]) for row in found] == [(name, n) for n, name in enumerate(ids)]
        backend.result(lambda connection: connection.execute("DROP TABLE article_codes"))


def test_a_table_without_ids_is_refused(backend: Engine) -> None:
    """With what to do."""
    with pytest.raises(ConfigurationError, match="there is no column 'article_id' - say by names"):
        key(table(backend, "keyless", [{"price": 1.5}]), "article_id")


def test_rows_meet_their_rules(backend: Engine) -> None:
    """One piece is enough, nothing costs nothing, and what is of the cut itself is known at it."""
    good: dict[str, Any] = {"id": "good", "at": CUT, "price": 0, "pieces": 1, "of_id": "x"}
    changed: dict[str, dict[str, Any]] = {
        "none": {"pieces": 0},
        "owed": {"price": -1},
        "nobody": {"of_id": None},
        "later": {"at": CUT + timedelta(microseconds=1)},
    }
    rows = [good, *({**good, "id": name, **change} for name, change in changed.items())]
    raw = table(backend, "judged", rows)
    rules = Rules("id", "at", needed=["of_id"], negative=["price"], below_one=["pieces"])
    found = validated(raw, {name: raw[name] for name in raw.columns}, rules, MOMENT)
    assert [row["id"] for row in records(backend, found.usable)] == ["good"]
    assert {row["id"]: row["reason"] for row in records(backend, found.others)} == {
        "none": "pieces_not_positive",
        "owed": "price_negative",
        "nobody": "of_null",
        "later": "not_yet_known",
    }


def test_an_extract_says_what_its_source_lacks(tmp_path: Path) -> None:
    """By table, and nothing where there is no extract."""
    assert missing(tmp_path) == {}
    tables = [
        {"name": "articles", "columns": [{"name": "id"}, {"name": "price", "missing": True}]},
        {"name": "events", "columns": [{"name": "id"}]},
    ]
    (tmp_path / MANIFEST).write_text(json.dumps({"tables": tables}))
    assert missing(tmp_path) == {"articles": {"price"}, "events": frozenset()}


@pytest.mark.parametrize(
    ("cut", "what"),
    [
        (CUT, None),
        (CUT + DAY, "lies after"),
        (CUT + timedelta(microseconds=1), "no day of UTC begins"),
    ],
)
def test_a_cut_is_the_beginning_of_a_day_that_has_begun(cut: datetime, what: str | None) -> None:
    """At the instant of the run at the latest."""
    if what is None:
        assert Moment(cut, cut, "UTC").day == date(2026, 1, 15)
    else:
        with pytest.raises(ConfigurationError, match=what):
            Moment(cut, MOMENT.as_of, "UTC")


def test_months_are_those_of_dateutil() -> None:
    """Over the ends of years, of short months and of leap years."""
    days = [date(2024, 1, 31) + n * DAY for n in range(0, 800, 7)] + [date(2024, 2, 29), date(2023, 12, 31)]
    for day in days:
        for months in (0, 1, 2, 11, 12, 13, 24):
            assert months_before(day, months) == day - relativedelta(months=months)


def test_of_several_copies_the_first_that_was_usable_counts(backend: Engine) -> None:
    """Of two or of three; a key that comes once, and rows without one, all stay."""
    days = {"once": [3], "twice": [2, 1], "thrice": [3, 1, 2], None: [5, 5]}
    rows = [{"key": name, "day": day} for name, several in days.items() for day in several]
    raw = table(backend, "copies", rows)
    firsts, repeats = once(raw, "key", raw.day, ["day"])
    kept = sorted((row["key"] or "", row["day"]) for row in records(backend, firsts))
    assert kept == [("", 5), ("", 5), ("once", 3), ("thrice", 1), ("twice", 1)]
    assert sorted((row["key"], row["day"]) for row in records(backend, repeats)) == [
        ("thrice", 2), ("thrice", 3), ("twice", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "zone",
    ["UTC", "Europe/Stockholm", "America/Havana", "America/Santiago", "America/Sao_Paulo", "America/St_Johns",
     "America/Juneau", "Asia/Beirut", "Asia/Colombo", "Atlantic/Azores", "Pacific/Apia"],
)  # fmt: skip
def test_days_begin_with_their_first_instant(backend: Engine, zone: str) -> None:
    """Clocks that are set back over midnight by half an hour, one or two, and such as skip it, or a day."""
    dates = [date(1970, 1, 1) + number * DAY for number in range(56 * 365)]
    days = table(backend, "days", [{"day": each} for each in dates])
    found = days.select(
        "day", begins=begins(days.day, zone), ends=over(days.day, zone), read=instant(days, "day", zone)
    )
    for row in records(backend, found):
        first = local_midnight(row["day"], zone)
        assert (row["begins"], row["ends"], row["read"]) == (first, local_midnight(row["day"] + DAY, zone), first)


def test_what_clocks_show_twice_is_the_later_of_both(backend: Engine) -> None:
    """So Postgres has it (docs/extract.md); of a day alone it is known that it begins with the first."""
    shown = table(backend, "shown", [{"at": datetime(2026, 11, 1)}])  # noqa: DTZ001 - of clocks
    (row,) = records(backend, shown.select(at=instant(shown, "at", "America/Havana")))
    assert row["at"] == datetime(2026, 11, 1, 5, tzinfo=UTC)
