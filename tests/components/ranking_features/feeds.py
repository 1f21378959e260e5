"""Random feeds, and the step's expressions run on them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from hypothesis import strategies as st

from components.feed.features import SCHEMA, features
from components.feed.read import INTERACTIONS, ITEMS, MEMORY, USERS, Feed
from components.shell.compute import engine
from components.shell.engine import Backend

Row = dict[str, Any]
Compute = Callable[[ir.Table, ir.Table, ir.Table], ir.Table]
SCHEMAS = {"interactions": INTERACTIONS, "users": USERS, "items": ITEMS}
START = datetime(2025, 2, 27, 22, 0, tzinfo=UTC)

# Few users, items and instants, so that ties, repeated pairs and newcomers are the rule.
_instants = st.one_of(
    st.integers(0, 8).map(lambda steps: START + steps * timedelta(hours=7)),
    st.integers(0, 5_000_000).map(lambda micros: START + timedelta(microseconds=micros)),
)


@st.composite
def feeds(draw: st.DrawFn, *, largest: int = 25) -> tuple[list[Row], list[Row], list[Row]]:
    """Interactions in any order, users, items; ids sort differently from times."""
    identifiers = draw(
        st.lists(st.text("aAbZz09é-", min_size=1, max_size=5), unique=True, min_size=1, max_size=largest)
    )
    interactions = [draw(interaction(identifier)) for identifier in identifiers]
    users = [{"user_id": number, "signup_date": START - draw(_ages)} for number in range(4)]
    items = [{"item_id": number, "creation_date": START - draw(_ages)} for number in range(3)]
    return interactions, users, items


_ages = st.timedeltas(timedelta(0), timedelta(days=400))


@st.composite
def interaction(draw: st.DrawFn, identifier: str) -> Row:
    """One interaction."""
    click = draw(st.integers(0, 1))
    return {
        "interaction_id": identifier,
        "user_id": draw(st.integers(0, 3)),
        "item_id": draw(st.integers(0, 2)),
        "timestamp": draw(_instants),
        "click": click,
        "dwell_time": click * draw(st.integers(0, 300_000)) / 1000,
        "device": draw(st.sampled_from(["mobile", "desktop", "tablet", "watch"])),
    }


def held(backend: Backend, interactions: list[Row], users: list[Row], items: list[Row]) -> Feed:
    """The three tables as the step reads them, held by its engine."""
    tables = {"interactions": interactions, "users": users, "items": items}
    return Feed(**{name: backend.given(name, arrow(name, rows)) for name, rows in tables.items()})


def arrow(name: str, rows: list[Row]) -> pa.Table:
    """The rows of a table in its types."""
    return pa.Table.from_pylist(rows, schema=SCHEMAS[name].to_pyarrow())


def computed(interactions: list[Row], users: list[Row], items: list[Row], compute: Compute = features) -> list[Row]:
    """What the expressions give, in their order."""
    with engine(MEMORY, threads=1) as backend:
        held(backend, interactions, users, items)
        found: list[Row] = backend.few(backend.compile(_made(compute))).to_pylist()
    return found


@cache
def _made(compute: Compute) -> ir.Table:
    tables = [ibis.table(schema, name=name) for name, schema in SCHEMAS.items()]
    return compute(*tables).cast(dict(SCHEMA.items()))
