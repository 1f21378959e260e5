"""The training rows by plain loops: slow, obvious, and written without a look at the step.

Tables are lists of dicts with the names of the source (images with uploaded_at).
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
FIVE_MINUTES, ONE_HOUR, ONE_DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24)
CATEGORIES = {
    "Bread": "category_bread",
    "Dairy product": "category_dairy_product",
    "Dessert": "category_dessert",
    "Egg": "category_egg",
    "Fried food": "category_fried_food",
    "Meat": "category_meat",
    "Noodles/Pasta": "category_noodles_pasta",
    "Rice": "category_rice",
    "Seafood": "category_seafood",
    "Soup": "category_soup",
    "Vegetable/Fruit": "category_vegetable_fruit",
}


def usable(row: Row, time: str) -> datetime:
    """When the row may be used first: it has happened and is known."""
    return max(row[time], row.get("known_at") or row[time])


def first_copies(rows: Iterable[Row], keys: list[str], time: str, order: list[str]) -> list[Row]:
    """One row per key: the copy usable first; ties go to the least values, nulls last."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        if key not in kept or _rank(row, time, order) < _rank(kept[key], time, order):
            kept[key] = row
    return list(kept.values())


def _rank(row: Row, time: str, order: list[str]) -> tuple[Any, ...]:
    usable_at = usable(row, time) if row[time] else LATEST
    values = [len(row["caption"] or "") if name == "caption_length" else row.get(name) for name in order]
    return usable_at, tuple((value is None, 0 if value is None else value) for value in values)


class Oracle:
    """What the step should give for a history."""

    def __init__(
        self, tables: dict[str, list[Row]], as_of: datetime, start: datetime, end: datetime, deletions: str = "label"
    ) -> None:
        self.as_of, self.start, self.end, self.deletions = as_of, start, end, deletions
        users = [user for user in tables["users"] if user["id"] and usable(user, "created_at") <= as_of]
        order = ["created_at", "is_test_account", "year_of_birth"]
        self.users = {user["id"]: user for user in first_copies(users, ["id"], "created_at", order)}
        self.comments, self.flags = self._with_author(tables["comments"]), self._with_author(tables["flags"])
        self.views = tables["views"]
        known = [i for i in tables["images"] if i["uploaded_at"] is None or usable(i, "uploaded_at") <= as_of]
        known = [i if self._deleted_by(i, as_of) else {**i, "deleted_at": None} for i in known]
        order = ["uploaded_at", "user_id", "caption_length", "category", "deleted_at"]
        self.images = first_copies([i for i in known if i["id"]], ["id"], "uploaded_at", order)
        self.nameless = [i for i in known if not i["id"]]

    def _with_author(self, events: list[Row]) -> list[Row]:
        """The events with when their author was known, if it is a test account."""
        testers = {name: usable(u, "created_at") for name, u in self.users.items() if u.get("is_test_account")}
        return [{**event, "tester_at": testers.get(event["user_id"])} for event in events]

    @staticmethod
    def _by_tester(event: Row, at: datetime) -> bool:
        return event["tester_at"] is not None and event["tester_at"] <= at

    @staticmethod
    def _deleted_by(row: Row, at: datetime) -> bool:
        return row.get("deleted_at") is not None and row["deleted_at"] <= at

    def rows(self) -> list[Row]:
        """The training rows in their order."""
        images = [image for image in self._candidates() if not self.reason(image) and not self._removed(image)]
        images.sort(key=lambda image: (image["uploaded_at"], image["id"]))
        return [self.row(image, point) for image in images for point in (0, 5, 30)]

    def rejected(self) -> list[Row]:
        """The images in error, by upload and id, nulls last."""
        found = [(image, self.reason(image)) for image in self._candidates()]
        rows = [{"image_id": i["id"], "uploaded_at": i["uploaded_at"], "reason": why} for i, why in found if why]
        return sorted(rows, key=lambda row: (row["uploaded_at"] or LATEST, row["image_id"] or "~", row["reason"]))

    def _candidates(self) -> list[Row]:
        def due(image: Row) -> bool:
            at = image["uploaded_at"]
            return at is None or at < EPOCH or self.start <= at < self.end

        return [image for image in self.images + self.nameless if due(image)]

    def reason(self, image: Row) -> str | None:
        """Why the image is an error."""
        account = self.users.get(image["user_id"])
        upload = image["uploaded_at"]
        checks = {
            "image id is null": lambda: image["id"] is None,
            "upload time is null": lambda: upload is None,
            "uploaded before 1970": lambda: upload < EPOCH,
            "uploader is unknown": lambda: account is None,
            "account was created before 1970": lambda: account["created_at"] < EPOCH,
            "account was created after the upload": lambda: account["created_at"] > upload,
        }
        return next((reason for reason, wrong in checks.items() if wrong()), None)

    def _removed(self, image: Row) -> bool:
        account = self.users[image["user_id"]]
        born = account.get("year_of_birth")
        minor = born is not None and image["uploaded_at"].year - born < 18
        until = self.as_of if self.deletions == "as_of" else image["uploaded_at"] + ONE_DAY
        return bool(account.get("is_test_account")) or minor or self._deleted_by(image, until)

    def _comments(self, image: Row, at: datetime) -> list[datetime]:
        upload = image["uploaded_at"]
        seen = [
            c for c in self.comments
            if c["id"] and c["image_id"] == image["id"] and c["created_at"] and c["created_at"] >= upload
            and usable(c, "created_at") <= at
        ]  # fmt: skip
        order = ["created_at", "tester_at", "deleted_at"]
        single = first_copies(seen, ["id"], "created_at", order)
        return [c["created_at"] for c in single if not self._deleted_by(c, at) and not self._by_tester(c, at)]

    def _flags(self, image: Row, at: datetime, until: datetime) -> list[datetime]:
        """Flags on the image by `until` that do not come from an account known at `at` to be a test account."""
        upload = image["uploaded_at"]
        seen = [
            f for f in self.flags
            if f["id"] and f["image_id"] == image["id"] and f["created_at"] and upload <= f["created_at"] <= until
            and usable(f, "created_at") <= at
        ]  # fmt: skip
        single = first_copies(seen, ["id"], "created_at", ["created_at", "tester_at"])
        return [f["created_at"] for f in single if not self._by_tester(f, at)]

    def _views(self, image: Row, at: datetime) -> list[datetime]:
        upload = image["uploaded_at"]
        seen = [v for v in self.views if v["image_id"] == image["id"]]
        return [v["event_time"] for v in seen if v["event_time"] >= upload and usable(v, "event_time") <= at]

    def _user_image_count(self, image: Row, at: datetime) -> int:
        count = 1
        for other in self.images:
            timed = other["uploaded_at"] is not None and other["uploaded_at"] >= EPOCH
            if other["id"] != image["id"] and other["user_id"] == image["user_id"] and timed:
                count += usable(other, "uploaded_at") <= at and not self._deleted_by(other, at)
        return count

    def row(self, image: Row, point: int) -> Row:
        """The row of one image and decision point."""
        upload = image["uploaded_at"]
        at = upload + timedelta(minutes=point)
        counts: Row = {}
        flags = self._flags(image, at, at)
        for kind, times in (
            ("views", self._views(image, at)),
            ("comments", self._comments(image, at)),
            ("flags", flags),
        ):
            counts[f"{kind}_5min"] = sum(at - FIVE_MINUTES < time <= at for time in times)
            counts[f"{kind}_1hr"] = sum(at - ONE_HOUR < time <= at for time in times)
        account = self.users[image["user_id"]]
        caption = image["caption"] or ""
        return {
            "image_id": image["id"],
            "uploaded_at": upload,
            "decision_point_minutes": point,
            "decision_at": at,
            "time_since_upload_seconds": 60 * point,
            "hour_of_day": upload.hour,
            "day_of_week": upload.weekday(),
            "is_weekend": upload.weekday() in (5, 6),
            **counts,
            "view_velocity_per_min": counts["views_5min"] / 5,
            "comment_to_view_ratio": counts["comments_1hr"] / max(counts["views_1hr"], 1),
            "recent_engagement_score": counts["views_5min"] + 5 * counts["comments_5min"],
            "caption_length": len(caption),
            "has_caption": len(caption) > 0,
            "user_image_count": self._user_image_count(image, at),
            "user_age_days": (upload - account["created_at"]).days,
            **{column: image["category"] == text for text, column in CATEGORIES.items()},
            "total_flags": len(flags),
            "category": image["category"],
            "label_needs_moderation_24h": bool(self._flags(image, self.as_of, upload + ONE_DAY)),
        }
