"""Texts as people wrote them, before anything is read into them: one form of each letter, and what is white space."""

import ibis
import ibis.expr.types as ir

# What str.split() of Python takes for white space.
SPACE = r"[\p{Z}\t-\r\x1c-\x1f\x{85}]+"


# DuckDB takes a text for over there when it brings it into its normal form; files can hold it, Postgres cannot.
_NUL = r"\x00"


def nfc(text: ir.StringValue) -> ir.StringValue:
    """The text with each letter and its accents as one sign, where there is one, and without NUL."""
    normal: ir.StringValue = _nfc(text.re_replace(_NUL, ""))
    return normal


@ibis.udf.scalar.builtin(name="nfc_normalize")  # type: ignore[untyped-decorator]  # Ibis ships no types
def _nfc(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """The normal form of a text that ends where it has a NUL."""
