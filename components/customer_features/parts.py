"""The rows of a shop's tables that count at a cut, and those that do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import ibis
import ibis.expr.types as ir

from components.customer_features.categories import Categories, categories
from components.customer_features.settings import Settings
from components.customer_features.source import Source
from components.customer_features.usable import usable
from components.retail.attributes import dated
from components.retail.codes import Codes, codes_of
from components.retail.lines import Lines, usable_lines
from components.retail.moment import Moment
from components.shell.as_json import as_json
from components.shell.engine import Backend, keep
from components.shell.errors import ConfigurationError

_BESIDE = ("customers", "orders", "order_items", "events", "wishlist")
_ATTRIBUTES = ("age", "signup_date", "club_member_status", "fashion_news_frequency", "active")
_NOBODY_KNOWS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Parts:
    """What counts of each table, and what does not.

    `lines` are those of transactions, by code; other tables in `usable` have their ids. `others` has the rows of each
    table that do not count, with `id`, `reason` and the `row`. `unknown` are attributes of customers that nothing is
    known of at the cut; `nulled` are those of customers and orders that the source has, but as they are today.
    """

    codes: Codes
    lines: ir.Table
    usable: Mapping[str, ir.Table]
    others: Mapping[str, ir.Table]
    categories: Categories | None
    unknown: frozenset[str]
    nulled: tuple[str, ...]


def parts_of(backend: Backend, source: Source, versions: ir.Table | None, moment: Moment, settings: Settings) -> Parts:
    """What counts of these tables at the cut.

    Raises:
        ConfigurationError: there are no transactions, or ids are numbers.
    """
    if (transactions := source.get("transactions")) is None:
        raise ConfigurationError("there is no table of transactions", "name it in source_tables")
    tables, nulled = _as_of_the_cut(source, moment, settings)
    hold = partial(keep, backend)
    lines = usable_lines(transactions, moment.day, moment.as_of, moment.timezone, hold)
    validated = {name: usable(name, table, moment, hold) for name, table in tables.items()}
    having = [transactions, *([tables["customers"]] if "customers" in tables else [])]
    codes = codes_of(backend, *having, names=("customer",))
    article_categories = categories(backend, source, versions, moment, settings.category_column)
    return Parts(
        codes=codes,
        lines=keep(backend, "lines", _coded(lines.usable, codes, article_categories)),
        usable={name: keep(backend, f"usable_{name}", each.usable) for name, each in validated.items()},
        others={"transactions": _others(lines), **{name: each.others for name, each in validated.items()}},
        categories=article_categories,
        unknown=frozenset(nulled) | _lacking(source.get("customers")),
        nulled=nulled,
    )


def _as_of_the_cut(source: Source, moment: Moment, settings: Settings) -> tuple[dict[str, ir.Table], tuple[str, ...]]:
    """The tables beside transactions, without what is known of their rows today alone; and the names of that."""
    tables = {name: table for name in _BESIDE if (table := source.get(name)) is not None}
    taken_at, allowed = source.taken_at or _NOBODY_KNOWS, settings.allow_current_attributes
    # Where all orders count, nothing rests on what has become of them.
    changing = ("customers", *(("orders",) if settings.paid_statuses else ()))
    dated_tables = {
        name: dated(tables[name], moment.current_at, taken_at, allowed) for name in changing if name in tables
    }
    nulled = tuple(name for each in dated_tables.values() for name in each.nulled)
    return tables | {name: each.table for name, each in dated_tables.items()}, nulled


def _lacking(customers: ir.Table | None) -> frozenset[str]:
    """The attributes that the source does not have."""
    return frozenset(_ATTRIBUTES) - set(() if customers is None else customers.columns)


def _coded(lines: ir.Table, codes: Codes, article_categories: Categories | None) -> ir.Table:
    """The lines with numbers for customers and categories, and their money."""
    coded = codes.coded(lines, "customer")
    if article_categories is None:
        coded = coded.mutate(category=ibis.null("int32"))
    else:
        known = article_categories.of_articles
        coded = coded.left_join(known, "article_id").select(*coded.columns, "category")
    return coded.select(
        "customer", "category", "day", "quantity", money=coded.price * coded.quantity, channel=coded.sales_channel_id
    )


def _others(lines: Lines) -> ir.Table:
    """The lines that do not count, each with the row as it was read."""
    rejected = lines.rejected
    row = as_json(ibis.struct({name: rejected[name] for name in rejected.columns if name != "reason"}))
    return rejected.select("reason", id=rejected.transaction_id.cast("string"), row=row)
