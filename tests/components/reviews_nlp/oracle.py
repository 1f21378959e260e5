"""The rows of reviews-nlp once more, plainly: loops over rows, Python's own patterns, and VADER itself."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import py3langid
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from components.reviews_nlp.settings import Settings
from components.reviews_nlp.usable import Interval

Row = Mapping[str, Any]
_VADER = SentimentIntensityAnalyzer()
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
# Letters, digits and marks: Python's \w has no marks.
_MARKS = "".join(sign for sign in map(chr, range(0x110000)) if unicodedata.category(sign)[0] == "M")
_NAME = rf"[^\W_]|[\-{_MARKS}]"


def displayed(text: str, *, mask_pii: bool = True) -> str:
    """The text for people."""
    text = unicodedata.normalize("NFC", html.unescape(text))
    for name in ("script", "style"):
        text = re.sub(rf"(?is)<{name}\b[^>]*>.*?</{name}\s*>", " ", text)
    text = " ".join(_INVISIBLE.sub("", re.sub(r"<[^>]{1,200}>", " ", text)).split())
    if mask_pii:
        text = re.sub(rf"(?:{_NAME}|[._%+'\u2019])+[@\uff20](?:{_NAME})+(?:\.(?:{_NAME})+)+", "<email>", text)
        text = re.sub(r"[+(]*\d(?:[ ()./_\xb7\u2010-\u2015\u2212\-]{0,3}\d){8,}", "<phone>", text)
    return " ".join(re.sub(r"(?ai)\b(?:https?://|www\.)\S+", "<url>", text).split())


def cleaned(display: str) -> str:
    """The words of it."""
    found = re.sub("<(url|email|phone)>", " ", display).lower().replace("\u2019", "'")
    kept = (sign if sign == "'" or unicodedata.category(sign)[0] in "LNM" else " " for sign in found)
    return " ".join("".join(sign for sign in kept if not re.match("[\ufe00-\ufe0f\u20e3]", sign)).split())


def spoken(text: str) -> str:
    """Its language, or that nobody can tell."""
    words = re.sub("<(url|email|phone)>", " ", text)
    return py3langid.classify(words)[0] if sum(sign.isalpha() for sign in words) >= 20 else "und"


def vader(text: str) -> dict[str, float]:
    """What VADER says of it."""
    scores: dict[str, float] = _VADER.polarity_scores(text)
    return scores


def known_at(row: Row) -> datetime | None:
    """When the source's row became known."""
    return max(filter(None, (row["created_at"], row["updated_at"], row.get("known_at"))), default=None)


def reason(row: Row, interval: Interval) -> str:
    """Why a row does not count; empty where it does."""
    read = interval.taken_at or datetime.max.replace(tzinfo=UTC)
    if row["deleted_at"] is not None and (row["deleted_at"] <= read or row["deleted_at"] < interval.end):
        return "deleted"
    at = known_at(row)
    if at is not None and at >= interval.end:
        return "not_yet_known"
    for name in ("customer_id", "article_id", "created_at"):
        if row[name] is None:
            return f"{name.rpartition('_')[0]}_null"
    if row["rating"] not in (1, 2, 3, 4, 5):
        return "rating"
    return "text_too_long" if len(row["review_text"] or "") > 20_000 else ""


def versions(rows: Iterable[Row], interval: Interval) -> list[dict[str, Any]]:
    """Each version that counts, once."""
    found: dict[tuple[str, datetime], dict[str, Any]] = {}
    for row in rows:
        if not reason(row, interval):
            at = known_at(row)
            assert at is not None
            told = dict(row) | {"review_id": str(row["review_id"]), "known_at": at}
            held = found.setdefault((told["review_id"], at), told)
            assert held["review_text"] == told["review_text"]
    return list(found.values())


def is_duplicate(row: Row, others: Sequence[Row]) -> bool:
    """Whether an earlier review, known by then, said the same: of the same customer, or of three."""
    said = [
        other
        for other in others
        if other["article_id"] == row["article_id"]
        and other["clean_text"] == row["clean_text"]
        and (other["created_at"], other["review_id"]) < (row["created_at"], row["review_id"])
        and other["known_at"] <= row["known_at"]
    ]
    customers = {other["customer_id"] for other in said}
    return row["customer_id"] in customers or (len(row["clean_text"].split()) >= 5 and len(customers) >= 3)


def judge(row: Row, others: Sequence[Row], settings: Settings) -> dict[str, Any]:
    """The row of the table, but for its version and age."""
    text, words = row["display_text"], row["clean_text"].split()
    language = row["language"] or spoken(text)
    repeating = any(len(set(row["clean_text"][at : at + 4])) == 1 for at in range(len(row["clean_text"]) - 3))
    flags = {
        "is_empty": not text,
        "is_too_short": len(words) < settings.min_words,
        "is_spam": len(set(words)) < 2 or repeating,
        "is_duplicate": is_duplicate(row, others),
    }
    quality = next((name.removeprefix("is_") for name, flag in flags.items() if flag), "")
    scores: dict[str, Any] = dict.fromkeys(("compound", "neg", "neu", "pos"))
    is_known = bool(text) and language in settings.languages
    if is_known:
        scores = _VADER.polarity_scores(text.replace("\u2019", "'"))
    low, high = settings.thresholds
    compound = scores["compound"]
    return {
        "language": language,
        "n_chars": len(text),
        "n_words": len(words),
        **flags,
        "quality": quality or ("ok" if is_known else "language"),
        **{f"vader_{name}": value for name, value in scores.items()},
        "sentiment_score": None if compound is None else (compound + 1) / 2,
        "sentiment_label": None if compound is None
        else "positive" if compound >= high else "negative" if compound <= low else "neutral",
        "sentiment_model": "vaderSentiment 3.3.2",
        "text_hash": hashlib.sha256(text.encode()).hexdigest(),
    }  # fmt: skip


def reviews(
    rows: Sequence[Row], interval: Interval, settings: Settings, table: Sequence[Row] = ()
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of the interval, and all versions known before its end; `table` are the rows that there are already."""
    current = versions(rows, interval)
    ids = {str(row["review_id"]) for row in rows if reason(row, interval) != "deleted"}
    keys = {(row["review_id"], row["known_at"]) for row in current}
    kept = [
        dict(row)
        for row in table
        if row["known_at"] < interval.start
        or (
            row["known_at"] < interval.end
            and row["review_id"] in ids
            and (row["review_id"], row["known_at"]) not in keys
        )
    ]
    new = [row for row in current if row["known_at"] >= interval.start]
    for row in new:
        title, text = ((row.get(name) or "").strip() for name in ("title", "review_text"))
        row["display_text"] = displayed(
            f"{title}. {text}" if title and text else title + text, mask_pii=settings.mask_pii
        )
        row["clean_text"] = cleaned(row["display_text"])
    everything = [*kept, *new]
    told = [row | judge(row, everything, settings) for row in new]
    history = sorted([*kept, *told], key=lambda row: (row["review_id"], row["known_at"]))
    zone, numbers = ZoneInfo(interval.timezone), dict[str, int]()
    for row in history:
        row["version"] = numbers[row["review_id"]] = numbers.get(row["review_id"], 0) + 1
        row["review_age_days"] = (interval.end.astimezone(zone).date() - row["created_at"].astimezone(zone).date()).days
    return [row for row in history if row["known_at"] >= interval.start], history


def stats(history: Sequence[Row], interval: Interval) -> list[dict[str, Any]]:
    """What was known of each article whenever a day was over on which that changed."""
    zone = ZoneInfo(interval.timezone)
    days = {(row["article_id"], row["known_at"].astimezone(zone).date()) for row in history}
    found = []
    for article, day in sorted(days):
        begins, ends = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        if not interval.start <= begins < interval.end:
            continue
        known = [row for row in sorted(history, key=lambda row: row["known_at"]) if row["known_at"] < ends]
        standing = {row["review_id"]: row for row in known}
        own = [row for row in standing.values() if row["article_id"] == article]
        mean = sum(row["rating"] for row in standing.values()) / len(standing)
        scores = [row["sentiment_score"] for row in own if row["sentiment_score"] is not None]
        found.append({
            "article_id": article,
            "day_at": begins,
            "cut_at": ends,
            "reviews": len(own),
            "mean_rating": sum(row["rating"] for row in own) / len(own) if own else None,
            "bayes_rating": (10 * mean + sum(row["rating"] for row in own)) / (10 + len(own)),
            "mean_sentiment": sum(scores) / len(scores) if scores else None,
            "last_review_at": max(row["created_at"] for row in known if row["article_id"] == article),
        })  # fmt: skip
    return found


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
