"""An account of the rows: how many rows of each table count, sums that the rows must hold, and what is odd."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.customer_features.ordered import STATUS, paid
from components.customer_features.people import is_an_age
from components.customer_features.rows import Made, statuses_of
from components.customer_features.settings import Settings
from components.customer_features.source import Source
from components.customer_features.spread import spread
from components.retail.accounts import reasons, require_same
from components.retail.behaviour import kind_of, oddity
from components.retail.lines import REMOVED
from components.shell.engine import Backend, count, records


@dataclass(frozen=True)
class Account:
    """How many lines count and how many were rejected, what the rows must hold, the details, and the warnings."""

    lines: int
    rejected_lines: int
    sums: Mapping[str, Any]
    details: Mapping[str, Any]
    warnings: tuple[str, ...]


def account_of(backend: Backend, source: Source, made: Made, settings: Settings) -> Account:
    """The account of these rows.

    Raises:
        ContractError: rows of a table are neither counted nor left out for a reason, or a score is turned round.
    """
    tables = {name: _table(backend, source, made, name) for name in made.parts.others}
    sums, nobodys = _sums(backend, source, made, settings)
    scores = spread(backend, made.bought, settings)
    strange = _of_no_kind(backend, made, settings)
    if "events" in tables:
        tables["events"]["other_types"] = strange
    details = {
        "tables": tables,
        **_customers(backend, made),
        "of_nobody": nobodys,
        "orders_from": "orders" if "orders" in made.parts.usable else "baskets",
        "categories_from": made.parts.categories.attributes_from if made.parts.categories else {},
        "nulled_attributes": list(made.parts.nulled),
        "missing_tables": source.missing_tables,
        "missing_columns": dict(source.missing_columns),
        "scores": scores.bins,
        "segments": scores.segments,
    }
    lines = tables["transactions"]
    odd = oddity(strange, tables["events"]["usable"]) if "events" in tables else ""
    warnings = (*_oddities(source, made, settings), *([odd] if odd else []), *scores.warnings)
    return Account(lines["usable"], sum(lines["rejected"].values()), sums, details, warnings)


def _table(backend: Backend, source: Source, made: Made, name: str) -> dict[str, Any]:
    """How many rows of the table count, were rejected and were removed, and why."""
    usable = made.parts.lines if name == "transactions" else made.parts.usable[name]
    others = made.parts.others[name]
    why, usable_rows, read = reasons(backend, others), count(backend, usable), source.rows[name]
    require_same(f"rows of {name}", read, usable_rows + sum(why.values()))
    rejected = {reason: rows for reason, rows in why.items() if reason not in REMOVED}
    return {"rows": read, "usable": usable_rows, "rejected": rejected, **{each: why.get(each, 0) for each in REMOVED}}


def _of_no_kind(backend: Backend, made: Made, settings: Settings) -> int:
    """How many of the events that count are of types that are no kind: they are `session_events` alone."""
    if (events := made.parts.usable.get("events")) is None:
        return 0
    return count(backend, events.filter(kind_of(events.event_type, settings.event_types).isnull()))


def _sums(backend: Backend, source: Source, made: Made, settings: Settings) -> tuple[dict[str, Any], dict[str, int]]:
    """What the rows must hold together, and how many rows of each table belong to nobody who has a row."""
    lines = made.parts.lines
    money = lines.money.sum().fill_null(0).cast("decimal(38, 9)")
    categorised = lines.category.count()
    sums = records(backend, lines.agg(lines=lines.count(), money=money, categorised=categorised))[0]
    sums["days"] = count(backend, lines.select("customer", "day").distinct())
    nobodys = {}
    for total, name in (("orders", "orders"), ("events", "events"), ("wishes", "wishlist")):
        if (table := made.parts.usable.get(name)) is None:
            continue
        if name == "orders":
            table = paid(table, statuses_of(source, settings))
        theirs = made.parts.codes.coded(table, "customer").semi_join(made.everybody, "customer")
        sums[total] = count(backend, theirs)
        nobodys[name] = count(backend, table) - sums[total]
    return sums, nobodys


def _customers(backend: Backend, made: Made) -> dict[str, int]:
    """How many customers are known, have scores, are known from purchases alone, and have an age that nobody has."""
    lines, customers = made.parts.lines, made.parts.usable.get("customers")
    unlikely = None if customers is None else customers.filter(~is_an_age(customers))
    return {
        "known_customers": count(backend, made.known),
        "scored_customers": count(backend, made.bought),
        "unknown_customers": count(backend, made.bought.anti_join(made.known, "customer")),
        "age_out_of_range": 0 if unlikely is None else count(backend, unlikely),
        "lines_without_category": count(backend, lines.filter(lines.category.isnull())),
    }


def _oddities(source: Source, made: Made, settings: Settings) -> tuple[str, ...]:
    """What somebody should know of where the rows come from."""
    oddities = []
    if "customers" not in source.tables:
        oddities.append("the source has no customers: rows are of those alone who bought something")
    return (*oddities, *_of_today(source, made.parts.nulled, settings))


def _of_today(source: Source, nulled: Sequence[str], settings: Settings) -> Iterator[str]:
    """What is null because the source has its present values only, or what is used all the same."""
    after = "long after the cut; see allow_current_attributes"
    if named := ", ".join(name for name in nulled if name != STATUS):
        yield f"{named} are null, for the extract tells what they are {after}"
    if STATUS in nulled:
        yield f"features of orders are null, for the extract tells which are paid {after}, or paid_statuses=[]"
    if settings.allow_current_attributes and "customers" in source.tables:
        yield "attributes of customers are those of the extract, whenever that was"
    if settings.allow_current_attributes and statuses_of(source, settings):
        yield "which orders are paid is what the extract says, whenever that was"
