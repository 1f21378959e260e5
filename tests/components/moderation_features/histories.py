"""Random histories of the source that crowd around the edges, and runs of the step over them."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import Phase, settings
from hypothesis import strategies as st

from components.iceberg.lateness import Past
from components.moderation_features.compute import Inputs, Outputs, compute
from components.moderation_features.coverage import Coverage
from components.moderation_features.cut import Cut
from components.shell.datasets import write_dataset
from components.shell.summary import Summary
from tests.components.moderation_features.oracle import CATEGORIES, Row

START = datetime(2026, 1, 9, 23, 0, tzinfo=UTC)  # a Friday evening: uploads fall on both sides of the weekend
END = START + timedelta(days=3)
AS_OF = START + timedelta(days=5)
CUT = Cut(AS_OF, START, END)
NOBODY_DOUBTS = Coverage()

_TIME, _TEXT = pa.timestamp("us", tz="UTC"), pa.string()
SCHEMAS = {
    "users": {
        "id": _TEXT, "created_at": _TIME, "is_test_account": pa.bool_(), "year_of_birth": pa.int32(), "known_at": _TIME,
    },
    "images": {
        "id": _TEXT, "user_id": _TEXT, "uploaded_at": _TIME, "caption": _TEXT, "category": _TEXT, "deleted_at": _TIME,
        "known_at": _TIME,
    },
    "comments": {
        "id": _TEXT, "image_id": _TEXT, "user_id": _TEXT, "content": _TEXT, "created_at": _TIME, "deleted_at": _TIME,
        "moderator_hidden": pa.bool_(), "known_at": _TIME,
    },
    "flags": {
        "id": _TEXT, "user_id": _TEXT, "image_id": _TEXT, "comment_id": _TEXT, "reason": _TEXT, "created_at": _TIME,
        "review_status": _TEXT, "known_at": _TIME,
    },
    "image_milestones": {
        "id": _TEXT, "image_id": _TEXT, "milestone_type": _TEXT, "milestone_value": pa.int32(), "reached_at": _TIME,
        "known_at": _TIME,
    },
    "views": {"image_id": _TEXT, "event_time": _TIME, "known_at": _TIME},
}  # fmt: skip

# The column that says when a row's event happened.
TIMES = {
    "users": "created_at", "images": "uploaded_at", "comments": "created_at", "flags": "created_at",
    "views": "event_time",
}  # fmt: skip

# What the table holds of the time that is looked at again.
HELD = {
    "uploaded_at": _TIME, "image_id": _TEXT, "decision_point_minutes": pa.int32(),
    "label_needs_moderation_24h": pa.bool_(),
}  # fmt: skip

_TICK, _MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
_UPLOADS = [-2880, 0, 0, 5, 5, 25, 30, 61, 600, 1440, 1445, 2880, 4319, 4320, 5800, 9000]  # minutes after START
_OFFSETS = [-1, 0, 0, 1, 3, 5, 5, 5, 7, 25, 25, 29, 30, 30, 31, 600, 1440, 1440, 9000]  # minutes after the upload
_LAGS = [None, None, None, None, 0, 1, 2, 5, 25, 30, 1440, 9000]  # minutes until a row is known
_CATEGORIES = [*CATEGORIES, "rice", "Pizza", "", None]
_CAPTIONS = [None, "", "soup", "Crème brûlée 🍮", " "]
_NEARBY = [timedelta(0), timedelta(0), -_TICK, _TICK]


@dataclass(frozen=True)
class Result:
    """What the step gave."""

    rows: list[Row]
    rejected: list[Row]
    summary: Summary


@dataclass(frozen=True)
class History:
    """Random tables with ties at every edge, repeated ids, and rows that are late, deleted, future or by testers."""

    seed: int
    images: int

    def tables(self) -> dict[str, list[Row]]:
        """The tables, drawn with the seed."""
        random = Random(self.seed)
        users = [_user(random, number) for number in (*range(self.images // 4 + 1), 0, 1)]
        names = [user["id"] for user in users] + ["stranger"]
        numbers = [random.randrange(self.images) if random.random() < 0.1 else n for n in range(self.images)]
        images = [_image(random, number, names) for number in numbers]
        images[0] |= {"uploaded_at": START, "known_at": None}  # an as_of before all images is an error of its own
        return {
            "users": users,
            "images": images,
            "comments": _repeated(random, [_comment(random, images, names) for _ in range(12 * self.images)]),
            "flags": _repeated(random, [_flag(random, images, names) for _ in range(5 * self.images)]),
            "views": [_view(random, images) for _ in range(15 * self.images)],
        }


# Shrinking would try other seeds, which are other histories: a failing one is best looked at as it is.
PROPERTY = settings(derandomize=True, database=None, phases=[Phase.generate])

histories = st.builds(History, seed=st.integers(0, 2**32 - 1), images=st.integers(1, 80))


def _shifted(random: Random, time: datetime, choices: Sequence[int]) -> datetime:
    return time + random.choice(choices) * _MINUTE + random.choice(_NEARBY)


def _known_at(random: Random, time: datetime) -> datetime | None:
    lag = random.choice(_LAGS)
    return None if lag is None else time + lag * _MINUTE + random.choice(_NEARBY)


def _perhaps(random: Random, chance: float, value: Any) -> Any:
    return value if random.random() < chance else None


def _repeated(random: Random, rows: list[Row]) -> list[Row]:
    """The rows with some again: known at another time, now and then changed, in any order."""
    again = []
    for row in random.sample(rows, len(rows) // 6):
        copy = {**row, "known_at": _known_at(random, row["created_at"])}
        if random.random() < 0.3:
            copy["created_at"] = row["created_at"] + random.choice([-1, 1, 5]) * _MINUTE
        again.append(copy)
    together = rows + again
    random.shuffle(together)
    return together


def _user(random: Random, number: int) -> Row:
    created_at = START - timedelta(days=random.choice([900, 400, 30, 3, 0])) + random.choice(_NEARBY)
    return {
        "id": f"u{number}",
        "created_at": created_at,
        "is_test_account": random.choice([None, False, False, False, True]),
        "year_of_birth": random.choice([None, None, 1980, 1990, 2008, 2009]),
        "known_at": _perhaps(random, 0.3, created_at + timedelta(days=random.choice([3, 30, 31, 400, 902, 5000]))),
    }


def _image(random: Random, number: int, users: list[str]) -> Row:
    uploaded_at = _shifted(random, START, _UPLOADS)
    return {
        "id": f"i{number:02}",
        "user_id": random.choice(users),
        "uploaded_at": uploaded_at,
        "caption": random.choice(_CAPTIONS),
        "category": random.choice(_CATEGORIES),
        "deleted_at": _perhaps(random, 0.2, _shifted(random, uploaded_at, [0, 5, 30, 4000, 9000])),
        "known_at": _known_at(random, uploaded_at),
    }


def _comment(random: Random, images: list[Row], users: list[str]) -> Row:
    image = random.choice(images)
    created_at = _shifted(random, image["uploaded_at"], _OFFSETS)
    return {
        "id": f"c{random.randrange(12 * len(images))}",
        "image_id": image["id"],
        "user_id": random.choice(users),
        "content": "yum",
        "created_at": created_at,
        "deleted_at": _perhaps(random, 0.3, _shifted(random, created_at, [0, 1, 5, 25, 9000])),
        "moderator_hidden": True,
        "known_at": _known_at(random, created_at),
    }


def _flag(random: Random, images: list[Row], users: list[str]) -> Row:
    image = random.choice(images)
    created_at = _shifted(random, image["uploaded_at"], _OFFSETS)
    on_comment = random.random() < 0.2
    return {
        "id": f"f{random.randrange(6 * len(images))}",
        "user_id": random.choice(users),
        "image_id": None if on_comment else image["id"],
        "comment_id": "c1" if on_comment else None,
        "reason": "spam",
        "created_at": created_at,
        "review_status": "rejected",
        "known_at": _known_at(random, created_at),
    }


def _view(random: Random, images: list[Row]) -> Row:
    image = random.choice(images)
    event_time = _shifted(random, image["uploaded_at"], _OFFSETS)
    return {"image_id": image["id"], "event_time": event_time, "known_at": _known_at(random, event_time)}


def write_table(directory: Path, rows: list[Row], schema: dict[str, pa.DataType]) -> None:
    """Write rows as a dataset."""
    table = pa.Table.from_pylist(rows, schema=pa.schema(list(schema.items())))
    write_dataset(directory, table.schema, table.to_batches())


def write_history(directory: Path, tables: dict[str, list[Row]], schemas: dict[str, Any] = SCHEMAS) -> None:
    """Write a history as the extract and the reader of views would: `raw/<table>` and `views`."""
    for name, schema in schemas.items():
        write_table(directory / ("views" if name == "views" else f"raw/{name}"), tables.get(name, []), schema)
    (directory / "past.json").write_text(Past().text())
    write_table(directory / "held", [], HELD)


def run(directory: Path, cut: Cut = CUT, views_from: str = "events", coverage: Coverage = NOBODY_DOUBTS) -> Result:
    """The step's result over the history in `directory`."""
    inputs = Inputs(directory / "raw", directory / "views", views_from, coverage)
    outputs = Outputs(directory / "rows", directory / "rejected", directory / "touched")
    summary = compute(inputs, cut, outputs)
    rows, rejected = (
        pq.read_table(directory / name / "part-00000.parquet").to_pylist() for name in ("rows", "rejected")
    )
    return Result(rows, rejected, summary)


def computed(
    tables: dict[str, list[Row]], cut: Cut = CUT, views_from: str = "events", coverage: Coverage = NOBODY_DOUBTS
) -> Result:
    """The step's result over a history."""
    with tempfile.TemporaryDirectory() as directory:
        write_history(Path(directory), tables)
        return run(Path(directory), cut, views_from, coverage)
