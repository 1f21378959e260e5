"""A shop's catalogue in plain loops: rows, the tree, texts and hashes, and the versions as a dict that is replayed."""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from components.article_versions.usable import Cut

Row = Mapping[str, Any]
COLUMNS = (
    "article_id", "product_code", "prod_name", "product_type_name", "product_group_name", "graphical_appearance_name",
    "colour_group_name", "department_no", "department_name", "index_name", "index_group_name", "section_name",
    "garment_group_name", "detail_desc", "price", "stock", "category_id", "image_path", "created_at", "last_updated",
)  # fmt: skip
_SPOKEN = ("prod_name", "product_type_name", "colour_group_name", "detail_desc")


def reason(row: Row, cut: Cut) -> str | None:
    """Why the article does not count."""
    created = row["created_at"]
    if row["known_at"] and row["known_at"] > cut.at:
        return "not_yet_known"
    if row["article_id"] is None:
        return "article_null"
    if created and local_day(created, cut.timezone) > cut.day:
        return "created_in_future"
    if created and created > cut.at:
        return "not_yet_known"
    for name in ("price", "stock"):
        if row[name] is not None and row[name] < 0:
            return f"{name}_negative"
    return None


def local_day(at: datetime, timezone: str) -> date:
    """The day on the shop's calendar."""
    return at.astimezone(ZoneInfo(timezone)).date()


def judged(rows: Sequence[Row], cut: Cut) -> tuple[dict[str, Row], dict[str, Row], Counter[str]]:
    """By id the articles that count, and those of which a row does not; and how many rows do not, by reason."""
    usable: dict[str, Row] = {}
    others: dict[str, Row] = {}
    reasons: Counter[str] = Counter()
    for row in sorted(rows, key=_order):
        why = reason(row, cut) or ("repeated_key" if row["article_id"] in usable else None)
        if why is None:
            usable[row["article_id"]] = {name: row[name] for name in COLUMNS}
        else:
            reasons[why] += 1
            others[row["article_id"]] = row
    return usable, others, reasons


def _order(row: Row) -> list[Any]:
    """Usable first, then least, nulls last; where nothing says when, it always was."""
    known = max((at for at in (row["known_at"], row["created_at"]) if at), default=datetime.min.replace(tzinfo=UTC))
    return [known, *((row[name] is None, row[name] if row[name] is not None else 0) for name in COLUMNS)]


def tree(rows: Sequence[Row]) -> tuple[dict[str, Row], Counter[str], int]:
    """By id the categories in their places, how many are none by reason, and how many lack a parent."""
    found: dict[str, Row] = {}
    reasons: Counter[str] = Counter()
    names = ("category_id", "name", "parent_category_id")
    for row in sorted(rows, key=lambda row: [(row[name] is None, row[name] or "") for name in names]):
        if row["category_id"] is None:
            reasons["category_null"] += 1
        elif row["category_id"] in found:
            reasons["repeated_key"] += 1
        else:
            found[row["category_id"]] = row
    circling = {one for one in found if _circles(found, one)}
    if circling:
        reasons["category_cycle"] += len(circling)
    kept = {one: row for one, row in found.items() if one not in circling}
    orphans = [row for row in kept.values() if row["parent_category_id"] not in (None, *kept)]
    return {one: _placed(kept, one) for one in kept}, reasons, len(orphans)


def _circles(found: Mapping[str, Row], start: str) -> bool:
    seen, here = set[str](), found[start]["parent_category_id"]
    while here in found and here not in seen:
        if here == start:
            return True
        seen.add(here)
        here = found[here]["parent_category_id"]
    return False


def _placed(kept: Mapping[str, Row], one: str) -> Row:
    names, here = [], one
    parent = kept[one]["parent_category_id"]
    told = {"category_name": kept[one]["name"], "parent_category_id": parent}
    while here in kept:
        names.append(here if kept[here]["name"] is None else kept[here]["name"])
        here = kept[here]["parent_category_id"]
    is_rooted = here is None
    path = " > ".join(reversed(names)) if is_rooted else None
    return told | {"category_depth": len(names) - 1 if is_rooted else None, "category_path": path}


def described(row: Row) -> dict[str, Any]:
    """The article's text and hashes."""
    parts = (" ".join(unicodedata.normalize("NFC", row[name] or "").split()) for name in _SPOKEN)
    text = ". ".join(part for part in parts if part)
    content = {name: row[name] for name in COLUMNS if name not in ("price", "stock", "last_updated")}
    return {
        "text": text,
        "text_hash": digest(text),
        "image_hash": None if row["image_path"] is None else digest(row["image_path"]),
        "content_hash": digest(canonical(content)),
        "commercial_hash": digest(canonical({name: row[name] for name in ("price", "stock")})),
    }


def digest(text: str) -> str:
    """The SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(values: Row) -> str:
    """JSON without blanks and nulls, by name; money and instants as texts, codes of control characters in capitals."""
    told = {name: _plain(value) for name, value in values.items() if value is not None}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return re.sub(r"\\(?:u(00[01][0-9a-f])|.)", lambda match: "\\u" + match[1].upper() if match[1] else match[0], text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"{value:.2f}" if isinstance(value, Decimal) else value


class Book:
    """The versions of all articles, as a dict of lists to which the states are replayed."""

    def __init__(self) -> None:
        """An empty book."""
        self.versions: dict[str, list[dict[str, Any]]] = {}

    def last(self, article: str) -> dict[str, Any] | None:
        """The version that stands."""
        return self.versions.get(article, [None])[-1]

    def standing(self) -> dict[str, Row]:
        """The articles that are there."""
        return {one: told[-1]["row"] for one, told in self.versions.items() if not told[-1]["is_deleted"]}

    def replay(self, state: Mapping[str, Row], at: datetime) -> None:
        """Take in how the catalogue stands now."""
        for one in sorted({*state, *self.versions}):
            last, row = self.last(one), state.get(one)
            gone = row is None
            if gone and (last is None or last["is_deleted"]):
                continue
            if last and not gone and not last["is_deleted"] and _said(last["row"]) == _said(row):
                continue
            self._begin(one, last["row"] if gone and last else row, at, gone=gone)

    def _begin(self, one: str, row: Any, at: datetime, *, gone: bool) -> None:
        told = self.versions.setdefault(one, [])
        if told:
            told[-1]["valid_to"] = at
        since = min(row["created_at"] or at, at) if not told else at
        version = {"version": len(told) + 1, "known_at": at, "valid_from": since, "valid_to": None, "is_deleted": gone}
        told.append({**version, "row": row})


def _said(row: Any) -> Any:
    """All that makes a version."""
    return {name: value for name, value in row.items() if name != "last_updated"}


def state(
    rows: Sequence[Row], categories: Sequence[Row], book: Book, cut: Cut, *, retire_missing: bool
) -> list[dict[str, Any]]:
    """The rows of the table of articles, while the book takes in how the catalogue stands."""
    usable, others, _ = judged(rows, cut)
    stay = {one: row for one, row in book.standing().items() if one in others or not retire_missing}
    articles = {**stay, **usable}
    book.replay(articles, cut.at)
    places, _, _ = tree(categories)
    return [_row(articles, one, places, book, cut) for one in sorted(articles)]


def _row(articles: Mapping[str, Row], one: str, places: Mapping[str, Row], book: Book, cut: Cut) -> dict[str, Any]:
    row, told = articles[one], book.versions[one]
    nowhere = dict.fromkeys(("category_name", "parent_category_id", "category_depth", "category_path"))
    return {
        **row,
        **places.get(row["category_id"], nowhere),
        "category_known": None if row["category_id"] is None else row["category_id"] in places,
        "lifecycle_days": (cut.day - local_day(row["created_at"], cut.timezone)).days if row["created_at"] else None,
        "normalized_price": scaled(articles, "price", row["price"]),
        "normalized_stock": scaled(articles, "stock", row["stock"]),
        "price_rank": ranked(articles, row),
        **described(row),
        "first_seen_at": told[0]["known_at"],
        "changed_at": told[-1]["known_at"],
        "version": told[-1]["version"],
        "cut_at": cut.at,
    }


def scaled(articles: Mapping[str, Row], name: str, value: Any) -> float | None:
    """Where a value lies between the least and the greatest."""
    known = [row[name] for row in articles.values() if row[name] is not None]
    if value is None:
        return None
    return float(value - min(known)) / float(max(known) - min(known)) if max(known) > min(known) else 0.0


def ranked(articles: Mapping[str, Row], row: Row) -> float | None:
    """The share of the others of the product group that cost less."""
    if row["price"] is None:
        return None
    prices = [
        other["price"] for other in articles.values()
        if other["product_group_name"] == row["product_group_name"] and other["price"] is not None
    ]  # fmt: skip
    return sum(price < row["price"] for price in prices) / (len(prices) - 1) if len(prices) > 1 else 0.0


def changes(before: Sequence[Row], now: Sequence[Row]) -> dict[str, int]:
    """What has changed from one state to the next."""
    old, new = ({row["article_id"]: row for row in rows} for rows in (before, now))
    both = old.keys() & new.keys()
    counts = {"previous": len(old), "now": len(new), "added": len(new.keys() - old), "removed": len(old.keys() - new)}
    for what in ("text", "image", "commercial"):
        counts[f"{what}_changed"] = sum(old[one][f"{what}_hash"] != new[one][f"{what}_hash"] for one in both)
    return counts
