"""Which articles make sense at a cut, and why the others do not."""

from dataclasses import dataclass
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from components.article_versions.columns import COMMERCIAL, SOURCE
from components.retail.columns import category, day, instant, key
from components.retail.lines import NOT_YET_KNOWN
from components.retail.once import once
from components.retail.validated import Validated
from components.shell.as_json import as_json
from components.shell.instants import EPOCH

_INSTANTS = tuple(name for name, kind in SOURCE.items() if kind.startswith("timestamp"))


@dataclass(frozen=True)
class Cut:
    """The instant of a run, and the day that it falls on in the shop's zone."""

    at: datetime
    day: date
    timezone: str


def usable_articles(raw: ir.Table, cut: Cut) -> Validated:
    """The articles of `raw` that are known at the cut and make sense, each once.

    Only article_id must be there; other columns that are missing are null.

    Raises:
        ConfigurationError: there is no article_id, or it is a number, or ids of categories are something else.
    """
    rows = _with_reasons(raw, cut)
    known = rows.filter(rows.reason.isnull())
    # What nobody says when it became known has always been.
    usable_at = ibis.greatest(known.known_at, known.created_at).fill_null(EPOCH)
    firsts, repeats = once(known, "article_id", usable_at, tuple(SOURCE))
    others = rows.filter(rows.reason.notnull())
    others = others.select(repeats.columns).union(repeats)
    return Validated(firsts.select(*SOURCE), others.select("reason", id=others.article_id, row=as_json(others.given)))


def _with_reasons(raw: ir.Table, cut: Cut) -> ir.Table:
    """The rows with their types, the row as it was `given`, and the reason for which one does not count."""
    typed = {name: _typed(raw, name, cut.timezone) for name in SOURCE}
    unfit = [
        (raw[name].notnull() & typed[name].isnull(), f"{name}_unfit")
        for name in SOURCE
        if name in raw.columns and name not in _INSTANTS
    ]
    table = raw.select(
        **typed,
        known_at=instant(raw, "known_at", cut.timezone),
        given=ibis.struct({name: raw[name] for name in raw.columns}),
        unfit=ibis.cases(*unfit, else_=ibis.null("string")),
    )
    created = day(table, "created_at", cut.timezone)
    return table.mutate(
        reason=ibis.cases(
            (table.known_at > cut.at, NOT_YET_KNOWN),
            (table.article_id.isnull(), "article_null"),
            (table.unfit.notnull(), table.unfit),
            (created > cut.day, "created_in_future"),
            # Created later on the very day: it is none of the cut, and nothing is wrong with it.
            (table.created_at > cut.at, NOT_YET_KNOWN),
            *((table[name] < 0, f"{name}_negative") for name in COMMERCIAL),
            else_=ibis.null("string"),
        )
    ).drop("unfit")


def _typed(raw: ir.Table, name: str, timezone: str) -> ir.Value:
    if name == "article_id":
        return key(raw, name)
    if name == "category_id":
        return category(raw, name)
    if name in _INSTANTS:
        return instant(raw, name, timezone)
    return raw[name].try_cast(SOURCE[name]) if name in raw.columns else ibis.null(SOURCE[name])
