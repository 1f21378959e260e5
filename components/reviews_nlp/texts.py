"""The two texts of a review: one for people and models, and one for words and duplicates.

The first keeps case, punctuation and emoji, for they carry the sentiment; the second is made of it, never the other way
round. DuckDB's patterns take time in proportion to the text, whatever somebody has written.
"""

import ibis
import ibis.expr.types as ir

from components.retail.texts import SPACE, nfc

PLACEHOLDERS = "<(?:url|email|phone)>"
_EDGES = f"^{SPACE}|{SPACE}$"
_MARKUP = tuple(rf"(?is)<{name}\b[^>]*>.*?</{name}\s*>" for name in ("script", "style"))
_TAG = "<[^>]{1,200}>"
# Line ends and tabs are white space; what has no width, or sets a direction, is no sign of the text.
_INVISIBLE = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{84}\x{86}-\x{9f}\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}"
    r"\x{feff}]"
)
# Marks are what many scripts write vowels with; not every letter has them in it.
_EMAIL = r"[\p{L}\p{M}\p{N}._%+'\x{2019}\-]+[@\x{ff20}][\p{L}\p{M}\p{N}\-]+(?:\.[\p{L}\p{M}\p{N}\-]+)+"
# Keyboards of all scripts have digits, and phones put dashes of several kinds between them.
_PHONE = r"[+(]*\p{Nd}(?:[ ()./_\x{b7}\x{2010}-\x{2015}\x{2212}\-]{0,3}\p{Nd}){8,}"
_URL = r"(?i)\b(?:https?://|www\.)\S+"
# They choose how the sign before them is drawn, and would stand alone without it.
_SELECTORS = r"[\x{fe00}-\x{fe0f}\x{20e3}]"
_NO_WORD = r"[^\p{L}\p{N}\p{M}']"


def joined(title: ir.StringValue, text: ir.StringValue) -> ir.StringValue:
    """What was written, title first; empty where nothing was."""
    title, text = (each.fill_null("").re_replace(_EDGES, "") for each in (title, text))
    return ((title == "") | (text == "")).ifelse(title + text, title + ". " + text)


def display_text(text: ir.StringValue, *, mask_pii: bool) -> ir.StringValue:
    """The text without markup and what is invisible, with single blanks; addresses are masked.

    Args:
        text: What was written, its character references resolved.
        mask_pii: Whether e-mail addresses and phone numbers are masked, as links always are.
    """
    result = nfc(text)
    for pattern in (*_MARKUP, _TAG):
        result = result.re_replace(pattern, " ")
    result = _single(result.re_replace(_INVISIBLE, ""))
    if mask_pii:
        result = result.re_replace(_EMAIL, "<email>").re_replace(_PHONE, "<phone>")
    return _single(result.re_replace(_URL, "<url>"))


def clean_text(display: ir.StringValue) -> ir.StringValue:
    """The words of a text for people: lower case, without what is no letter, digit or apostrophe."""
    words = display.re_replace(PLACEHOLDERS, " ").lower().replace("\u2019", "'")
    return _single(words.re_replace(_SELECTORS, "").re_replace(_NO_WORD, " "))


def words(clean: ir.StringValue) -> ir.ArrayValue:
    """The words of a clean text; none where it is empty."""
    nothing = ibis.literal([], "array<string>")
    return (clean == "").ifelse(nothing, clean.split(" "))


def _single(text: ir.StringValue) -> ir.StringValue:
    return text.re_replace(SPACE, " ").strip()
