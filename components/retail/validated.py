"""Rows of any table of a shop: which count at a cut, and why the others do not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.retail.columns import instant
from components.retail.lines import NOT_YET_KNOWN
from components.retail.moment import Moment
from components.retail.once import Hold, as_it_is, once
from components.shell.as_json import as_json
from components.shell.instants import EPOCH


@dataclass(frozen=True)
class Validated:
    """The rows that count, and the others with `id`, `reason` and the `row` as it came; together all that came in."""

    usable: ir.Table
    others: ir.Table


@dataclass(frozen=True)
class Rules:
    """What a row must meet: its `key`, when it `happened` (empty where nothing says so), and what must not be null.

    `negative` are columns that may not be below 0, `below_one` those that may not be below 1.
    """

    key: str
    happened: str = ""
    needed: Sequence[str] = ()
    negative: Sequence[str] = ()
    below_one: Sequence[str] = ()


def validated(
    raw: ir.Table, typed: Mapping[str, ir.Value], rules: Rules, moment: Moment, hold: Hold = as_it_is
) -> Validated:
    """The rows of `raw` with the `typed` columns, each key once: of several copies the one that was usable first.

    What happened after the cut, or became known after the run's instant, is not known yet.
    """
    table = raw.select(
        **typed,
        usable_at=ibis.greatest(
            typed[rules.happened] if rules.happened else ibis.null("timestamp('UTC', 6)"),
            known_at := instant(raw, "known_at", moment.timezone),
        ).fill_null(EPOCH),
        is_late=(known_at > moment.as_of).fill_null(False),
        given=ibis.struct({name: raw[name] for name in raw.columns}),
    )
    table = table.mutate(reason=_reason(table, rules, moment))
    whole = table.filter(table.reason.isnull())
    firsts, repeats = once(whole, rules.key, whole.usable_at, tuple(typed), hold)
    others = table.filter(table.reason.notnull()).select(repeats.columns).union(repeats)
    return Validated(
        firsts.select(*typed),
        others.select("reason", id=others[rules.key].cast("string"), row=as_json(others.given)),
    )


def _reason(table: ir.Table, rules: Rules, moment: Moment) -> ir.Value:
    later = table.is_late
    if rules.happened:
        later |= (table[rules.happened] > moment.cut).fill_null(False)
    return ibis.cases(
        (later, NOT_YET_KNOWN),
        *((table[name].isnull(), f"{name.removesuffix('_id')}_null") for name in rules.needed),
        *((table[name] < 0, f"{name}_negative") for name in rules.negative),
        *((table[name] < 1, f"{name}_not_positive") for name in rules.below_one),
        else_=ibis.null("string"),
    )
