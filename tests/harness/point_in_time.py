"""The picture of one training row for docs/features.md: what was known when, what counts, and what is left out.

`python -m tests.harness.point_in_time` draws it anew from the sample data, with what the step makes of them beside it.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from components.moderation_features.cut import SETTLING, Cut
from stockpot.samples.events import history
from stockpot.samples.gourmetgram import sample
from stockpot.samples.moments import AS_OF, FIRST_UPLOAD
from stockpot.samples.stream import EVENT, Shares, delivered
from tests.components.moderation_features.histories import computed
from tests.harness.docs_commands import ROOT
from tests.harness.drawn_row import COUNTED, KINDS, LATER, LEFT_OUT, UNKNOWN, Mark, drawing

PLACE = ROOT / "docs" / "point-in-time.svg"
# The row that is drawn: its image has events of every kind that is told apart.
IMAGE, POINT = "a5595ce1-9412-42c6-90d8-2448b9c46bea", 30
# That of `stockpot sample-data events`.
_SEED = 20260115
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
Tables = Mapping[str, list[Row]]


def tables() -> Tables:
    """The sample's tables as the step reads them, with the views of its topic: they tell when they became known."""
    rows = sample()
    return {
        "users": [_row(each) for each in rows.users],
        "images": [_row(each) for each in rows.images],
        "comments": [_row(each) for each in rows.comments],
        "flags": [_row(each) for each in rows.flags],
        "views": _views(),
    }


def _row(record: object) -> Row:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in vars(record).items()}


def _views() -> list[Row]:
    rng = random.Random(_SEED)
    records = delivered(rng, history(rng), Shares())
    return [
        {
            "image_id": record.event.image_id,
            "event_time": _EPOCH + timedelta(microseconds=record.event.at),
            "known_at": _EPOCH + timedelta(milliseconds=record.known_at),
        }
        for record in records
        if record.outcome == EVENT and record.event.kind == "view"
    ]


def answers(given: Tables) -> list[Row]:
    """The rows that the step itself makes of the tables."""
    return computed(dict(given), Cut(AS_OF, FIRST_UPLOAD, AS_OF - SETTLING)).rows


def marks(given: Tables, row: Row) -> list[Mark]:
    """All events of the row's image until the end of its label's time, and what the row's decision makes of them."""
    testers = {user["id"]: user["created_at"] for user in given["users"] if user["is_test_account"]}
    return [
        _judged(kind, event, row["decision_at"], testers, repeated=repeated)
        for kind in KINDS
        for event, repeated in _of_image(given[kind], row["image_id"])
        if _time(event) <= row["uploaded_at"] + SETTLING
    ]


def _of_image(events: Sequence[Row], image: str) -> Iterator[tuple[Row, bool]]:
    """The events of the image in their order, and whether each was there before: a view has no id, and never was."""
    seen: set[str] = set()
    for event in sorted((each for each in events if each["image_id"] == image), key=_time):
        own = event.get("id", "")
        yield event, own in seen
        seen |= {own} - {""}


def _time(event: Row) -> datetime:
    found: datetime = event.get("event_time") or event["created_at"]
    return found


def _judged(kind: str, event: Row, decision: datetime, testers: Mapping[str, datetime], *, repeated: bool) -> Mark:
    at = _time(event)
    known_at = max(at, event.get("known_at") or at)
    verdict, why = COUNTED, ""
    if at > decision:
        verdict = LATER
    elif known_at > decision:
        verdict = UNKNOWN
    elif testers.get(event.get("user_id", ""), decision + SETTLING) <= decision:
        verdict, why = LEFT_OUT, "made by a test account"
    elif (event.get("deleted_at") or decision + SETTLING) <= decision:
        verdict, why = LEFT_OUT, "deleted by the decision"
    elif repeated:
        verdict, why = LEFT_OUT, "the same row once more"
    return Mark(kind, at, known_at, verdict, why)


def counts(found: Sequence[Mark], row: Row) -> dict[str, int]:
    """What the marks say of the row's columns: those that count, in the windows that end at the decision."""
    told = {}
    for kind in KINDS:
        times = [mark.at for mark in found if (mark.kind, mark.verdict) == (kind, COUNTED)]
        for window, minutes in (("5min", 5), ("1hr", 60)):
            begin = row["decision_at"] - timedelta(minutes=minutes)
            told[f"{kind}_{window}"] = sum(at > begin for at in times)
    told["total_flags"] = sum((mark.kind, mark.verdict) == ("flags", COUNTED) for mark in found)
    return told


def drawn() -> str:
    """The picture as it is today."""
    given = tables()
    row = next(each for each in answers(given) if (each["image_id"], each["decision_point_minutes"]) == (IMAGE, POINT))
    return drawing(row, marks(given, row))


if __name__ == "__main__":
    PLACE.write_text(drawn())
