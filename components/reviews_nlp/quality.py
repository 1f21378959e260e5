"""What a text is worth: whether it is empty, too short, spam or a copy; and what VADER says of it."""

import ibis
import ibis.expr.types as ir

from components.reviews_nlp.schemas import SCORES
from components.reviews_nlp.sentiment import MODEL
from components.reviews_nlp.settings import Settings
from components.reviews_nlp.texts import words

_LEAST_WORDS = 2


def described(texts: ir.Table) -> ir.Table:
    """The texts with `n_chars`, `n_words` and `text_hash`, and how many of their words differ."""
    each = words(texts.clean_text)
    return texts.mutate(
        n_chars=texts.display_text.length().cast("int32"),
        n_words=each.length().cast("int32"),
        n_different=each.unique().length(),
        text_hash=texts.display_text.hexdigest("sha256"),
    )


def classified(texts: ir.Table, settings: Settings) -> ir.Table:
    """The versions with their language, flags, quality and sentiment."""
    flagged = texts.mutate(
        language=texts.given_language.coalesce(texts.guessed),
        is_empty=texts.display_text == "",
        is_too_short=texts.n_words < settings.min_words,
        is_spam=(texts.n_words < _LEAST_WORDS) | (texts.n_different < _LEAST_WORDS) | texts.is_repeating,
    )
    is_scored = ~flagged.is_empty & flagged.language.isin(list(settings.languages))
    quality = ibis.cases(
        (flagged.is_empty, "empty"),
        (flagged.is_too_short, "too_short"),
        (flagged.is_spam, "spam"),
        (flagged.is_duplicate, "duplicate"),
        (~is_scored, "language"),
        else_="ok",
    )
    scores = {f"vader_{name}": is_scored.ifelse(flagged[name], ibis.null("float64")) for name in _names()}
    return _labelled(flagged.mutate(quality=quality, **scores), settings)


def _names() -> list[str]:
    return [name.removeprefix("vader_") for name in SCORES]


def _labelled(texts: ir.Table, settings: Settings) -> ir.Table:
    compound, (low, high) = texts.vader_compound, settings.thresholds
    label = ibis.cases(
        (compound.isnull(), ibis.null("string")),
        (compound >= high, "positive"),
        (compound <= low, "negative"),
        else_="neutral",
    )
    return texts.mutate(sentiment_score=(compound + 1) / 2, sentiment_label=label, sentiment_model=ibis.literal(MODEL))
