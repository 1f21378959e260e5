"""What an article says, as one text, and hashes by which a change of it is seen.

No hash holds anything that depends on other articles: a dear newcomer moves every normalised price, and changes no
article.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from components.article_versions.columns import COMMERCIAL, CONTENT, SOURCE
from components.retail.texts import SPACE, nfc

_SPOKEN = ("prod_name", "product_type_name", "colour_group_name", "detail_desc")
_MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


@ibis.udf.scalar.builtin(name="to_json")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _quoted(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """The text as JSON."""


def described(articles: ir.Table) -> ir.Table:
    """The articles with `text`, and the hashes of it, of the image, of the content and of price and stock."""
    with_text = articles.mutate(text=_text(articles))
    return with_text.mutate(
        text_hash=with_text.text.hexdigest("sha256"),
        image_hash=with_text.image_path.hexdigest("sha256"),
        content_hash=_canonical(with_text, CONTENT).hexdigest("sha256"),
        commercial_hash=_canonical(with_text, COMMERCIAL).hexdigest("sha256"),
    )


def _text(articles: ir.Table) -> ir.StringValue:
    """The parts that say something, in NFC and with single blanks."""
    parts = [nfc(articles[name]).re_replace(SPACE, " ").strip().nullif("") for name in _SPOKEN]
    return ibis.literal(". ").join(parts)


def _canonical(articles: ir.Table, names: Sequence[str]) -> ir.StringValue:
    """The columns as JSON without blanks, by name; what is null is left out, so that a new column changes nothing."""
    members = [ibis.literal(f'"{name}":') + _value(articles[name], SOURCE[name]) for name in sorted(names)]
    return ibis.literal("{") + ibis.literal(",").join(members) + "}"


def _value(value: ir.Value, kind: str) -> ir.StringValue:
    """The value as JSON: whole numbers as they are, all else as a text."""
    if kind.startswith("int"):
        return value.cast("string")
    if kind.startswith("timestamp"):
        return _quoted(value.cast("timestamp(6)").strftime(_MICROSECONDS))
    return _quoted(value.cast("string"))
