"""The two texts of a review: forty pairs by hand, and what holds of any text."""

import html
import re
import unicodedata
from collections.abc import Iterator

import ibis
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.reviews_nlp.texts import clean_text, display_text
from components.shell.engine import Engine, engine, records
from tests.components.reviews_nlp import oracle

# What was written, the text for people, and its words. References are resolved before.
PAIRS = [
    ("", "", ""),
    ("   \t\n ", "", ""),
    ("Great!", "Great!", "great"),
    ("don't buy, it isn't good", "don't buy, it isn't good", "don't buy it isn't good"),
    ("I LOVE it!!! 😍", "I LOVE it!!! 😍", "i love it"),
    ("😍😍😍", "😍😍😍", ""),
    ("❤️ it", "❤️ it", "it"),
    ("1️⃣ star", "1️⃣ star", "1 star"),
    ("two  blanks\n\nand lines", "two blanks and lines", "two blanks and lines"),
    ("non\u00a0breaking\u2003blank", "non breaking blank", "non breaking blank"),
    ("line\r\nends", "line ends", "line ends"),
    ("old\rends", "old ends", "old ends"),
    ("zero\u200bwidth", "zerowidth", "zerowidth"),
    ("\ufeffmarked", "marked", "marked"),
    ("soft\u00adhyphen", "softhyphen", "softhyphen"),
    ("NUL\x00byte", "NULbyte", "nulbyte"),
    ("bell\x07rings", "bellrings", "bellrings"),
    ("\u202eturned\u202c", "turned", "turned"),
    ("<b>Very</b> happy", "Very happy", "very happy"),
    ("soft<br/>warm", "soft warm", "soft warm"),
    ("a <script>alert('x')</script> b", "a b", "a b"),
    ("a <STYLE type=x>p {color: red}</style > b", "a b", "a b"),
    ("<script>never closed", "never closed", "never closed"),
    ("1 < 2 and so on", "1 < 2 and so on", "1 2 and so on"),
    ("I <3 it", "I <3 it", "i 3 it"),
    ("<" + "x" * 201 + ">", "<" + "x" * 201 + ">", "x" * 201),
    ("qualité", "qualité", "qualité"),
    ("qualite\u0301", "qualité", "qualité"),
    ("بہت اچھا ہے", "بہت اچھا ہے", "بہت اچھا ہے"),
    ("बहुत अच्छा", "बहुत अच्छा", "बहुत अच्छा"),
    ("很好的质量", "很好的质量", "很好的质量"),
    ("ÄRGER STRASSE", "ÄRGER STRASSE", "ärger strasse"),
    ("don\u2019t", "don\u2019t", "don't"),
    ("snake_case-word", "snake_case-word", "snake case word"),
    ("Awww so cute", "Awww so cute", "awww so cute"),
    ("see https://x.example/a?b=1 now", "see <url> now", "see now"),
    ("WWW.EXAMPLE.ORG", "<url>", ""),
    ("write to jo.doe+x@mail.example.org!", "write to <email>!", "write to"),
    ("call +46 (0)70-123 45 67 today", "call <phone> today", "call today"),
    ("ask mary.o'connor@mail.example", "ask <email>", "ask"),
    ("ask jo\uff20mail.example", "ask <email>", "ask"),
    ("ask संपर्क@डाटामेल.भारत or q\u0308a@mail.example", "ask <email> or <email>", "ask or"),
    ("call 0171\u20131234567 or 0171_1234567", "call <phone> or <phone>", "call or"),
    (
        "call \u0660\u0663\u0660\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667 today",
        "call <phone> today",
        "call today",
    ),
    ("12345678 pieces", "12345678 pieces", "12345678 pieces"),
    ("size 38, 100 % wool", "size 38, 100 % wool", "size 38 100 wool"),
    ("http://jo@mail.example.org/x", "<url>", ""),
]
# Of some letters, such as İ, Python and DuckDB make other small ones.
_SIGNS = "<>&;/ \t\n'\u2019_-@.:+()0123456789\u200b\x00\ufe0f😍éßñЖяبمب很wW\u0308ि"
_PARTS = st.sampled_from([*_SIGNS, "http://", "www.", "<b>", "</script>", "<script>", "a@b.example", "&amp;", "&lt;"])
_TEXT = st.lists(_PARTS, max_size=30).map("".join)
_LINK = re.compile(r"(?ai)\b(?:https?://|www\.)\S+")


@pytest.fixture(scope="module")
def backend() -> Iterator[Engine]:
    """An engine for all."""
    with engine("500MB") as found:
        yield found


def both(backend: Engine, texts: list[str], *, mask_pii: bool = True) -> list[tuple[str, str]]:
    """The two texts of each."""
    told = _given(backend, texts).mutate(display=lambda table: display_text(table.text, mask_pii=mask_pii))
    rows = records(backend, told.mutate(clean=clean_text(told.display)).order_by("place"))
    return [(row["display"], row["clean"]) for row in rows]


def cleaned(backend: Engine, displayed: list[str]) -> list[str]:
    """The words of texts for people."""
    table = _given(backend, displayed)
    return [row["clean"] for row in records(backend, table.mutate(clean=clean_text(table.text)).order_by("place"))]


def _given(backend: Engine, texts: list[str]) -> ibis.Table:
    table = pa.table({"place": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})
    backend.begin(lambda connection: connection.register("given", table))
    return ibis.table(ibis.Schema.from_pyarrow(table.schema), "given")


def test_forty_pairs(backend: Engine) -> None:
    """Each text becomes what stands beside it, and the oracle agrees."""
    expected = [pair[1:] for pair in PAIRS]
    assert len(PAIRS) >= 40
    assert both(backend, [text for text, *_ in PAIRS]) == expected
    shown = [oracle.displayed(text) for text, *_ in PAIRS]
    assert [(text, oracle.cleaned(text)) for text in shown] == expected


def test_what_names_nobody_stays_where_nobody_is_masked(backend: Engine) -> None:
    """Addresses stay as they are, links are masked all the same."""
    assert both(backend, ["a@b.example 123456789 www.x.example"], mask_pii=False)[0][0] == "a@b.example 123456789 <url>"


@settings(max_examples=25)
@given(st.lists(_TEXT, min_size=20, max_size=20))
@example(["", "Ж\u0308 W\u0308"])
def test_any_text(backend: Engine, texts: list[str]) -> None:
    """The oracle's texts; words of words are the same words, no link is left, and no letter but in markup is lost."""
    resolved = list(map(html.unescape, texts))
    found = both(backend, resolved)
    displayed, words = [each[0] for each in found], [each[1] for each in found]
    assert displayed == list(map(oracle.displayed, texts))
    assert words == list(map(oracle.cleaned, displayed))
    assert cleaned(backend, words) == words
    for text, (shown, _) in zip(resolved, found, strict=True):
        assert not _LINK.search(shown)
        if not set("<>@:.0123456789") & set(text):
            assert (
                [sign for sign in shown if sign.isalpha()]
                == [sign for sign in oracle.displayed(text) if sign.isalpha()]
                == [sign for sign in unicodedata.normalize("NFC", text) if sign.isalpha()]
            )
