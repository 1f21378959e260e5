"""Texts as people wrote them, before anything is read into them: one form of each letter, and what is white space."""

import ibis

# What str.split() of Python takes for white space.
SPACE = r"[\p{Z}\t-\r\x1c-\x1f\x{85}]+"


@ibis.udf.scalar.builtin(name="nfc_normalize")  # type: ignore[untyped-decorator]  # Ibis ships no types
def nfc(text: str) -> str:  # type: ignore[empty-body]  # DuckDB has the body
    """The text with each letter and its accents as one sign, where there is one."""
