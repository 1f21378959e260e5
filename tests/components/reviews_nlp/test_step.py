"""The step on whole sources: against the oracle, run by run, with late edits, odd texts and rows that make no sense."""

import random
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from components.reviews_nlp.schemas import REVIEWS, STATS
from components.reviews_nlp.scored import score
from components.reviews_nlp.settings import Settings
from components.reviews_nlp.usable import Interval
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import local_midnight
from pipelines import reviews_nlp as pipeline
from tests.components.reviews_nlp import oracle
from tests.components.reviews_nlp.scene import BEGAN, DAY, SCHEMA, Found, found, review, until

TEXTS = [
    None, "", "ok", "ok ok ok", "aaaaaa great thing", "Lovely dress, fits perfectly and is warm!", "Not worth it :(",
    "lovely dress fits perfectly and is warm", "Très belle qualité, je recommande vivement cet article.", "<b>Nice</b>",
    "The &amp; sign is <i>fine</i>, and the fabric too.", "write to jo@mail.example or www.shop.example for more of it",
    "I don't like the colour of this one at all.", "😍😍", "بہت اچھا کپڑا ہے اور رنگ بھی بہت خوبصورت ہے",
]  # fmt: skip


def drawn(seed: int, reviews: int = 80) -> list[dict[str, Any]]:
    """A source of reviews by few customers on few articles, some edited, taken back, or wrong."""
    rng = random.Random(seed)
    rows = []
    for number in range(reviews):
        at = BEGAN + timedelta(minutes=rng.randrange(12 * 24 * 60))
        rows.append(
            review(
                number,
                rng.choice(TEXTS),
                title=rng.choice([None, None, "Lovely"]),
                customer_id=rng.choice("cdefg"),
                article_id=rng.choice("ab"),
                rating=rng.choice([1, 2, 3, 4, 5, 5, 0, None]),
                created_at=at if rng.random() > 0.02 else None,
                updated_at=at + rng.randrange(1, 9) * DAY if rng.random() < 0.2 else None,
                deleted_at=at + 5 * DAY if rng.random() < 0.05 else None,
                language=rng.choice([None, None, None, "en", "fr"]),
            )
        )
    return rows


def same(rows: Sequence[dict[str, Any]], expected: Sequence[dict[str, Any]], names: Sequence[str]) -> None:
    """Nothing, if these are the same rows, fractions aside in their last bits."""
    wanted = [{name: row.get(name) for name in names} for row in expected]
    assert len(rows) == len(wanted)
    for row, other in zip(rows, wanted, strict=True):
        assert {name: row[name] for name in names} == {
            name: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
            for name, value in other.items()
        }


def told(row: dict[str, Any]) -> dict[str, Any]:
    """The row without what grows with every day."""
    return {name: value for name, value in row.items() if name != "review_age_days"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Found, Found]:
    """A source, the same days later with texts written anew, and two runs, the second with the first one's table."""
    before = drawn(1)
    after = [
        row | {"review_text": "Changed my mind: it is really terrible.", "updated_at": BEGAN + 8 * DAY}
        if row["review_id"] % 7 == 0 and row["created_at"] and row["created_at"] < BEGAN + 5 * DAY
        else row
        for row in before
    ]
    first = found(tmp_path_factory.mktemp("first"), before, until(6))
    second = found(tmp_path_factory.mktemp("second"), after, until(12, until(4).end), table=first.rows)
    return before, after, first, second


def test_the_oracle_agrees(runs: tuple[list[dict[str, Any]], list[dict[str, Any]], Found, Found]) -> None:
    """Rows, versions, flags, scores and what is known of articles are those of plain loops, in both runs."""
    before, after, first, second = runs
    names = [name for name in REVIEWS.names if name not in ("category_id", "review_text")]
    settings, table = Settings(), list[dict[str, Any]]()
    for rows, interval, run in ((before, until(6), first), (after, until(12, until(4).end), second)):
        expected, history = oracle.reviews(rows, interval, settings, table)
        same(run.rows, sorted(expected, key=lambda row: (row["review_id"], row["known_at"])), names)
        same(run.stats, oracle.stats(history, interval), STATS.names)
        why = [
            reason for row in rows if (reason := oracle.reason(row, interval)) not in ("", "not_yet_known", "deleted")
        ]
        assert sorted(row["reason"] for row in run.rejected) == sorted(why)
        assert run.summary.rows_in == len(rows)
        table = run.rows
    qualities = {row["quality"] for row in (*first.rows, *second.rows)}
    assert qualities == {"empty", "too_short", "spam", "duplicate", "language", "ok"}
    assert max(row["version"] for row in second.rows) == 2
    assert {row["review_text"] for row in first.rows} == {None}


def test_versions_that_the_source_has_overwritten_are_kept(
    runs: tuple[list[dict[str, Any]], list[dict[str, Any]], Found, Found],
) -> None:
    """Days that are filled anew keep what was known of them, and nothing told of them before changes."""
    *_, first, second = runs
    again = {(row["review_id"], row["known_at"]): told(row) for row in second.rows}
    gone = {str(row["review_id"]) for row in runs[1] if oracle.reason(row, until(12)) == "deleted"}
    within = [row for row in first.rows if row["known_at"] >= until(4).end and row["review_id"] not in gone]
    assert second.summary.details["carried"] > 0
    assert within
    for row in within:
        assert again[row["review_id"], row["known_at"]] == told(row)


@pytest.mark.parametrize("edit", [{"updated_at": BEGAN + 7 * DAY + timedelta(minutes=30)}, {"rating": 9}])
def test_an_edit_that_does_not_count_takes_no_version_away(tmp_path: Path, edit: dict[str, Any]) -> None:
    """One made after midnight, before the source is read; one to a rating of no sense: the day is filled anew."""
    written = review(1, created_at=BEGAN + 5 * DAY)
    first = found(tmp_path / "1", [written], Interval(BEGAN + 3 * DAY, BEGAN + 6 * DAY, BEGAN + 6 * DAY, "UTC"))
    rows = [written | {"review_text": "It broke after two days."} | edit, review(2, created_at=BEGAN + 6 * DAY)]
    if "rating" in edit:
        rows[0]["updated_at"] = BEGAN + 6 * DAY
    interval = Interval(BEGAN + 4 * DAY, BEGAN + 7 * DAY, BEGAN + 7 * DAY + timedelta(hours=1), "UTC")
    second = found(tmp_path / "2", rows, interval, table=first.rows)
    assert second.summary.details["carried"] == 1
    assert told(second.rows[0]) == told(first.rows[0])
    assert [row["reviews"] for row in second.stats] == [1, 2]


def test_nothing_depends_on_the_future(tmp_path: Path) -> None:
    """At any cut the rows are those that a run days later tells of the same time; a flag by later rows goes red."""
    # What was edited is gone from the source, and deletions are meant to be seen.
    rows = [row | {"updated_at": None, "deleted_at": None} for row in drawn(2)]
    whole = found(tmp_path / "whole", rows, until(12))
    for day in (3, 7):
        part = found(tmp_path / str(day), rows, until(day))
        known = [told(row) for row in whole.rows if row["known_at"] < until(day).end]
        assert [told(row) for row in part.rows] == known
        assert part.stats == [row for row in whole.stats if row["day_at"] < until(day).end]
    counts: dict[tuple[Any, ...], int] = {}
    for row in whole.rows:
        text = row["customer_id"], row["article_id"], row["clean_text"]
        counts[text] = counts.get(text, 0) + 1
    naive = [row for row in whole.rows if counts[row["customer_id"], row["article_id"], row["clean_text"]] > 1]
    assert sum(row["is_duplicate"] for row in whole.rows) < len(naive)


def test_an_earlier_review_that_says_so_later_makes_no_duplicate(tmp_path: Path) -> None:
    """The first is rewritten on the tenth day to what the second said on the first; a version is no copy of its own."""
    rows = [
        review(1, "It is warm and I like it.", updated_at=BEGAN + 10 * DAY),
        review(2, "It is warm and I like it!"),
        review(3, "it is WARM and I like it", created_at=BEGAN + 11 * DAY),
        *(review(4 + each, "Five words and three customers", customer_id=str(each)) for each in range(4)),
        *(review(8 + each, "only four words here", customer_id=str(each)) for each in range(4)),
    ]
    run = found(tmp_path, rows)
    flagged = {number for number, row in run.by_id.items() if row["is_duplicate"]}
    assert flagged == {"3", "7"}


def test_sentiment(tmp_path: Path) -> None:
    """VADER's own values of the text as it is written; words alone would say the contrary."""
    golden = {
        "VADER is smart, handsome, and funny.": (0.8316, 0.0, 0.254, 0.746),
        "VADER is VERY SMART, handsome, and FUNNY!!!": (0.9342, 0.0, 0.233, 0.767),
        "don't buy, it isn't good": (-0.3412, None, None, None),
        "don\u2019t buy, it isn\u2019t good": (-0.3412, None, None, None),
        "It wasn't worth it!": (-0.2401, None, None, None),
        "can't recommend": (-0.2755, None, None, None),
        "I LOVE it!!! 😍": (0.8692, None, None, None),
        "The quality is NOT good :(": (0.0, None, None, None),
    }
    rows = [review(number, text, language="en-GB") for number, text in enumerate(golden)]
    others = [
        review(20, "", language="en"), review(21, "بہت اچھا کپڑا ہے اور رنگ بھی خوبصورت ہے"),
        review(22, "I like this shirt"), review(23, "This shirt is good and soft, I like it very much.", language="fr"),
    ]  # fmt: skip
    run = found(tmp_path, [*rows, *others])
    for number, (text, (compound, *parts)) in enumerate(golden.items()):
        row = run.by_id[str(number)]
        assert row["vader_compound"] == pytest.approx(compound, abs=5e-5), text
        assert row["sentiment_score"] == (row["vader_compound"] + 1) / 2
        told = [row[f"vader_{name}"] for name in ("neg", "neu", "pos")]
        assert parts[0] is None or told == parts
    for number, quality, language in (
        (20, "empty", "en"),
        (21, "language", "ur"),
        (22, "language", "und"),
        (23, "language", "fr"),
    ):
        row = run.by_id[str(number)]
        assert (row["quality"], row["language"]) == (quality, language)
        assert row["sentiment_score"] is row["vader_compound"] is row["sentiment_label"] is None
    # Without punctuation it says the contrary.
    assert SentimentIntensityAnalyzer().polarity_scores("don t buy it isn t good")["compound"] > 0.4


def test_odd_texts(tmp_path: Path) -> None:
    """Each is bounded and has its row, or is rejected and counted; links alone are spam."""
    texts = {
        "long": "good " * 2_000_000, "emoji": "😍" * 3_000, "right to left": "\u202eبمت\u202c",
        "NUL": "a\x00b fits well", "markup": "<" * 19_000, "script": "<script>" * 2_000, "entities": "&amp;" * 3_000,
        "nested": "<div>" * 2_000 + "soft and warm" + "</div>" * 1_000, "link": "https://cheap.example/deal",
        "but": "good but bad " * 1_500, "zeros": "100000 times better",
    }  # fmt: skip
    run = found(tmp_path, [review(number, text) for number, text in enumerate(texts.values())])
    assert [(row["id"], row["reason"]) for row in run.rejected] == [("0", "text_too_long")]
    assert "good good" not in run.rejected[0]["row"]
    by_name = {name: run.by_id.get(str(number)) for number, name in enumerate(texts)}
    qualities = {name: row["quality"] for name, row in by_name.items() if row}
    assert qualities == {
        "emoji": "too_short", "right to left": "too_short", "NUL": "language", "markup": "too_short",
        "nested": "language", "script": "empty", "entities": "too_short", "link": "too_short", "but": "ok",
        "zeros": "spam",
    }  # fmt: skip
    assert by_name["NUL"]["display_text"] == "ab fits well"
    assert by_name["link"]["is_spam"]
    assert by_name["emoji"]["is_empty"] is False
    assert run.summary.details["reasons"] == {"text_too_long": 1}


def asked(*texts: str, guessed: bool = False, wanted: bool = True) -> pa.RecordBatch:
    """Texts, and what is to be told of them."""
    flags = {name: [value] * len(texts) for name, value in (("is_guessed", guessed), ("is_wanted", wanted))}
    return pa.record_batch({"display_text": list(texts), "clean_text": list(texts), **flags})


@pytest.mark.parametrize(
    ("guessed", "wanted", "languages", "scores"),
    [
        (False, True, [None, None], [True, True]),
        (False, False, [None, None], [False, False]),
        (True, False, ["en", "fr"], [True, False]),
        (True, True, ["en", "fr"], [True, True]),
    ],
)
def test_what_nobody_asks_for_is_not_told(
    guessed: bool, wanted: bool, languages: list[str | None], scores: list[bool]
) -> None:
    """Language and sentiment cost more than all else: neither is told of a text for nothing."""
    texts = ("This shirt is good and soft, I like it.", "Cette chemise est douce et je l'aime beaucoup.")
    told = score(asked(*texts, guessed=guessed, wanted=wanted), ["en"]).to_pylist()
    assert [row["guessed"] for row in told] == languages
    assert [row["compound"] is not None for row in told] == scores


def test_thousands_of_emoji_take_no_minutes() -> None:
    """Of 20,000 the first 500 are scored, which says the same; words behind them count all the same."""
    start = time.process_time()
    told = score(asked("😍" * 20_000, "😍" * 600 + " but awful"), ["en"]).to_pylist()
    assert time.process_time() - start < 10
    expected = ["😍" * 500, "😍" * 500 + " but awful"]
    assert [row["compound"] for row in told] == [oracle.vader(text)["compound"] for text in expected]


def test_categories_are_those_of_their_time(tmp_path: Path) -> None:
    """Of the version known when the review was written; of the first where there was none yet; else of today."""
    versions = [
        {"article_id": "a", "category_id": category, "version": version, "known_at": BEGAN + day * DAY}
        for version, category, day in ((1, "old", 1), (2, None, 3), (3, "new", 5))
    ]
    rows = [review(day, created_at=BEGAN + day * DAY, updated_at=BEGAN + 9 * DAY) for day in (0, 2, 4, 6)]
    rows += [review(7, article_id="b"), review(8, article_id="unknown")]
    articles = [{"article_id": "b", "category_id": "today"}, {"article_id": "a", "category_id": "today"}]
    run = found(tmp_path, rows, versions=versions, articles=articles)
    assert {number: row["category_id"] for number, row in run.by_id.items()} == {
        "0": "old", "2": "old", "4": None, "6": "new", "7": "today", "8": None,
    }  # fmt: skip
    assert run.summary.details["warnings"] == ["1 review is of an unknown article"]
    assert run.summary.details["attributes_from"] == {"versions": 3, "first_known": 1, "current": 1}


def test_categories_of_today_are_told(tmp_path: Path) -> None:
    """Where nobody has kept what articles said; and none where nothing tells categories."""
    rows = [review(1), review(2), review(3, article_id="b")]
    run = found(tmp_path / "now", rows, articles=[{"article_id": "a", "category_id": "today"}])
    assert run.summary.details["attributes_from"] == {"current": 2}
    assert found(tmp_path / "none", rows).summary.details["attributes_from"] == {}


def test_bad_sources_end_in_one_line(tmp_path: Path) -> None:
    """Nothing there, too much that makes no sense, ids that are numbers."""
    with pytest.raises(ContractError, match="there are no reviews"):
        found(tmp_path / "none", [])
    wrong = [review(1, rating=9), review(2), review(3, created_at=None, updated_at=None)]
    with pytest.raises(ContractError, match="2 of 3 reviews without sense: 1 created_null, 1 rating"):
        found(tmp_path / "many", wrong, settings=Settings(most_rejected=0.5))
    halves = SCHEMA.set(3, pa.field("rating", pa.float64()))
    ratings = [4.5, float("nan"), float("inf"), -1.0, 5.0]
    rows = [review(number, rating=rating) for number, rating in enumerate(ratings)]
    run = found(tmp_path / "halves", rows, schema=halves)
    assert (list(run.by_id), run.summary.details["reasons"]) == (["4"], {"rating": 4})
    numbers = SCHEMA.set(1, pa.field("customer_id", pa.int64()))
    with pytest.raises(ConfigurationError, match="keep customer_id as text"):
        found(tmp_path / "numbers", [review(1, customer_id=1)], schema=numbers)
    for name in ("review_id", "rating", "created_at"):
        without = SCHEMA.remove(SCHEMA.get_field_index(name))
        with pytest.raises(ConfigurationError, match=f"there is no column '{name}'"):
            found(tmp_path / name, [review(1)], schema=without)


def test_articles_need_ids_and_no_categories(tmp_path: Path) -> None:
    """What `source_tables` leaves out of them is told by one line, or is null."""
    with pytest.raises(ConfigurationError, match="there is no column 'article_id'"):
        found(tmp_path / "ids", [review(1)], articles=[{"category_id": "c"}])
    run = found(tmp_path / "categories", [review(1)], articles=[{"article_id": "a"}])
    assert [row["category_id"] for row in run.rows] == [None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_words": -1},
        {"languages": []},
        {"thresholds": [0.2, -0.2]},
        {"thresholds": [0]},
        {"most_rejected": 2},
        {"most_gone": -1},
    ],
    ids=str,
)
def test_settings_of_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    """With one line that says what to give."""
    with pytest.raises(ConfigurationError):
        replace(Settings(), **wrong)


def test_the_pipeline_has_the_columns_of_the_step() -> None:
    """By name and in their order."""
    assert [column.name for column in pipeline.TABLE.fields] == list(REVIEWS.names)
    assert [column.name for column in pipeline.STATS.table.fields] == list(STATS.names)


# Clocks strike midnight twice, or never: the day begins at that instant.
BEGINNINGS = {
    "America/Havana": (date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    "America/Sao_Paulo": (date(2018, 11, 4), datetime(2018, 11, 4, 3, tzinfo=UTC)),
    "Asia/Beirut": (date(2024, 3, 31), datetime(2024, 3, 30, 22, tzinfo=UTC)),
}


@pytest.mark.parametrize("zone", BEGINNINGS)
def test_what_is_known_of_an_article_is_by_days_from_their_first_instant(zone: str, tmp_path: Path) -> None:
    """A run in the first hour of a day has the whole day before, and no cut that lies after the run."""
    day, begins = BEGINNINGS[zone]
    minute = timedelta(minutes=1)
    rows = [review(number, created_at=begins + at * minute) for number, at in enumerate((-1, 0, 30, 70))]
    start, end = (local_midnight(day + number * DAY, zone) for number in (-1, 1))
    first = found(tmp_path / "1", rows, Interval(start, begins, begins + 30 * minute, zone))
    assert [(row["day_at"], row["cut_at"], row["reviews"]) for row in first.stats] == [(start, begins, 1)]
    interval = Interval(start, end, end, zone)
    whole = found(tmp_path / "2", rows, interval)
    assert [(row["day_at"], row["cut_at"]) for row in whole.stats] == [(start, begins), (begins, end)]
    _, history = oracle.reviews(rows, interval, Settings())
    same(whole.stats, oracle.stats(history, interval), STATS.names)
