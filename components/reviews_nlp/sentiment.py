"""What VADER says of a text, in time that grows with the text and, but for its rule of "but", not with its square.

What a word counts depends on no more than the three words before it and the two after it. So VADER's own rules are
asked about these alone, and once where they come again; what it makes of a whole text is its own too.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import count
from types import SimpleNamespace

from vaderSentiment.vaderSentiment import BOOSTER_DICT, SentimentIntensityAnalyzer, SentiText

MODEL = f"vaderSentiment {version('vaderSentiment')}"
_BEFORE, _AFTER = 3, 2
"""As many words around one decide what it counts."""
_EMOJI = 500
"""VADER replaces each by words; its compound no longer changes long before."""
_SIGN = re.compile("[^\x00-\x7f]")
"""What may be an emoji. VADER looks at one sign after the other, so it knows none of several, nor those of ASCII."""
_KNOWN = 2**15
"""So many surroundings of a word are remembered, about 20 MB."""


def sentiment(text: str) -> Mapping[str, float]:
    """The `compound`, `neg`, `neu` and `pos` of the text, in which no more than its first 500 emoji count."""
    # Phones write the apostrophe of "don't" as a quotation mark, and VADER knows no negation by it.
    described = _described(_bounded(text.replace("\u2019", "'"))).strip()
    parsed = SentiText(described)
    words = [word.lower() for word in parsed.words_and_emoticons]
    # Without some words in capitals among others, VADER asks for no letter's case.
    shown = tuple(parsed.words_and_emoticons if parsed.is_cap_diff else words)
    valences = [
        _valence(shown[max(at - _BEFORE, 0) : at + _AFTER + 1], min(at, _BEFORE), parsed.is_cap_diff)
        if word in _analyzer().lexicon
        else 0.0
        for at, word in enumerate(words)
    ]
    if "but" in words:
        valences = _analyzer()._but_check(words, valences)  # noqa: SLF001 - VADER's own rule, whose version is pinned
    scores: Mapping[str, float] = _analyzer().score_valence(valences, described)
    return scores


@lru_cache(_KNOWN)
def _valence(around: tuple[str, ...], at: int, is_cap_diff: bool) -> float:
    """What the word at this position counts among those around it."""
    word = around[at].lower()
    if word in BOOSTER_DICT or (word == "kind" and around[at + 1 : at + 2] and around[at + 1].lower() == "of"):
        return 0.0
    parsed = SimpleNamespace(words_and_emoticons=list(around), is_cap_diff=is_cap_diff)
    return float(_analyzer().sentiment_valence(0, parsed, around[at], at, [])[0])


def _bounded(text: str) -> str:
    """The text with its first emoji alone, where it has very many."""
    if len(text) <= _EMOJI:
        return text
    number = count(1)
    return _SIGN.sub(lambda sign: "" if sign[0] in _analyzer().emojis and next(number) > _EMOJI else sign[0], text)


def _described(text: str) -> str:
    """The text with words instead of emoji, set apart by a blank from what stands before."""

    def words(sign: re.Match[str]) -> str:
        if (description := _analyzer().emojis.get(sign[0])) is None:
            return sign[0]
        is_apart = sign.start() == 0 or text[sign.start() - 1] == " "
        return description if is_apart else f" {description}"

    return _SIGN.sub(words, text)


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
