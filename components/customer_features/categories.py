"""Which category each article had at a cut."""

from dataclasses import dataclass

import ibis.expr.types as ir

from components.customer_features.source import Source
from components.retail.attributes import articles_at
from components.retail.codes import Codes, codes_of
from components.retail.moment import Moment
from components.shell.engine import Backend, keep


@dataclass(frozen=True)
class Categories:
    """The codes of categories, of each `article_id` the code of its `category`, and where that comes from."""

    codes: Codes
    of_articles: ir.Table
    attributes_from: str


def categories(
    backend: Backend, source: Source, versions: ir.Table | None, moment: Moment, column: str
) -> Categories | None:
    """The categories of articles, by this column; None where nothing tells them."""
    current = source.get("articles", column)
    if versions is None and current is None:
        return None
    found, attributes_from = articles_at(versions, current, moment.cut)
    told = found.select("article_id", category_id=found[column].cast("string"))
    # A source may have an article twice.
    each = keep(backend, "categories_of", told.group_by("article_id").agg(category_id=told.category_id.min()))
    codes = codes_of(backend, each, names=("category",))
    return Categories(codes, keep(backend, "coded_categories_of", codes.coded(each)), attributes_from)
