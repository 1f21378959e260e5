"""Sentiment and language are VADER's and py3langid's own, to the last bit; only the way there is shorter."""

import random
import time

from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

from components.reviews_nlp.scored import identifier
from components.reviews_nlp.sentiment import sentiment
from stockpot.samples.shop import words

VADER = SentimentIntensityAnalyzer()
WORDS = [
    *random.Random(1).sample(sorted(VADER.lexicon), 300),
    *random.Random(2).sample(sorted(VADER.emojis), 60),
    *BOOSTER_DICT, *NEGATE, *SPECIAL_CASES,
    "good", "great", "bad", "no", "or", "nor", "but", "least", "at", "very", "never", "so", "this", "without", "doubt",
    "kind", "of", "shirt", "the", "İ", "ß", "don't", "Don't,", "\n", "!", "!!!!!", "?", "??", "(so)", ":)", "\u00ad",
    "😍😍", "no😍good", "👍🏽",
]  # fmt: skip
TEXTS = st.lists(
    st.builds(
        lambda word, change, after: change(word) + after,
        st.sampled_from(WORDS),
        st.sampled_from([str, str, str.upper, str.title]),
        st.sampled_from([" ", " ", " ", "", ", ", "! ", "? ", "  "]),
    ),
    max_size=25,
).map("".join)


@given(TEXTS | st.text(max_size=80))
def test_a_sentiment_is_vaders(text: str) -> None:
    """All four scores are equal, of whatever words in whatever order, case and punctuation."""
    assert sentiment(text) == VADER.polarity_scores(text.replace("\u2019", "'"))


def test_a_long_text_costs_no_more_than_its_words() -> None:
    """Of 4,000 words that all count, in less than a second of processor; VADER looks at all of them for each."""
    text = "".join(f"very good and {number} " for number in range(1_300))
    sentiment("good")
    start = time.process_time()
    found = sentiment(text)
    assert time.process_time() - start < 1
    assert found["compound"] == 1.0


def test_a_language_is_py3langids() -> None:
    """Ranks and scores of all languages are equal: its numbers are the same, of another type."""
    expected = LanguageIdentifier.from_model_file(MODEL_FILE)
    said = [
        *words.GOOD,
        *words.MIDDLING,
        *words.BAD,
        *words.FOREIGN,
        "",
        "ok",
        "بہت اچھا کپڑا ہے",
        "ДОБРЫЙ ДЕНЬ",
        "123",
    ]
    for text in said:
        assert identifier().rank(text) == expected.rank(text)
