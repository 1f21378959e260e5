"""Rows, tree, hashes and versions against plain loops, day after day, and what plain mistakes would make of them."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from components.article_versions import compute as product
from components.article_versions import described as hashing
from components.article_versions import state
from components.article_versions.changes import Changes, Threshold, changes
from components.article_versions.usable import Cut
from components.retail.attributes import articles_at
from components.shell.engine import Engine
from components.shell.errors import ConfigurationError
from tests.components.article_versions import oracle
from tests.components.article_versions.histories import (
    ARTICLES,
    FIRST,
    INSTANTS,
    TREES,
    ZONES,
    Shop,
    cut_at,
    memory,
    told,
)
from tests.components.article_versions.oracle import COLUMNS, Book, Row

DAY = timedelta(days=1)
DUMPS = st.lists(st.tuples(ARTICLES, TREES), min_size=3, max_size=4)
# To make a failing example smaller would take minutes: each of its runs has a dozen queries.
FAST = settings(phases=(Phase.explicit, Phase.reuse, Phase.generate))


@pytest.fixture(scope="module")
def backend() -> Iterator[Engine]:
    """One engine for all."""
    with memory() as found:
        yield found


@pytest.fixture
def shop(backend: Engine) -> Shop:
    """A shop without versions."""
    return Shop(backend)


@given(DUMPS, st.sampled_from(ZONES), st.booleans(), st.randoms())
@settings(FAST, max_examples=8)
def test_days_are_those_of_plain_loops(
    backend: Engine, dumps: Sequence[Any], zone: str, retire: bool, by_chance: random.Random
) -> None:
    """In whatever order rows come: table, versions, reasons, and what has changed since the day before.

    And afterwards the versions give back the table of each day, in all that makes a version.
    """
    shop, book, tables = Shop(backend), Book(), [list[dict[str, Any]]()]
    for number, (rows, tree) in enumerate(dumps):
        cut = cut_at(FIRST + number * DAY, zone)
        shuffled = [by_chance.sample(each, len(each)) for each in (rows, tree)]
        made = shop.run(shuffled[0], shuffled[1], cut, retire_missing=retire)
        expected = oracle.state(rows, tree, book, cut, retire_missing=retire)
        tables.append(shop.rows(made.rows))
        assert tables[-1] == expected
        assert told(shop) == book.versions
        assert _reasons(shop.rows(made.validated.others)) == oracle.judged(rows, cut)[2]
        assert (_reasons(shop.rows(made.tree.others)), made.tree.missing_parents) == oracle.tree(tree)[1:]
        assert vars(_changes(backend, *tables[-2:])) == oracle.changes(tables[-2], expected)
    names = [name for name in COLUMNS if name != "last_updated"]
    for number, table in enumerate(tables[1:]):
        assert _at(shop, FIRST + number * DAY, names) == [{name: row[name] for name in names} for row in table]


def _at(shop: Shop, cut: datetime, names: Sequence[str]) -> list[dict[str, Any]]:
    """The articles as the versions known at the cut have them."""
    shop.backend.result(lambda connection: connection.register("history", shop.versions))
    history = ibis.table(ibis.Schema.from_pyarrow(shop.versions.schema), "history")
    valid = articles_at(history, None, cut)
    kept = valid.filter((valid.attributes_from == "versions") & ~valid.is_deleted).order_by("article_id")
    return shop.rows(kept.select(names))


def _reasons(rows: Sequence[Row]) -> Counter[str]:
    return Counter(row["reason"] for row in rows)


def _changes(backend: Engine, before: Sequence[Row], now: Sequence[Row]) -> Changes:
    return changes(backend, _lent(backend, "now", now), _lent(backend, "earlier", before))


def _lent(backend: Engine, name: str, rows: Sequence[Row]) -> ir.Table:
    names = ("article_id", "text_hash", "image_hash", "commercial_hash")
    schema = pa.schema([(each, pa.string()) for each in names])
    table = pa.Table.from_pylist([{each: row[each] for each in names} for row in rows], schema=schema)
    backend.result(lambda connection: connection.register(name, table))
    return ibis.table(ibis.Schema.from_pyarrow(schema), name)


@given(ARTICLES, st.sampled_from(INSTANTS), st.sampled_from(ZONES))
@settings(FAST, max_examples=8)
def test_what_is_not_yet_known_changes_nothing(backend: Engine, rows: Sequence[Row], at: datetime, zone: str) -> None:
    """The rows at a cut are those of the source cut there."""
    known = [row for row in rows if max(_known(row)) <= at]
    shop, cut = Shop(backend), cut_at(at, zone)
    assert shop.rows(shop.made(known, [], cut).rows) == shop.rows(shop.made(rows, [], cut).rows)


def _known(row: Row) -> list[datetime]:
    return [FIRST - 99 * DAY, *(row[name] for name in ("known_at", "created_at") if row[name])]


def article(article_id: str, **others: Any) -> Row:
    """An article of a group, which costs ten."""
    row = dict.fromkeys((*COLUMNS, "known_at")) | {"article_id": article_id, "prod_name": "Jumper"}
    return row | {"product_group_name": "Knit", "price": Decimal("10.00"), "stock": 1} | others


def category(category_id: str, name: str | None, parent: str | None = None) -> Row:
    """A category below another one."""
    return {"category_id": category_id, "name": name, "parent_category_id": parent}


def days(shop: Shop, *dumps: Sequence[Row]) -> list[list[dict[str, Any]]]:
    """The rows of each day."""
    return [shop.rows(shop.run(rows, [], cut_at(FIRST + number * DAY)).rows) for number, rows in enumerate(dumps)]


def test_back_to_what_it_was_is_a_third_version(shop: Shop) -> None:
    """A, B, A: each follows the one before, and the table says which one stands since when."""
    one, other = article("01"), article("01", detail_desc="Warm.")
    found = days(shop, [one], [other], [one], [one])
    assert [row["version"] for rows in found for row in rows] == [1, 2, 3, 3]
    assert [row["changed_at"] for rows in found for row in rows] == [
        FIRST,
        FIRST + DAY,
        FIRST + 2 * DAY,
        FIRST + 2 * DAY,
    ]
    assert [version["valid_to"] for version in told(shop)["01"]] == [FIRST + DAY, FIRST + 2 * DAY, None]


def test_the_same_dump_adds_nothing(shop: Shop) -> None:
    """Though `last_updated` moves in every row: it decides nothing, and the table has today's."""
    first, second = days(shop, *([article("01", last_updated=FIRST - DAY + number * DAY)] for number in range(2)))
    assert shop.versions.num_rows == 1
    assert [rows[0]["last_updated"] for rows in (first, second)] == [FIRST - DAY, FIRST]


def test_the_very_run_again_finds_what_it_found(shop: Shop) -> None:
    """What a run itself has left is not what stood before it."""
    days(shop, [article("01"), article("02")], [article("01", stock=0)])
    cut, rows = cut_at(FIRST + 2 * DAY), [article("01", stock=9), article("02")]
    first = shop.rows(shop.run(rows, [], cut).rows)
    versions = told(shop)
    assert shop.rows(shop.run(rows, [], cut).rows) == first
    assert told(shop) == versions


def test_an_article_that_comes_back(shop: Shop) -> None:
    """It goes on where it ended: its first day stays, and the time without it is a version that says so."""
    there = [article("01"), article("02")]
    found = days(shop, there, there[:1], there)
    assert [len(rows) for rows in found] == [2, 1, 2]
    back = found[2][1]
    assert (back["version"], back["first_seen_at"], back["changed_at"]) == (3, FIRST, FIRST + 2 * DAY)
    assert [version["is_deleted"] for version in told(shop)["02"]] == [False, True, False]


def test_what_is_missing_may_stay(shop: Shop) -> None:
    """Where the source hands over a part alone, what it leaves out is there all the same."""
    there, part = [article("01"), article("02")], [article("02", stock=5)]
    days(shop, there)
    rows = shop.rows(shop.run(part, [], cut_at(FIRST + DAY), retire_missing=False).rows)
    assert [(row["article_id"], row["version"]) for row in rows] == [("01", 1), ("02", 2)]


def test_a_row_that_makes_no_sense_leaves_its_article_as_it_was(shop: Shop) -> None:
    """A slip in the stock retires nothing; an article that never made sense is not there."""
    days(shop, [article("01", stock=4)])
    made = shop.run([article("01", stock=-1), article("02", stock=-1)], [], cut_at(FIRST + DAY))
    assert [(row["article_id"], row["stock"], row["version"]) for row in shop.rows(made.rows)] == [("01", 4, 1)]
    assert [(row["id"], row["reason"]) for row in shop.rows(made.validated.others)] == [
        ("01", "stock_negative"),
        ("02", "stock_negative"),
    ]


def test_a_first_version_begins_when_the_article_was_created(shop: Shop) -> None:
    """It is assumed to have been so since then; later ones begin when they were seen."""
    created = FIRST - 9 * DAY
    days(shop, [article("01", created_at=created)], [article("01", created_at=created, stock=0)])
    assert [version["valid_from"] for version in told(shop)["01"]] == [created, FIRST + DAY]


def test_the_tree_of_categories(shop: Shop) -> None:
    """Depth is not capped; a circle is no category, and what hangs below one, or below nothing, has no depth."""
    deep = [category(f"d{number}", f"D{number}", f"d{number - 1}" if number else None) for number in range(9)]
    tree = [
        *deep, category("x", "X", "y"), category("y", "Y", "x"), category("self", "Self", "self"),
        category("below", "Below", "x"), category("lost", "Lost", "nowhere"), category("nameless", None, "d0"),
    ]  # fmt: skip
    ids = ("d0", "d8", "x", "below", "lost", "nameless", "unknown", None)
    made = shop.run([article(f"{number}", category_id=one) for number, one in enumerate(ids)], tree, cut_at(FIRST))
    told = [(row["category_depth"], row["category_path"], row["category_known"]) for row in shop.rows(made.rows)]
    assert told == [
        (0, "D0", True),
        (8, " > ".join(f"D{number}" for number in range(9)), True),
        (None, None, False),
        (None, None, True),
        (None, None, True),
        (1, "D0 > nameless", True),
        (None, None, False),
        (None, None, None),
    ]
    assert _reasons(shop.rows(made.tree.others)) == {"category_cycle": 3}
    assert made.tree.missing_parents == 2


def test_a_long_chain_is_no_long_wait(shop: Shop) -> None:
    """Rounds grow with the logarithm of a chain."""
    chain = [category(f"{number}", "a", f"{number - 1}" if number else None) for number in range(500)]
    made = shop.run([article("01", category_id="499")], chain, cut_at(FIRST))
    assert shop.rows(made.rows)[0]["category_depth"] == 499
    assert shop.backend.result(lambda connection: connection.sql(_ROUNDS).fetchall()) == [(9,)]


_ROUNDS = "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'placed_%'"


def test_figures_are_those_of_pandas_and_scipy(shop: Shop) -> None:
    """Scaled prices as pandas has them, ranks as scipy has them; one of its group, and all alike, are 0."""
    by_chance = random.Random(7)
    rows = [
        article(
            f"{number:03d}",
            product_group_name=by_chance.choice(["Knit", "Shoes", None]),
            price=by_chance.choice([None, *(Decimal(cents) / 100 for cents in (999, 1000, 1999, 4999))]),
            stock=by_chance.choice([None, 0, 3, 50]),
        )
        for number in range(60)
    ]
    frame = pd.DataFrame(shop.rows(shop.run(rows, [], cut_at(FIRST)).rows))
    frame["price"] = frame["price"].astype(float)
    for name in ("price", "stock"):
        scaled = (frame[name] - frame[name].min()) / (frame[name].max() - frame[name].min())
        pd.testing.assert_series_equal(frame[f"normalized_{name}"], scaled, check_names=False, rtol=1e-12)
    known = frame[frame["price"].notna()]
    for _, group in known.groupby("product_group_name", dropna=False):
        expected = (rankdata(group["price"], method="min") - 1) / (len(group) - 1)
        assert list(group["price_rank"]) == pytest.approx(list(expected), rel=1e-12)
    assert frame[frame["price"].isna()]["price_rank"].isna().all()
    alone = shop.rows(Shop(shop.backend).run([article("01")], [], cut_at(FIRST)).rows)[0]
    assert (alone["normalized_price"], alone["normalized_stock"], alone["price_rank"]) == (0.0, 0.0, 0.0)


def test_one_dear_article_changes_no_other(shop: Shop) -> None:
    """It moves every scaled price, and no hash."""
    cheap, dear = [article("01"), article("02", price=Decimal("20.00"))], article("03", price=Decimal("9999.00"))
    first, second = days(shop, cheap, [*cheap, dear])
    assert first[1]["normalized_price"] == 1.0 > second[1]["normalized_price"]
    found = _changes(shop.backend, first, second)
    assert (found.added, found.text_changed, found.image_changed, found.commercial_changed) == (1, 0, 0, 0)
    assert [row["version"] for row in second] == [1, 1, 1]


def test_text_and_hash_of_what_is_the_same(shop: Shop) -> None:
    """Accents in one sign or two, blanks of any kind, NUL: one text. As the source wrote it, it is another content."""
    rows = [article("01", prod_name="Cafe\u0301\u00a0\x00 Top "), article("02", prod_name="Caf\u00e9 Top")]
    one, other = shop.rows(shop.run(rows, [], cut_at(FIRST)).rows)
    assert one["text"] == other["text"] == "Caf\u00e9 Top"
    assert one["text_hash"] == other["text_hash"]
    assert one["content_hash"] != other["content_hash"]


@pytest.mark.parametrize(
    ("counts", "threshold", "is_changed"),
    [
        ({}, Threshold(0.05), False),
        ({"commercial_changed": 100}, Threshold(0.05, 1), False),
        ({"added": 2, "removed": 1, "text_changed": 1, "image_changed": 1}, Threshold(0.05), True),
        ({"added": 2, "removed": 1, "text_changed": 1}, Threshold(0.05), False),
        ({"image_changed": 3}, Threshold(0.05, 3), True),
        ({"image_changed": 2}, Threshold(0.05, 3), False),
        ({"added": 1, "previous": 0}, Threshold(1.0), True),
        ({}, Threshold(0), True),
    ],
)
def test_when_a_catalogue_has_changed(counts: dict[str, int], threshold: Threshold, is_changed: bool) -> None:
    """From the share on, or the number where there is one; price and stock never."""
    nothing = {**dict.fromkeys(Changes.__dataclass_fields__, 0), "previous": 100}
    assert threshold.reached(Changes(**nothing | counts)) is is_changed


@pytest.mark.parametrize(
    ("share", "rows", "what"), [(-0.1, 0, "changed_share is -0.1"), (float("nan"), 0, "is nan"), (0.1, -1, "is -1")]
)
def test_a_threshold_that_makes_no_sense(share: float, rows: int, what: str) -> None:
    """It is refused with what is wrong with it."""
    with pytest.raises(ConfigurationError, match=what):
        Threshold(share, rows)


def test_days_of_life_are_the_shops(shop: Shop) -> None:
    """Created in the night before the clocks changed: a day old by the calendar, whatever the hours."""
    created = datetime(2024, 3, 29, 23, 30, tzinfo=UTC)
    for zone, age in (("UTC", 1), ("Europe/Stockholm", 1), ("America/Santiago", 1), ("Pacific/Auckland", 1)):
        rows = shop.rows(shop.made([article("01", created_at=created)], [], cut_at(FIRST, zone)).rows)
        assert rows[0]["lifecycle_days"] == age
    early = cut_at(datetime(2024, 3, 31, 22, 30, tzinfo=UTC), "Europe/Stockholm")
    rows = shop.rows(shop.made([article("01", created_at=created)], [], early).rows)
    assert (early.day, rows[0]["lifecycle_days"]) == (date(2024, 4, 1), 2)


def _by_price(articles: ir.Table, before: ir.Table, cut: datetime) -> ir.Table:
    """Scaled prices among what makes a version."""
    scaled = articles.price / articles.price.max().over()
    told = articles.mutate(content_hash=articles.content_hash + scaled.cast("string"))
    return _NUMBERED(told, before, cut)


def _with_last_updated(articles: ir.Table, names: Sequence[str]) -> ir.StringValue:
    return _CANONICAL(articles, (*names, "last_updated"))


def _forgetful(before: ir.Table, usable: ir.Table, others: ir.Table, *, retire_missing: bool) -> ir.Table:
    """Articles that are gone as soon as a row of theirs makes no sense."""
    return _CARRIED(before, usable, others.limit(0), retire_missing=retire_missing)


def _without_the_dead(articles: ir.Table, before: ir.Table, cut: datetime) -> ir.Table:
    """Articles that begin anew when they come back."""
    return _NUMBERED(articles, before.filter(~before.is_deleted), cut)


def _at_any_time(raw: ir.Table, cut: Cut) -> Any:
    """What became known after the cut too."""
    return _USABLE(raw, replace(cut, at=cut.at + 99 * DAY, day=cut.day + 99 * DAY))


_NUMBERED, _CANONICAL, _CARRIED, _USABLE = state.numbered, hashing._canonical, state.carried, product.usable_articles
_STORY = [
    [article("01"), article("02", price=Decimal("20.00"))],
    [article("01", last_updated=FIRST), article("03", price=Decimal("99.00")), article("02", stock=-1)],
    [article("01", last_updated=FIRST), article("04", known_at=FIRST + 5 * DAY), article("03")],
    [article("01"), article("02"), article("03")],
]


def story(shop: Shop) -> None:
    """Fail where the days of a small shop are not the oracle's."""
    book = Book()
    for number, rows in enumerate(_STORY):
        cut = cut_at(FIRST + number * DAY)
        made = shop.run(rows, [], cut)
        assert shop.rows(made.rows) == oracle.state(rows, [], book, cut, retire_missing=True)
        assert told(shop) == book.versions


def test_a_small_shop(shop: Shop) -> None:
    """The story in which the planted mistakes below are found has none by itself."""
    story(shop)


@pytest.mark.parametrize(
    ("where", "name", "mistake"),
    [
        (product, "numbered", _by_price),
        (hashing, "_canonical", _with_last_updated),
        (product, "carried", _forgetful),
        (product, "numbered", _without_the_dead),
        (product, "usable_articles", _at_any_time),
    ],
)
def test_a_planted_mistake_is_found(
    monkeypatch: pytest.MonkeyPatch, shop: Shop, where: Any, name: str, mistake: Callable[..., Any]
) -> None:
    """Scaled prices or `last_updated` in the hash, slips that retire, newcomers out of old hands, the future."""
    monkeypatch.setattr(where, name, mistake)
    with pytest.raises(AssertionError):
        story(shop)
