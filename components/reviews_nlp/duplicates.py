"""Reviews that say what was said before, by the same customer or by several others.

Before means twice: the other review is an earlier one, and it was known to say so when this one was. So what is written
later, or is rewritten, never changes a flag.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.retail.columns import INSTANT

OTHERS, WORDS = 3, 5
"""So many others on the same article make a text of so many words a copy."""
_SAME = ("article_id", "clean_text")
_ORDER = ("created_at", "review_id")


@ibis.udf.agg.builtin(name="min", signature=((dt.Timestamp("UTC", 6), dt.int64), dt.Array(dt.Timestamp("UTC", 6))))
def _least(value, count):  # type: ignore[no-untyped-def]  # Ibis reads the signature  # noqa: ANN001, ANN202 - the signature has the types
    """So many of the least values, least first."""


def duplicates(history: ir.Table) -> ir.Table:
    """Of each version in `history` its `review_id`, `known_at`, and whether it `is_duplicate`."""
    texts = history.group_by([*_SAME, "customer_id", "review_id"]).agg(
        created_at=history.created_at.min(), said_at=history.known_at.min()
    )
    own = {"group_by": [*_SAME, "customer_id"], "order_by": _ORDER}
    before = ibis.window(**own, preceding=(None, 1))
    placed = texts.mutate(
        own_said_at=texts.said_at.min().over(before), own_index=ibis.row_number().over(ibis.window(**own))
    )
    # Each customer counts with their first review that says it.
    first = (placed.own_index == 0).ifelse(placed.said_at, ibis.null(INSTANT))
    others = ibis.window(group_by=_SAME, order_by=_ORDER, preceding=(None, 1))
    placed = placed.mutate(others_said_at=_least(first, OTHERS).over(others))
    placed = placed.select(
        *_SAME, "customer_id", "review_id", "own_said_at", nth_said_at=placed.others_said_at[OTHERS - 1]
    )
    joined = history.inner_join(placed, [*_SAME, "customer_id", "review_id"])
    copied = (joined.nth_said_at <= joined.known_at) & (joined.n_words >= WORDS)
    is_duplicate = (joined.own_said_at <= joined.known_at).fill_null(False) | copied.fill_null(False)
    return joined.select("review_id", "known_at", is_duplicate=is_duplicate)
