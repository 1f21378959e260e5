"""The tree of categories: of each its depth and its path from the root, and those that lie on a circle.

A category knows its parent alone. In every round each looks as far up again as it has come so far, so that a chain of n
takes log2(n) rounds, and a circle no more.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from components.retail.columns import category, column, require
from components.retail.once import once
from components.shell.as_json import as_json
from components.shell.engine import Engine, count, keep

SEPARATOR = " > "
CIRCLE = "category_cycle"
_COLUMNS = ("category_id", "name", "parent_category_id")


@dataclass(frozen=True)
class Tree:
    """The categories with `category_depth` and `category_path`, and the others with `id`, `reason` and `row`.

    Depth and path are null of those that no root is above of. `missing_parents` are those whose parent is not there.
    """

    categories: ir.Table
    others: ir.Table
    missing_parents: int


def tree(backend: Engine, raw: ir.Table) -> Tree:
    """The categories of `raw` in their places; those on a circle are none.

    Raises:
        ConfigurationError: there is no category_id, or it is neither a text nor a whole number.
    """
    require(raw, "category_id")
    table = raw.select(
        category_id=category(raw, "category_id"),
        name=column(raw, "name", "string"),
        parent_category_id=category(raw, "parent_category_id"),
    )
    named = table.filter(table.category_id.notnull())
    firsts, repeats = once(named, "category_id", None, _COLUMNS)
    categories = keep(backend, "categories", firsts)
    rounds = count(backend, categories).bit_length()
    circles = keep(backend, "circles", _on_circles(backend, categories, rounds))
    kept = keep(backend, "kept_categories", categories.anti_join(circles, "category_id"))
    placed = _placed(backend, kept, rounds)
    others = ibis.union(
        repeats,
        table.filter(table.category_id.isnull()).mutate(reason=ibis.literal("category_null")),
        categories.semi_join(circles, "category_id").mutate(reason=ibis.literal(CIRCLE)),
    )
    raw_row = as_json(ibis.struct({name: others[name] for name in _COLUMNS}))
    return Tree(
        _finished(kept, placed), others.select("reason", id=others.category_id, row=raw_row), _orphans(backend, kept)
    )


def _on_circles(backend: Engine, categories: ir.Table, rounds: int) -> ir.Table:
    """The categories that one comes to after more steps up than there are categories: those that go round and round."""
    reached = categories.select("category_id", up=categories.parent_category_id)
    for number in range(rounds):
        reached = keep(backend, f"reached_{number}", reached)
        further = reached.select(up=reached.category_id, further=reached.up)
        joined = reached.inner_join(further, "up")
        reached = joined.filter(joined.further.notnull()).select("category_id", up=joined.further)
    return reached.filter(reached.up.notnull()).select(category_id=reached.up).distinct()


def _placed(backend: Engine, kept: ir.Table, rounds: int) -> ir.Table:
    """Of each category `depth` and `path` from the topmost one above it, and whether that `is_root`."""
    parents = kept.select(above=kept.category_id)
    joined = kept.left_join(parents, kept.parent_category_id == parents.above)
    placed = joined.select(
        "category_id",
        up=joined.above,
        depth=joined.above.notnull().cast("int32"),
        path=joined.name.coalesce(joined.category_id),
        is_root=joined.parent_category_id.isnull(),
    )
    for number in range(rounds):
        placed = _further(keep(backend, f"placed_{number}", placed))
    return keep(backend, "placed", placed)


def _further(placed: ir.Table) -> ir.Table:
    """Each category with what the one that it has come to knows of what is above that."""
    above = placed.rename({f"above_{name}": name for name in placed.columns})
    joined = placed.left_join(above, placed.up == above.above_category_id)
    arrived = joined.up.isnull()
    return joined.select(
        "category_id",
        up=joined.above_up,
        depth=joined.depth + joined.above_depth.fill_null(0),
        path=arrived.ifelse(joined.path, joined.above_path + SEPARATOR + joined.path),
        is_root=arrived.ifelse(joined.is_root, joined.above_is_root),
    )


def _finished(kept: ir.Table, placed: ir.Table) -> ir.Table:
    joined = kept.inner_join(placed, "category_id")
    return joined.select(
        "category_id",
        "parent_category_id",
        category_name=joined.name,
        category_depth=joined.is_root.ifelse(joined.depth, ibis.null("int32")),
        category_path=joined.is_root.ifelse(joined.path, ibis.null("string")),
    )


def _orphans(backend: Engine, kept: ir.Table) -> int:
    """How many have a parent that is not there."""
    parents = kept.select(parent_category_id=kept.category_id)
    orphans = kept.filter(kept.parent_category_id.notnull()).anti_join(parents, "parent_category_id")
    return count(backend, orphans)
