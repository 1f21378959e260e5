"""What counts as an event, and why the rest does not; once on columns alone and once through a real broker."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from components.shell.events.batch import Batch, listed
from components.shell.events.validate import Validated, Validator
from pipelines.gourmetgram import EVENTS
from tests.harness.odd.events import VIEWS

pytestmark = pytest.mark.usefixtures("either_way")

STAMP = 1_768_046_400_000
NOON = datetime.fromtimestamp(STAMP / 1000, UTC)


def event(kind: str, **changes: Any) -> bytes:
    """A sound event of `kind`, changed; a field changed to ... is left out."""
    time = "2026-01-10T11:00:00" if kind == "view" else "2026-01-10T11:00:00+00:00"
    own = {} if kind == "view" else {f"{kind}_id": "own"}
    sound = {"event_type": kind, "image_id": "a", "viewed_at" if kind == "view" else "created_at": time, **own}
    return json.dumps({key: value for key, value in {**sound, **changes}.items() if value is not ...}).encode()


def judged(kind: str, *values: bytes | None, stamp: int | None = STAMP) -> Validated:
    """The values as the records of a topic of `kind`; `stamp` is None for lines of a file."""
    count = len(values)
    times = None if stamp is None else np.full(count, stamp, np.int64)
    return Validator()(Batch("t", np.zeros(count, np.int32), np.arange(count), times, listed(values)), EVENTS[kind])


TIMES = [
    ("view", "2026-01-10T11:00:00", NOON - timedelta(hours=1)),
    ("view", "2026-01-10 11:00", NOON - timedelta(hours=1)),
    ("view", "2026-01-10T11:00:00.000001Z", NOON - timedelta(hours=1) + timedelta(microseconds=1)),
    ("view", "2026-01-10T11:00:00-05:30", NOON + timedelta(hours=4, minutes=30)),
    ("comment", "2026-01-10T11:00:00Z", NOON - timedelta(hours=1)),
    ("comment", "2026-01-10T11:00:00+02:00", NOON - timedelta(hours=3)),
    ("comment", "2026-01-10t11:00:00,5z", NOON - timedelta(hours=1) + timedelta(seconds=0.5)),
    ("comment", STAMP // 1000, NOON),
    ("flag", str(STAMP), NOON),
    ("flag", "2026-01-10T11:00:00-0530", NOON + timedelta(hours=4, minutes=30)),
    ("view", "2026-01-11T12:00:00", NOON + timedelta(days=1)),
    ("view", "2010-01-01T00:00:00", datetime(2010, 1, 1, tzinfo=UTC)),
    ("view", "2024-02-29T23:59:59", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("kind", "text", "instant"), TIMES)
def test_times_are_instants_in_utc(kind: str, text: object, instant: datetime) -> None:
    """A view's time without offset is UTC; an offset is honoured."""
    (found,) = judged(kind, event(kind, **{"viewed_at" if kind == "view" else "created_at": text})).events.to_pylist()
    assert (found["event_time"], found["known_at"]) == (instant, NOON)


MALFORMED: list[tuple[str, bytes | None, str]] = [
    ("view", None, "no value"),
    ("view", b"", "no JSON"),
    ("view", b"\xff\xfe{}", "not UTF-8"),
    ("view", event("view")[:-9], "no JSON"),
    ("view", event("view").replace(b'"a"', b'"a\0"'), "no JSON"),
    ("view", event("view").replace(b'"a"', b"NaN"), "no JSON"),
    ("view", event("view")[:-1] + b', "x": NaN}', "no JSON"),
    ("view", event("view")[:-1] + b', "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deep"),
    ("comment", event("comment", content="x" * 10_000_000), "longer than 1 MiB"),
    ("view", b"[]", "no JSON object"),
    ("view", event("view", event_type=...), "no event_type"),
    ("view", event("view", event_type="like"), "event_type is not view"),
    ("view", event("comment"), "event_type is not view"),
    ("view", event("view", image_id=...), "no image_id"),
    ("view", event("view", image_id=None), "no image_id"),
    ("view", event("view", image_id=5.5), "image_id is no id"),
    ("view", event("view", image_id=""), "image_id is no id"),
    ("view", event("view", image_id="a b"), "image_id is no id"),
    ("view", event("view", image_id="a\0"), "image_id is no id"),
    ("view", event("view", image_id="\ud800"), "image_id is no Unicode"),
    ("flag", event("flag", image_id=" "), "image_id is no id"),
    ("comment", event("comment", comment_id=...), "no comment_id"),
    ("comment", event("comment", comment_id=""), "comment_id is no id"),
    ("flag", event("flag", flag_id=[]), "flag_id is no id"),
    ("flag", event("flag", flag_id=None, image_id=None), "no flag_id"),
    ("view", event("view", viewed_at=...), "no viewed_at"),
    ("view", event("view", viewed_at="yesterday"), "viewed_at is no instant"),
    ("view", event("view", viewed_at="infinity"), "viewed_at is no instant"),
    ("view", event("view", viewed_at="2026-02-30T00:00:00"), "viewed_at is no instant"),
    ("view", event("view", viewed_at="2026-01-10"), "viewed_at is no instant"),
    ("view", event("view", viewed_at=[STAMP]), "viewed_at is no instant"),
    ("comment", event("comment", created_at="2026-01-10T11:00:00"), "created_at has no offset"),
    ("flag", event("flag", created_at="2026-01-10 11:00"), "created_at has no offset"),
    ("flag", event("flag", flag_id=7.5), "flag_id is no id"),
    ("view", event("view", viewed_at="9999-12-31T23:59:59"), "viewed_at lies in the future"),
    ("view", event("view", viewed_at="2026-01-11T12:00:00.000001"), "viewed_at lies in the future"),
    ("view", event("view", viewed_at="1970-01-01T00:00:00"), "viewed_at lies before 2010"),
]  # fmt: skip
NAMES = [f"{reason}-{number}" for number, (_, _, reason) in enumerate(MALFORMED)]


@pytest.mark.parametrize(("kind", "value", "reason"), MALFORMED, ids=NAMES)
def test_what_is_malformed_is_explained(kind: str, value: bytes | None, reason: str) -> None:
    """Each malformed record has its place and its reason, and its neighbours are untouched."""
    found = judged(kind, event(kind), value, event(kind))
    assert found.events["offset"].to_pylist() == [0, 2]
    (refused,) = found.rejected.to_pylist()
    assert (refused["partition"], refused["offset"], refused["reason"]) == (0, 1, reason)
    assert len(refused["excerpt"] or "") <= 120


def test_a_large_batch_keeps_its_order() -> None:
    """Events and rejected records stand in the order of their offsets."""
    found = judged("view", *([event("view"), b"no"] * 40_000))
    assert found.events["offset"].to_pylist() == list(range(0, 80_000, 2))
    assert found.rejected["offset"].to_pylist() == list(range(1, 80_000, 2))


@pytest.mark.parametrize("stamp", [-1, -(1 << 62), 1 << 62])
def test_a_record_without_a_time_is_rejected(stamp: int) -> None:
    """When a record became known cannot be guessed."""
    assert judged("view", event("view"), stamp=stamp).rejected["reason"].to_pylist() == ["the record has no time"]


def test_nothing_became_known_in_the_future() -> None:
    """A record stamped with a day to come would be landed and never counted; a clock may run ahead by a day."""
    judge = Validator(NOON)

    def reasons(times: list[int] | None, *values: bytes) -> list[str]:
        stamps = None if times is None else np.array(times, np.int64)
        given = Batch("t", np.zeros(len(values), np.int32), np.arange(len(values)), stamps, listed(values))
        found = judge(given, EVENTS["view"])
        assert found.events.num_rows + found.rejected.num_rows == len(values)
        return found.rejected["reason"].to_pylist()

    day = 86_400_000
    assert reasons([STAMP, STAMP + day], event("view"), event("view")) == []
    assert reasons([STAMP + day + 1], event("view")) == ["the time of the record lies in the future"]
    assert reasons([STAMP + 8_000 * day], event("view", viewed_at="2047-12-01 11:00")) == [
        "the time of the record lies in the future"
    ]
    assert reasons(None, event("view", known_at="2026-01-11T12:00:00Z")) == []
    assert reasons(None, event("view", known_at="2026-01-11T12:00:00.000001Z")) == ["known_at lies in the future"]
    assert reasons(None, event("view", viewed_at="2026-01-11T12:00:00.000001")) == ["viewed_at lies in the future"]


def test_a_flag_on_a_comment_is_counted() -> None:
    """It is no event of an image, and nothing is wrong with it."""
    found = judged("flag", event("flag", image_id=None, comment_id="c"), event("flag", image_id=...), event("flag"))
    assert (found.events.num_rows, found.rejected.num_rows, found.left_out) == (1, 0, {"flags_on_no_image": 2})


def test_spellings_of_an_id_join() -> None:
    """A UUID in capitals or braces is the same image."""
    plain = "0a000000-0000-4000-8000-00000000000b"
    spelled = [plain, plain.upper(), f"{{{plain}}}", "not-a-uuid"]
    found = judged("view", *(event("view", image_id=image) for image in spelled)).events
    assert found["image_id"].to_pylist() == [plain, plain, plain, "not-a-uuid"]


@pytest.mark.xdist_group("kafka")
@pytest.mark.parametrize("kind", ["view", "comment", "flag"])
def test_odd_records_in_a_topic_cost_no_other(
    kind: str, topic: Callable, produce: Callable, consumed: Callable
) -> None:
    """Between sound records of a real topic, each odd one is what the corpus says, and none is lost."""
    name = topic(max_message_bytes="20000000")
    mine: list[tuple[bytes | None, Any]] = [(value, reason) for of, value, reason in MALFORMED if of == kind]
    # A record is stamped by the broker: what its value says of when it became known counts for nothing.
    if kind == "view":
        mine += [
            (value, seen) for value, seen in VIEWS if not any(word in value for word in (b"known_at", b"timestamp"))
        ]
    produce(name, [part for value, _ in mine for part in (event(kind), value)])
    found = consumed({name: kind})
    odd = {row["offset"] // 2: (row["image_id"], row["event_time"]) for row in found.events if row["offset"] % 2}
    assert len(found.events) == len(mine) + len(odd)
    odd |= {row["offset"] // 2: row["reason"] for row in found.rejected}
    assert odd == {number: seen if isinstance(seen, str) else seen[:2] for number, (_, seen) in enumerate(mine)}
    assert found.summary.rows_rejected == sum(found.summary.details["rejected"].values()) == len(found.rejected)
