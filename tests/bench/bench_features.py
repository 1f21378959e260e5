"""Features of 100,000 images over 5,000,000 events, against a loop over images in pandas."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from components.iceberg.lateness import Past
from components.shell.datasets import write_dataset
from tests.bench.cost import Cost, alone, best, run
from tests.bench.environments import step_command
from tests.bench.hm import scanned_and_written
from tests.bench.rows import Other, Row, least, most

SMALL = 0.005
TARGETS = (least(500, "peer"), most(2048, "memory"))
IMAGES, EVENTS, ROUNDS = 100_000, 5_000_000, 5
# The loop's time per image grows with the events, so measuring it on fewer of both favours it.
LOOP_IMAGES, LOOP_EVENTS, LOOP_ROUNDS = 2_000, 100_000, 2
SHARES = {"views": 0.8, "comments": 0.18, "flags": 0.02}
START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 30
CATEGORIES = ["Bread", "Dairy product", "Dessert", "Egg", "Fried food", "Meat", "Noodles/Pasta", "Rice", "Seafood"]
CATEGORIES += ["Soup", "Vegetable/Fruit"]
SATURDAY = 5
_TIME = pa.timestamp("us", tz="UTC")


def write_source(directory: Path, images: int, events: int) -> None:
    """Write raw tables and view events; each event falls into the hour after its image's upload."""
    random = np.random.default_rng(7)
    users, image_ids = _uuids(random, images // 10), _uuids(random, images)
    start = int(START.timestamp() * 1e6)
    uploaded = start + random.integers(0, DAYS * 86_400_000_000, images)
    born = np.full(len(users), start - 400 * 86_400_000_000)
    _write(directory / "raw/users", {"id": users, "created_at": born})
    _write(
        directory / "raw/images",
        {
            "id": image_ids,
            "user_id": users[random.integers(0, len(users), images)],
            "uploaded_at": uploaded,
            "caption": [f"Dish number {number}" for number in range(images)],
            "category": np.array(CATEGORIES)[random.integers(0, len(CATEGORIES), images)],
        },
    )
    for kind, share in SHARES.items():
        count = int(events * share)
        image = random.integers(0, images, count)
        happened = uploaded[image] + (random.exponential(1800, count) * 1e6).astype(np.int64)
        order = np.argsort(happened)
        image, happened = image[order], happened[order]
        ids = image_ids[image]
        if kind == "views":
            _write(directory / "views", {"image_id": ids, "event_time": happened, "known_at": happened}, text=True)
            continue
        table = {
            "id": _uuids(random, count),
            "image_id": ids,
            "user_id": users[image % len(users)],
            "created_at": happened,
        }
        _write(directory / "raw" / kind, {**table, "comment_id": None} if kind == "flags" else table)


def _uuids(random: np.random.Generator, count: int) -> np.ndarray:
    return np.frombuffer(random.bytes(16 * count), dtype="V16")


def _write(directory: Path, columns: dict[str, object], *, text: bool = False) -> None:
    arrays = {name: _array(values, len(next(iter(columns.values()))), text=text) for name, values in columns.items()}
    table = pa.table(arrays)
    write_dataset(directory, table.schema, table.to_batches(max_chunksize=100_000))


def _array(values: object, count: int, *, text: bool) -> pa.Array:
    if values is None:
        return pa.nulls(count, pa.uuid())
    if isinstance(values, np.ndarray) and values.dtype == "V16":
        if text:
            return pa.array([_dashed(value.hex()) for value in values.tolist()], pa.string())
        storage = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), count, [None, pa.py_buffer(values.tobytes())])
        return pa.ExtensionArray.from_storage(pa.uuid(), storage)
    if isinstance(values, np.ndarray) and values.dtype == np.int64:
        return pa.array(values, _TIME)
    return pa.array(values)


def _dashed(text: str) -> str:
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def loop(directory: Path) -> pd.DataFrame:
    """The step's own rows, image by image, as the job that it replaces computes them."""
    tables = {name: pd.read_parquet(directory / "raw" / name) for name in ("users", "images", "comments", "flags")}
    for table in tables.values():
        for column in table.columns.intersection(["id", "image_id", "user_id"]):
            table[column] = table[column].astype(str)
    accounts = tables["users"].rename(columns={"id": "user_id", "created_at": "account_created"})
    images = tables["images"].merge(accounts, on="user_id")
    happened = {
        "views": pd.read_parquet(directory / "views").rename(columns={"event_time": "created_at"}),
        "comments": tables["comments"],
        "flags": tables["flags"],
    }
    return pd.DataFrame([row for _, image in images.iterrows() for row in _rows(image, images, happened)])


def _rows(image: pd.Series, images: pd.DataFrame, happened: dict[str, pd.DataFrame]) -> list[dict[str, object]]:
    flags = happened["flags"][happened["flags"]["image_id"] == image["id"]]
    uploaded = image["uploaded_at"]
    label = flags["created_at"].between(uploaded, uploaded + pd.Timedelta(hours=24)).any()
    content = {
        "image_id": image["id"],
        "uploaded_at": uploaded,
        "hour_of_day": uploaded.hour,
        "day_of_week": uploaded.day_of_week,
        "is_weekend": uploaded.day_of_week >= SATURDAY,
        "caption_length": len(image["caption"]),
        "has_caption": len(image["caption"]) > 0,
        "user_age_days": (uploaded - image["account_created"]).days,
        "category": image["category"],
        **{_column(category): image["category"] == category for category in CATEGORIES},
        "label_needs_moderation_24h": label,
    }
    points = (0, 5, 30)
    return [content | _at(point, uploaded + pd.Timedelta(minutes=point), image, images, happened) for point in points]


def _at(
    point: int, at: pd.Timestamp, image: pd.Series, images: pd.DataFrame, happened: dict[str, pd.DataFrame]
) -> dict[str, object]:
    counts = {}
    for kind, table in happened.items():
        seen = table[
            (table["image_id"] == image["id"])
            & (table["created_at"] >= image["uploaded_at"])
            & (table["created_at"] <= at)
        ]
        if "known_at" in table:
            seen = seen[seen["known_at"] <= at]
        counts[f"{kind}_5min"] = int((seen["created_at"] > at - pd.Timedelta(minutes=5)).sum())
        counts[f"{kind}_1hr"] = len(seen)
    theirs = images[(images["user_id"] == image["user_id"]) & (images["uploaded_at"] <= at)]
    return {
        "decision_point_minutes": point,
        "decision_at": at,
        "time_since_upload_seconds": point * 60,
        **counts,
        "view_velocity_per_min": counts["views_5min"] / 5,
        "comment_to_view_ratio": counts["comments_1hr"] / max(counts["views_1hr"], 1),
        "recent_engagement_score": counts["views_5min"] + 5 * counts["comments_5min"],
        "user_image_count": len(theirs),
        "total_flags": counts["flags_1hr"],
    }


def _column(category: str) -> str:
    return "category_" + category.lower().replace(" ", "_").replace("/", "_")


def step(directory: Path) -> Cost:
    """What the step costs over the source in `directory`, where nothing was filled before."""
    (directory / "past").write_text(Past().text())
    interval = {"interval_start": "2026-01-01T00:00:00Z", "interval_end": "2026-02-01T00:00:00Z"}
    names = ("raw", "views", "past", "held", "rows", "rejected", "touched", "views_source", "summary")
    paths = {name: directory / name for name in names}
    given = {"views_from": "events", "as_of": "2026-03-01T00:00:00Z"}
    return run(step_command("moderation_features"), **given, **interval, **paths)


def looped(directory: str) -> None:
    """Leave the loop's rows beside the source."""
    loop(Path(directory)).to_parquet(Path(directory) / "loop.parquet")


def source(directory: str, images: int, events: int) -> None:
    """Write a source of so many images and events."""
    write_source(Path(directory), images, events)


def differences(directory: Path) -> int:
    """Values in which the step and the loop do not agree over the source in `directory`."""
    keys = ["image_id", "decision_point_minutes"]
    expected = pd.read_parquet(directory / "loop.parquet").set_index(keys)
    found = pd.read_parquet(directory / "rows/part-00000.parquet").set_index(keys).loc[expected.index]
    return int((found[sorted(found)].astype(object) != expected[sorted(expected)].astype(object)).to_numpy().sum())


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """The step on all images, and the loop on some of them, whose values must be ours."""
    small, large = scratch / "small", scratch / "large"
    images, events = int(IMAGES * scale), int(EVENTS * scale)
    few, happened = min(images, LOOP_IMAGES), min(events, LOOP_EVENTS)
    # In processes of their own, which give back what they hold.
    alone(source, small, few, happened)
    alone(source, large, images, events)
    ours = best([step(large) for _ in range(ROUNDS)])
    theirs = best([alone(looped, small)[0] for _ in range(LOOP_ROUNDS)])
    step(small)
    if wrong := differences(small):
        sys.exit(f"{wrong:,} values differ from the loop's")
    peer = Other(f"pandas loop, timed on {few:,} images", theirs.times(images / few))
    bare = scanned_and_written(large, ("raw/users", "raw/images", "raw/comments", "raw/flags", "views", "rows"))
    yield Row(f"features of {images:,} images over {events:,} events", ours, peer, bare, TARGETS)
