"""Events of the platform, as its API publishes them: the sample's own history, and a crowd beside it."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeVar
from uuid import UUID

from pipelines import gourmetgram
from stockpot.samples import vocabulary as words
from stockpot.samples.cast import new_id
from stockpot.samples.gourmetgram import sample
from stockpot.samples.moments import DUMPED_AT, FIRST_UPLOAD
from stockpot.samples.records import Comment, Flag, Image, View

TOPICS: Mapping[str, str] = {
    **{kind: topic for topic, kind in gourmetgram.TOPICS.items()},
    "upload": "gourmetgram.uploads",
}
# Bounds memory: a crowd comes in groups of so many.
GROUP = 200_000
# Of ten thousand events, how many are views and how many views or comments; the rest are flags.
_VIEWS, _VIEWS_OR_COMMENTS = 9_000, 9_850

_CONTENTS = [json.dumps(text) for text in (*words.REMARKS, *words.QUARRELS)]
_REASONS = [json.dumps(text) for text in words.REASONS]

R = TypeVar("R", Comment, Flag, Image)


class Event(NamedTuple):
    """An event: its kind, its own id (views have none), its image, when it happened, and its JSON as published.

    Times are in microseconds since 1970. A flag on a comment has no image.
    """

    kind: str
    event_id: str | None
    image_id: str | None
    at: int
    value: str


def history(rng: random.Random) -> list[Event]:
    """The very uploads, views, comments and flags of the sample database, each once."""
    rows = sample()
    return [
        *(_upload(row) for row in _each_once(rows.images)),
        *(_seen(view) for view in rows.views),
        *(_comment(row, rng) for row in _each_once(rows.comments)),
        *(_flag(row, rng) for row in _each_once(rows.flags)),
    ]


def _each_once(rows: Sequence[R]) -> list[R]:
    """The rows by id, for the database holds some twice; in an order that does not hang on how it delivers them."""
    return sorted({row.id: row for row in rows}.values(), key=lambda row: row.id)


def _seen(view: View) -> Event:
    return _view(str(view.image_id), micros(view.viewed_at), _text(view.viewed_at))


def _text(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="microseconds")


def _view(image: str, at: int, text: str) -> Event:
    # The platform writes this instant without an offset and means UTC.
    return Event("view", None, image, at, f'{{"event_type": "view", "image_id": "{image}", "viewed_at": "{text}"}}')


def _upload(row: Image) -> Event:
    payload = {
        "event_type": "upload",
        "image_id": str(row.id),
        "user_id": str(row.user_id),
        "s3_url": row.s3_url,
        "caption": row.caption,
        "category": row.category,
        "created_at": row.uploaded_at.isoformat(),
    }
    return Event("upload", str(row.id), str(row.id), micros(row.uploaded_at), json.dumps(payload, ensure_ascii=False))


def _comment(row: Comment, rng: random.Random) -> Event:
    own, image, content = str(row.id), str(row.image_id), json.dumps(row.content, ensure_ascii=False)
    value = (
        f'{{"event_type": "comment", "comment_id": "{own}", "image_id": "{image}", "user_id": "{row.user_id}",'
        f' "content": {content}, "created_at": "{_text(row.created_at)}{_offset(rng)}"}}'
    )
    return Event("comment", own, image, micros(row.created_at), value)


def _flag(row: Flag, rng: random.Random) -> Event:
    own = str(row.id)
    value = (
        f'{{"event_type": "flag", "flag_id": "{own}", "user_id": "{row.user_id}", "image_id": {_quoted(row.image_id)},'
        f' "comment_id": {_quoted(row.comment_id)}, "reason": "{row.reason}",'
        f' "created_at": "{_text(row.created_at)}{_offset(rng)}"}}'
    )
    return Event("flag", own, str(row.image_id) if row.image_id else None, micros(row.created_at), value)


def _quoted(own: UUID | None) -> str:
    return f'"{own}"' if own else "null"


def _offset(rng: random.Random) -> str:
    """UTC's offset in one of the two spellings that the platform uses."""
    return "Z" if rng.random() < 0.5 else "+00:00"  # noqa: PLR2004 - half of them


def crowd(rng: random.Random, events: int, images: int) -> Iterator[list[Event]]:
    """So many events on `images` further images, which the sample database does not hold, in groups over time."""
    known = [str(new_id(rng)) for _ in range(images)]
    people = [str(new_id(rng)) for _ in range(max(10, images // 5))]
    groups = -(-events // GROUP)
    length = micros(DUMPED_AT) - micros(FIRST_UPLOAD)
    for number in range(groups):
        start, end = (micros(FIRST_UPLOAD) + length * edge // groups for edge in (number, number + 1))
        yield _group(rng, known, people, (start, end), min(GROUP, events - number * GROUP))


def _group(
    rng: random.Random, images: Sequence[str], people: Sequence[str], span: tuple[int, int], count: int
) -> list[Event]:
    start, length, draw = span[0], span[1] - span[0], rng.random
    # The square makes some images far better known than others.
    shown = [images[int(len(images) * draw() ** 2)] for _ in range(count)]
    instants = [start + int(length * draw()) for _ in range(count)]
    kinds = [draw() * 10_000 for _ in range(count)]
    return [
        _view(image, at, text) if kind < _VIEWS else _other(rng, kind, image, (at, text), people)
        for image, at, text, kind in zip(shown, instants, _texts(instants), kinds, strict=True)
    ]


def _texts(instants: Sequence[int]) -> list[str]:
    """The instants as ISO 8601 without an offset; Arrow writes them many times faster than Python."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.replace_substring(pa.array(instants, pa.timestamp("us")).cast(pa.string()), " ", "T")
    listed: list[str] = texts.to_pylist()
    return listed


def _other(rng: random.Random, kind: float, image: str, when: tuple[int, str], people: Sequence[str]) -> Event:
    own, author, at, instant = str(new_id(rng)), rng.choice(people), when[0], when[1] + _offset(rng)
    if kind < _VIEWS_OR_COMMENTS:
        value = (
            f'{{"event_type": "comment", "comment_id": "{own}", "image_id": "{image}", "user_id": "{author}",'
            f' "content": {rng.choice(_CONTENTS)}, "created_at": "{instant}"}}'
        )
        return Event("comment", own, image, at, value)
    on_image = rng.random() < 0.7  # noqa: PLR2004 - the others are flags on comments
    target = f'"{image}", "comment_id": null' if on_image else f'null, "comment_id": "{new_id(rng)}"'
    value = (
        f'{{"event_type": "flag", "flag_id": "{own}", "user_id": "{author}", "image_id": {target},'
        f' "reason": {rng.choice(_REASONS)}, "created_at": "{instant}"}}'
    )
    return Event("flag", own, image if on_image else None, at, value)


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
