"""Which category each article had at a cut."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from components.customer_features.source import Source
from components.retail.attributes import articles_at, attributes_from
from components.retail.codes import Codes, codes_of
from components.retail.columns import category
from components.retail.moment import Moment
from components.shell.engine import Backend, keep


@dataclass(frozen=True)
class Categories:
    """The codes of categories, of each `article_id` the code of its `category`, and how many come from where."""

    codes: Codes
    of_articles: ir.Table
    attributes_from: Mapping[str, int]


def categories(
    backend: Backend, source: Source, versions: ir.Table | None, moment: Moment, column: str
) -> Categories | None:
    """The categories of articles, by this column; None where the source has none."""
    current = source.get("articles", column)
    if versions is None and current is None:
        return None
    if current is not None:
        current = current.mutate(**{column: category(current, column)})
    articles = articles_at(versions, current, moment.cut)
    chosen = articles.select("article_id", "attributes_from", category_id=articles[column])
    # A source may have an article twice.
    once = chosen.group_by("article_id", "attributes_from").agg(category_id=chosen.category_id.min())
    each = keep(backend, "categories_of", once)
    codes = codes_of(backend, each, names=("category",))
    coded = codes.coded(each.drop("attributes_from"))
    return Categories(codes, keep(backend, "coded_categories_of", coded), attributes_from(backend, each))
