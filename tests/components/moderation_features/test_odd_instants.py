"""Instants that no calendar of Python has, in each column of time: they touch what they stand on and nothing else."""

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from components.moderation_features.compute import Inputs, Outputs, compute
from components.moderation_features.cut import Cut
from components.shell.datasets import files
from components.shell.errors import ConfigurationError
from tests.components.moderation_features.histories import (
    CUT,
    NOBODY_DOUBTS,
    START,
    Result,
    computed,
    write_history,
)
from tests.components.moderation_features.oracle import Row
from tests.harness.odd.numbers import INFINITY

NEVER, EVER = INFINITY, -INFINITY
FAR, LONG_AGO = 300_000_000_000_000_000, -9_223_372_000_000_000_000
EARLY, LATE = (EVER, LONG_AGO), (FAR, NEVER)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Microseconds since 1970, which Arrow takes beyond the years that Python has."""
    return (instant - EPOCH) // timedelta(microseconds=1)


UPLOAD = micros(START + timedelta(hours=1))
USER = {"id": "u", "created_at": micros(START - timedelta(days=400))}
TESTER = {**USER, "is_test_account": True}
IMAGE = {"user_id": "u", "uploaded_at": UPLOAD, "category": "Soup", "caption": "Pho"}
EVENT = {"image_id": "i", "user_id": "u", "created_at": UPLOAD + 60_000_000}


def each(row: Row, column: str, name: str = "") -> list[Row]:
    """The row once with each odd instant in a column; ids tell which."""
    return [{**row, "id": f"{name}{column}{value}", column: value} for value in (*EARLY, *LATE)]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """One run over a history with every odd instant in every column of time, beside rows like any others."""
    testers = [{**TESTER, "id": f"t{value}", "created_at": value} for value in EARLY]
    events = [event for column in ("created_at", "known_at") for event in each(EVENT, column)]
    uploaders = each(USER, "created_at")
    tables = {
        "users": [USER, *uploaders, *each(USER, "known_at"), *testers],
        "images": [
            {**IMAGE, "id": "i"}, {**IMAGE, "id": "j"},
            *(image for column in ("uploaded_at", "deleted_at", "known_at") for image in each(IMAGE, column)),
            *({**IMAGE, "id": f"of {user['id']}", "user_id": user["id"]} for user in uploaders),
        ],
        "comments": [
            {**EVENT, "id": "c"}, *events, *each(EVENT, "deleted_at"),
            *({**EVENT, "id": f"by {user['id']}", "user_id": user["id"]} for user in testers),
        ],
        "flags": [{**EVENT, "id": "f"}, *events],
    }  # fmt: skip
    directory = tmp_path_factory.mktemp("odd")
    write_history(directory, tables)
    inputs = Inputs(directory / "raw", directory / "views", "events", NOBODY_DOUBTS)
    summary = compute(inputs, CUT, Outputs(directory / "rows", directory / "rejected", directory / "touched"))
    # Python cannot say when the rejected ones were uploaded.
    named = pq.read_table(files(directory / "rejected")[0], columns=["image_id", "reason"])
    return Result(pq.read_table(files(directory / "rows")[0]).to_pylist(), named.to_pylist(), summary)


def rows(result, image: str, feature: str) -> list:
    """A feature of an image at its decisions."""
    return [row[feature] for row in result.rows if row["image_id"] == image]


def test_events_count_by_what_their_instants_say(result):
    """Known ever: at once. Deleted never: counts. Deleted ever: does not. Happened ever or never: not in the window."""
    known_early, kept, plain = len(EARLY), len(LATE), 1
    assert rows(result, "i", "comments_1hr") == [0] + [plain + known_early + kept] * 2
    assert rows(result, "i", "total_flags") == [0] + [plain + known_early] * 2
    assert rows(result, "j", "comments_1hr") == [0, 0, 0]


def test_images_are_placed_by_what_their_instants_say(result):
    """Uploaded never: in no interval yet. Known never: not yet. Deleted ever: removed. Uploaded ever: rejected."""
    made = {row["image_id"] for row in result.rows}
    kept = {f"deleted_at{value}" for value in LATE} | {f"known_at{value}" for value in EARLY}
    assert made == {"i", "j", *kept}
    reasons = {row["image_id"]: row["reason"] for row in result.rejected}
    assert reasons == {
        **{f"uploaded_at{value}": "uploaded before 1970" for value in EARLY},
        **{f"of created_at{value}": "account was created before 1970" for value in EARLY},
        **{f"of created_at{value}": "uploader is unknown" for value in LATE},
    }


def test_an_as_of_before_all_images_is_told_whatever_their_first_instant():
    """The first image lies beyond what Python counts: exit 11 all the same."""
    image = {**IMAGE, "id": "i", "uploaded_at": FAR}
    with pytest.raises(ConfigurationError, match="lies before the first image"):
        computed({"users": [USER], "images": [image]})


def test_the_last_instants_of_the_calendar_are_ordinary():
    """An interval that ends a day before the end of year 9999, with an upload in its last instant."""
    end = datetime(9999, 12, 30, 23, tzinfo=UTC)
    cut = Cut(end + timedelta(days=1), end - timedelta(days=1), end)
    image = {**IMAGE, "id": "i", "uploaded_at": micros(end) - 1}
    assert rows(computed({"users": [USER], "images": [image]}, cut), "i", "user_image_count") == [1, 1, 1]
