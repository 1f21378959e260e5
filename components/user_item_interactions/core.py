"""Who is left when everybody who has too little is dropped, again and again: the k-core of customers and articles."""

from collections.abc import Callable

import ibis.expr.types as ir

from components.user_item_interactions.pairs import PAIR

Keep = Callable[[str, ir.Table], ir.Table]
Count = Callable[[ir.Table], int]


def core(pairs: ir.Table, core_users: int, core_items: int, keep: Keep, count: Count) -> ir.Table:
    """The pairs that are left: each customer has `core_users` articles at least, each article `core_items` customers.

    Each round drops all that have too little at once. Nothing that one round drops could have stayed in another order,
    so the order does not matter; and as each round but the last drops something, the rounds come to an end.

    Args:
        pairs: `customer` and `article`, each pair once.
        core_users: How many articles a customer has at least.
        core_items: How many customers an article has at least.
        keep: Computes a table once and holds it.
        count: The rows of a table.
    """
    before, number = -1, 0
    while before != (left := count(pairs)):
        before, number = left, number + 1
        pairs = keep(f"core_{number}", _round(pairs, core_users, core_items))
    return pairs


def _round(pairs: ir.Table, core_users: int, core_items: int) -> ir.Table:
    for key, least in zip(PAIR, (core_users, core_items), strict=True):
        counted = pairs.group_by(key).agg(partners=pairs.count())
        pairs = pairs.semi_join(counted.filter(counted.partners >= least), key)
    return pairs
