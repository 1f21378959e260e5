"""Random dumps of a catalogue, and the step's expressions run on them, day after day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import strategies as st

from components.article_versions.columns import SOURCE, VERSIONED
from components.article_versions.compute import Made, make
from components.article_versions.usable import Cut
from components.iceberg.versions import VALID_TO
from components.load_iceberg.differing import INSTANT, Difference, Rules, difference
from components.retail.time import cut_day
from components.shell.engine import Engine, engine, records
from pipelines import articles_content as pipeline
from tests.components.article_versions.oracle import COLUMNS, Row

SCHEMA = ibis.schema({**SOURCE, "known_at": "timestamp('UTC', 6)"}).to_pyarrow()
CATEGORIES = pa.schema([(name, pa.string()) for name in ("category_id", "name", "parent_category_id")])
VERSIONS = pa.schema(
    [
        *VERSIONED.to_pyarrow(), ("version", pa.int32()), ("known_at", INSTANT), ("valid_from", INSTANT),
        ("valid_to", INSTANT), ("is_deleted", pa.bool_()),
    ]
)  # fmt: skip
MODE = pipeline.VERSIONS.mode
RULES = Rules(MODE.key, MODE.compare, MODE.since)
ZONES = ("UTC", "Europe/Stockholm", "Pacific/Auckland", "America/Santiago")
FIRST = datetime(2024, 3, 30, 23, 30, tzinfo=UTC)
# Around a leap day, changes of the clocks, and the cuts themselves.
INSTANTS = [FIRST + timedelta(hours=hours) for hours in (-800, -744, -25, -24, -1, 0, 1, 12, 24, 25, 49, 900)]
TEXTS = ["", " ", "Jumper", "Cafe\u0301", "Caf\u00e9", "a\u00a0 \u2028b\x1d\x85c", 'say "so" \\ é/\t', "Jumper."]


def _row(**columns: Any) -> Any:
    some = dict.fromkeys(COLUMNS, st.none())
    return st.fixed_dictionaries({**some, "known_at": st.none(), **columns})


# Few ids and few values, so that rows come again, change, and change back.
ARTICLE = _row(
    article_id=st.sampled_from([None, "01", "01", *"123456789abcdefgh"]),
    product_code=st.sampled_from([None, 1, 2]),
    prod_name=st.sampled_from([None, *TEXTS]),
    product_type_name=st.sampled_from([None, "", "Top"]),
    product_group_name=st.sampled_from([None, "Knit", "Knit", "Shoes"]),
    colour_group_name=st.sampled_from([None, "Blue"]),
    detail_desc=st.sampled_from([None, *TEXTS]),
    price=st.sampled_from([None, "-1", "0", "9.90", "9.90", "19.99"]).map(lambda text: text and Decimal(text)),
    stock=st.sampled_from([None, -1, 0, 7, 7, 40]),
    category_id=st.sampled_from([None, *"abcdex"]),
    image_path=st.sampled_from([None, "i/01.jpg", "i/02.jpg"]),
    created_at=st.sampled_from([None, *INSTANTS]),
    last_updated=st.sampled_from([None, *INSTANTS]),
    known_at=st.one_of(st.none(), st.none(), st.sampled_from(INSTANTS)),
)
CATEGORY = st.fixed_dictionaries(
    {
        "category_id": st.sampled_from([None, *"aabcdefg"]),
        "name": st.sampled_from([None, "Ladies", "Dresses", "Maxi"]),
        "parent_category_id": st.sampled_from([None, None, *"abcdefgz"]),
    }
)
ARTICLES, TREES = st.lists(ARTICLE, min_size=1, max_size=30), st.lists(CATEGORY, max_size=12)


def cut_at(at: datetime, zone: str = "UTC") -> Cut:
    """The cut of a run."""
    return Cut(at, cut_day(at, zone), zone)


class Shop:
    """The table of versions in memory, as the loader makes it, and an engine for the step."""

    def __init__(self, backend: Engine) -> None:
        """A shop without versions."""
        self.backend, self.versions = backend, VERSIONS.empty_table()

    def run(self, rows: Sequence[Row], categories: Sequence[Row], cut: Cut, *, retire_missing: bool = True) -> Made:
        """What the step makes of a dump; its versions are loaded."""
        made = self.made(rows, categories, cut, retire_missing=retire_missing)
        self._load(made, cut)
        return made

    def made(self, rows: Sequence[Row], categories: Sequence[Row], cut: Cut, *, retire_missing: bool = True) -> Made:
        """What the step makes of a dump; nothing is loaded."""
        given = (
            self._table("raw", pa.Table.from_pylist(list(rows), schema=SCHEMA)),
            self._table("tree", pa.Table.from_pylist(list(categories), schema=CATEGORIES)),
            self._table("versions", standing(self.versions, cut.at)),
        )
        self._forget()
        return make(self.backend, *given, cut, retire_missing=retire_missing)

    def rows(self, table: Any) -> list[dict[str, Any]]:
        """The rows of a table."""
        return records(self.backend, table)

    def _table(self, name: str, rows: pa.Table) -> Any:
        self.backend.result(lambda connection: connection.register(name, rows))
        return ibis.table(ibis.Schema.from_pyarrow(rows.schema), name)

    def _forget(self) -> None:
        """Drop what the run before has kept."""
        query = "SELECT table_name FROM duckdb_tables() WHERE temporary"
        kept = self.backend.result(lambda connection: connection.sql(query).fetchall())
        for (name,) in kept:
            self.backend.result(lambda connection, name=name: connection.execute(f'DROP TABLE "{name}"'))

    def _load(self, made: Made, cut: Cut) -> None:
        state = pa.Table.from_pylist(self.rows(made.versions), schema=VERSIONED.to_pyarrow())
        opened = pc.is_null(self.versions[VALID_TO])
        held, ended = self.versions.filter(opened).combine_chunks(), self.versions.filter(pc.invert(opened))
        found = difference(state, held, state.select(["article_id"]).slice(0, 0), RULES, cut.at)
        self.versions = pa.concat_tables([ended, _closed(held, found, cut.at), found.added.cast(VERSIONS)])


def _closed(held: pa.Table, found: Difference, at: datetime) -> pa.Table:
    place = pa.array(range(held.num_rows), pa.int64())
    until = pc.if_else(pc.is_in(place, found.ended), pa.scalar(at, INSTANT), held[VALID_TO])
    held = held.set_column(held.schema.get_field_index(VALID_TO), VERSIONS.field(VALID_TO), until)
    return held.filter(pc.invert(pc.is_in(place, found.undone)))


def standing(versions: pa.Table, at: datetime) -> pa.Table:
    """The versions that stood just before the instant."""
    rows = versions.to_pylist()
    kept = [row for row in rows if row["known_at"] < at and (row["valid_to"] is None or row["valid_to"] >= at)]
    return pa.Table.from_pylist(kept, schema=VERSIONS)


def told(shop: Shop) -> Mapping[str, list[dict[str, Any]]]:
    """The versions by article, as the oracle's book has them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(shop.versions.to_pylist(), key=lambda row: (row["article_id"], row["version"])):
        own = {name: row[name] for name in ("version", "known_at", "valid_from", "valid_to", "is_deleted")}
        found.setdefault(row["article_id"], []).append({**own, "row": {name: row[name] for name in COLUMNS}})
    return found


def memory() -> Any:
    """An engine for tests."""
    return engine("300MB", threads=1)
