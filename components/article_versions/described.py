"""What an article says, as one text, and hashes by which a change of it is seen.

No hash holds anything that depends on other articles: a dear newcomer moves every normalised price, and changes no
article.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from components.article_versions.columns import COMMERCIAL, CONTENT, SOURCE

_SPOKEN = ("prod_name", "product_type_name", "colour_group_name", "detail_desc")
# What str.split() of Python takes for white space.
_SPACE = r"[\p{Z}\t-\r\x1c-\x1f\x{85}]+"
_MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


@ibis.udf.scalar.builtin(name="nfc_normalize")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _nfc(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """The text with each letter and its accents as one sign, where there is one."""


@ibis.udf.scalar.builtin(name="to_json")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _quoted(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """The text as JSON."""


def described(articles: ir.Table) -> ir.Table:
    """The articles with `text`, and the hashes of it, of the image, of the content and of price and stock."""
    told = articles.mutate(text=_text(articles))
    return told.mutate(
        text_hash=told.text.hexdigest("sha256"),
        image_hash=told.image_path.hexdigest("sha256"),
        content_hash=_canonical(told, CONTENT).hexdigest("sha256"),
        commercial_hash=_canonical(told, COMMERCIAL).hexdigest("sha256"),
    )


def _text(articles: ir.Table) -> ir.StringValue:
    """The parts that say something, in NFC and with single blanks."""
    parts = [_nfc(articles[name]).re_replace(_SPACE, " ").strip().nullif("") for name in _SPOKEN]
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
