"""How events reach the log: some late, some twice, some beside records that are no events or never count.

A late or repeated event stays the same event, and what is malformed or aborted comes on top. So the truth is always the
events themselves, and what a reader makes of the records can be held against it (`truth`).
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from components.shell.errors import ConfigurationError
from stockpot.samples.broken import WAYS
from stockpot.samples.events import TOPICS, Event, crowd, history

EVENT, REPEAT, MALFORMED, ABORTED = "event", "repeat", "malformed", "aborted"
LATEST = timedelta(hours=48)
_SOONEST_LATE = timedelta(minutes=10)
# Beyond it, a pipeline that lets one in a hundred pass would rightly stop.
_MOST_MALFORMED = 0.01


@dataclass(frozen=True)
class Shares:
    """Which share of events comes twice, late, beside a malformed record, or once more in an aborted transaction.

    Nothing tells a repeated view from a second one, so views are repeated only with `repeat_views`; each then counts.
    """

    repeated: float = 0.05
    late: float = 0.05
    malformed: float = 0.005
    aborted: float = 0.02
    repeat_views: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no share, and so many malformed records that every reader would stop.

        Raises:
            ConfigurationError: a share is not from 0 to 1, or `malformed` not below one in a hundred.
        """
        for name in ("repeated", "late", "malformed", "aborted"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigurationError(f"--{name} {getattr(self, name)} is no share", "give a number from 0 to 1")
        if self.malformed >= _MOST_MALFORMED:
            raise ConfigurationError(
                f"--malformed {self.malformed} is too much: readers stop at {_MOST_MALFORMED}", "give less"
            )


class Record(NamedTuple):
    """A record as the log takes it: topic, time in milliseconds, value, what becomes of it, and its event.

    `outcome` is `event`, `repeat` (an event that is there already), `malformed`, or `aborted` (its transaction was).
    """

    topic: str
    known_at: int
    value: bytes
    outcome: str
    event: Event


def stream(seed: int, events: int, images: int, shares: Shares) -> Iterator[list[Record]]:
    """The records of the sample's history and of `events` more events on `images` more images, in groups.

    The same arguments give the same records. Within a group, records stand in the order in which the log takes them.
    """
    rng = random.Random(seed)  # noqa: S311 - the same every time, not a secret
    yield delivered(rng, history(rng), shares)
    for group in crowd(rng, events, images):
        yield delivered(rng, group, shares)


def delivered(rng: random.Random, events: Sequence[Event], shares: Shares) -> list[Record]:
    """The records of the events, in the order in which the log takes them."""
    records = [
        Record(TOPICS[one.kind], known_at, one.value.encode(), EVENT, one)
        for one, known_at in zip(events, _arrivals(rng, events, shares), strict=True)
    ]
    records += [*_repeated(rng, records, shares), *_spoilt(rng, records, shares), *_aborted(rng, records, shares)]
    records.sort(key=lambda record: record.known_at)
    return records


def _arrivals(rng: random.Random, events: Sequence[Event], shares: Shares) -> list[int]:
    """When the log takes each: mostly within seconds, which is enough to mix their order; some up to 48 hours later."""
    soonest, latest = (moment // timedelta(milliseconds=1) for moment in (_SOONEST_LATE, LATEST))
    draw, late = rng.random, shares.late
    return [
        one.at // 1000 + (soonest + int((latest - soonest) * draw()) if draw() < late else 1 + int(3000 * draw() ** 3))
        for one in events
    ]


def _some(rng: random.Random, records: Sequence[Record], share: float) -> list[Record]:
    return rng.sample(records, int(len(records) * share))


def _repeated(rng: random.Random, records: Sequence[Record], shares: Shares) -> Iterator[Record]:
    """Deliveries that the producer took for lost and made again."""
    able = records if shares.repeat_views else [record for record in records if record.event.event_id]
    for record in _some(rng, able, shares.repeated):
        outcome = REPEAT if record.event.event_id else EVENT
        yield record._replace(known_at=record.known_at + rng.randrange(1, 60_000), outcome=outcome)


def _spoilt(rng: random.Random, records: Sequence[Record], shares: Shares) -> Iterator[Record]:
    for number, record in enumerate(_some(rng, records, shares.malformed)):
        value = WAYS[number % len(WAYS)](record.event.value)
        yield record._replace(value=value, known_at=record.known_at + 1, outcome=MALFORMED)


def _aborted(rng: random.Random, records: Sequence[Record], shares: Shares) -> Iterator[Record]:
    """What a producer sent, took back, and sends again in its next transaction."""
    for record in _some(rng, records, shares.aborted):
        yield record._replace(known_at=record.known_at - 1, outcome=ABORTED)


def truth(groups: Iterable[Sequence[Record]]) -> list[Event]:
    """What a reader must find in the records: every event once, and every view as often as the log took it."""
    return [record.event for group in groups for record in group if record.outcome == EVENT]
