"""From where to where each partition is read, and when that cannot be done any more.

The offsets of a commit are a JSON object, `{topic: {"id": …, "partitions": {number: {"start": …, "end": …}}}}`: `start`
is the first offset read, `end` the one to go on from. What one run wrote, the next one continues. Where records between
two commits are lost, and somebody said to go on all the same, the topic has `"after": {number: …}` beside: where the
commit before had ended. Of many partitions, such as the files of an archive, `components.shell.spans` packs the spans.

Beside stands what whoever trusts the table has to know: `"kind"`, the definition of its events, `"lost_until"`, when a
run looked that found records gone, `"waiting": {number: …}`, how far the log went where records of transactions that
were open were left to later runs, and `"looked"`, when a run first looked at the topic. The first commit of a table
that is to begin at an instant has `"since"`, that instant, and `"cut": {number: …}`, where partitions begin that had
lost what may have become known from then on.
"""

import difflib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from components.shell import spans as written_spans
from components.shell.errors import ConfigurationError, SourceGoneError
from components.shell.events.definition import Event
from components.shell.events.files import ARCHIVED
from components.shell.instants import format_instant

log = logging.getLogger(__name__)

# As Kafka has it; below an archive a topic is a folder.
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
_SHAPE = 'write {topic: {"id": "…", "partitions": {"0": {"start": 0, "end": 10}}}}, as this step does'
# What may stand beside the spans of a topic: offsets by partition, and texts.
_BY_PARTITION, _TEXTS = ("after", "waiting", "cut"), ("lost_until", "kind", "looked", "since")
_GO_ON = (
    "the lost records cannot be brought back from here: with the parameter fail_on_data_loss=false a run goes on with"
    " what the topic holds now, and the table says from when on it is complete"
)


@dataclass(frozen=True)
class Span:
    """Offsets `[start, end)` of a partition; not every offset between holds a record."""

    start: int
    end: int


@dataclass(frozen=True)
class Topic:
    """A topic: the id it got when it was made (empty where the broker gives none), and a span per partition.

    Partitions that are files have a name by which people know them. `after` says of each partition where the last
    commit ended, if records from there on are lost; it is empty otherwise. Of what became known before `lost_until`,
    an instant as text, some was never read; it is empty where nothing was missed. `waiting` says of partitions that end
    before records of an open transaction how far the log goes. `kind` is that of its events, where a run wrote it.
    `looked` is when a run first looked at the topic; where earlier versions did not write it, the first that does.
    `since` is where a new table is to begin, and `cut` says of partitions that no longer reached back to it where they
    begin.
    """

    id: str
    partitions: Mapping[int, Span]
    names: Mapping[int, str] = field(default_factory=dict, compare=False)
    after: Mapping[int, int] = field(default_factory=dict)
    lost_until: str = ""
    waiting: Mapping[int, int] = field(default_factory=dict)
    kind: str = ""
    looked: str = ""
    since: str = ""
    cut: Mapping[int, int] = field(default_factory=dict)

    def partition_name(self, name: str, number: int) -> str:
        """The words for a partition, where the topic has this name."""
        return self.names.get(number, f"partition {number} of topic {name}")


Offsets = Mapping[str, Topic]
PartitionOffsets = Mapping[str, Mapping[int, int]]
"""An offset per topic and partition."""


def parse_topics(value: Mapping[str, Any], events: Mapping[str, Event]) -> dict[str, Event]:
    """What is an event in each topic, by name, given all definitions by kind.

    Raises:
        ConfigurationError: there is no topic, a name is none of Kafka's, or a kind is unknown.
    """
    if not value:
        raise ConfigurationError("no topics to read", 'write topics as {"TOPIC": "KIND"}')
    for topic, kind in value.items():
        _refuse_odd_name(topic)
        if kind not in events:
            near = difflib.get_close_matches(str(kind), events, n=1)
            todo = f"did you mean {near[0]}?" if near else f"write {', '.join(events)}"
            raise ConfigurationError(f"topic {topic} holds '{kind}', which is unknown", todo)
    return {topic: events[kind] for topic, kind in sorted(value.items())}


def _refuse_odd_name(topic: str) -> None:
    if not _TOPIC.fullmatch(topic):
        raise ConfigurationError(
            f"{topic[:80]!r} is no name of a topic", "write at most 249 letters, digits, dots, _ and -, as Kafka does"
        )


def parse_offsets(value: Mapping[str, Any]) -> dict[str, Topic]:
    """The offsets that the JSON object `value` describes.

    Raises:
        ConfigurationError: it is no such object.
    """
    return {name: _topic(name, topic) for name, topic in value.items()}


def _topic(name: str, value: Any) -> Topic:
    _refuse_odd_name(name)
    try:
        partitions = {number: Span(*span) for number, span in written_spans.read(value).items()}
        places: dict[str, Any] = {
            name: {int(number): _offset(offset) for number, offset in value.get(name, {}).items()}
            for name in _BY_PARTITION
        }
        texts = {name: value.get(name, "") for name in ("id", *_TEXTS)}
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise ConfigurationError(f"the offsets of topic {name} are malformed", _SHAPE) from None
    bent = any(number < 0 or not 0 <= span.start <= span.end for number, span in partitions.items())
    if bent or not all(isinstance(text, str) for text in texts.values()):
        raise ConfigurationError(f"the offsets of topic {name} make no sense", _SHAPE)
    return Topic(texts.pop("id"), partitions, **places, **texts)


def _offset(value: Any) -> int:
    # KFP hands on every number as a double.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 0:
        raise ValueError
    return int(value)


def describe(offsets: Offsets, *, packed: bool = True) -> dict[str, Any]:
    """The JSON object that describes `offsets`; spelled out, or `packed` where that is long."""
    return {name: _described(topic, packed) for name, topic in sorted(offsets.items())}


def _described(topic: Topic, packed: bool) -> dict[str, Any]:
    plain = {number: (span.start, span.end) for number, span in topic.partitions.items()}
    spans = written_spans.written(plain) if packed else written_spans.spelled(plain)
    beside: dict[str, Any] = {
        name: {str(number): offset for number, offset in sorted(getattr(topic, name).items())} for name in _BY_PARTITION
    }
    beside |= {name: getattr(topic, name) for name in _TEXTS}
    return {"id": topic.id, **spans, **{name: value for name, value in beside.items() if value}}


def length(offsets: Offsets) -> int:
    """How many offsets there are to read; not every one holds a record."""
    return sum(span.end - span.start for topic in offsets.values() for span in topic.partitions.values())


def continued(committed: Offsets, present: Offsets, *, fail_on_data_loss: bool = True) -> dict[str, Topic]:
    """The spans to read: each partition from where the last commit ended up to where it ends now.

    `present` says what the topics hold. A partition that is new is read from its beginning. Topics that are no longer
    asked for keep their place, with nothing to read and nothing that is waited for. Without `fail_on_data_loss`, a
    topic of Kafka's whose records are gone goes on with what it holds, and says so in `after`.

    Raises:
        SourceGoneError: records after the last commit are gone, or a topic is not the one that was read before.
    """
    kept = {
        name: replace(
            topic,
            partitions={number: Span(span.end, span.end) for number, span in topic.partitions.items()},
            after={},
            waiting={},
            since="",
            cut={},
        )
        for name, topic in committed.items()
        if name not in present
    }
    continuing = {
        name: _continued(name, committed[name], topic, fail_on_data_loss) if name in committed else topic
        for name, topic in present.items()
    }
    return kept | continuing


def _continued(name: str, before: Topic, now: Topic, fail_on_data_loss: bool) -> Topic:
    if before.id != now.id and ARCHIVED in {before.id, now.id}:
        was, is_now = (("files" if identity == ARCHIVED else "Kafka") for identity in (before.id, now.id))
        text = f"topic {name} was read from {was} before, not from {is_now}"
        raise SourceGoneError(text, "go on with that source, or let the pipeline fill tables of their own")
    if now.id == ARCHIVED:
        _refuse_changed_files(name, before, now)
    another, passed = _made_again(name, before, now), _passed(name, before, now)
    if not another and not passed:
        return replace(now, partitions=_from_the_last_end(before, now))
    if fail_on_data_loss:
        raise SourceGoneError(another or passed, _GO_ON)
    log.warning("%s; going on with what is there", another or passed)
    after = {number: span.end for number, span in before.partitions.items()}
    return replace(now, partitions=now.partitions if another else _from_the_last_end(before, now), after=after)


def _refuse_changed_files(name: str, before: Topic, now: Topic) -> None:
    for number, span in sorted(before.partitions.items()):
        if number not in now.partitions:
            text = f"a file of topic {name} that was read before has gone, has another name or begins differently"
            raise SourceGoneError(f"{text} (its number was {number})", "bring it back")
        if now.partitions[number].end < span.end:
            text = f"{now.partition_name(name, number)} has lost lines: it had {span.end} at the last commit"
            raise SourceGoneError(text, "bring them back")


def _made_again(name: str, before: Topic, now: Topic) -> str:
    """How it shows that the topic is another one than before; empty where nothing says so."""
    if before.id and now.id and before.id != now.id:
        return f"topic {name} was deleted and made again since the last commit"
    for number, span in sorted(before.partitions.items()):
        if number not in now.partitions:
            return f"topic {name} has no partition {number} any more: it was deleted and made again"
        if (end := now.partitions[number].end) < span.end:
            partition = now.partition_name(name, number)
            return f"{partition} ends at offset {end}, the last commit at {span.end}: it was deleted and made again"
    return ""


def _passed(name: str, before: Topic, now: Topic) -> str:
    """Of which partition retention has removed records that were not read; empty where of none."""
    for number, span in sorted(before.partitions.items()):
        if number in now.partitions and (start := now.partitions[number].start) > span.end:
            partition = now.partition_name(name, number)
            return f"{partition} begins at offset {start}, the last commit ended at {span.end}: retention has passed it"
    return ""


def _from_the_last_end(before: Topic, now: Topic) -> dict[int, Span]:
    return {
        number: Span(max(span.start, before.partitions[number].end), span.end) if number in before.partitions else span
        for number, span in now.partitions.items()
    }


def annotated(offsets: Offsets, committed: Offsets, kinds: Mapping[str, Event], looked: datetime) -> dict[str, Topic]:
    """The spans with what belongs to them, given when the topics were looked at.

    Records that are gone may have become known until then, whatever instant the run is about. Where a table has been
    filled before, they are missing as well of a topic or a partition that is new to it and has lost its beginning, and
    where a topic is no longer asked for, of which an open transaction had left some to a later run.
    """
    topics = {}
    for name, topic in offsets.items():
        before = committed.get(name, Topic(topic.id, {}))
        new = [span for number, span in topic.partitions.items() if number not in before.partitions]
        cut = bool(committed) and any(span.start for span in new)
        given_up = name not in kinds and bool(before.waiting)
        lost_until = format_instant(looked) if topic.after or cut or given_up else before.lost_until
        kind = kinds[name].kind if name in kinds else topic.kind
        first = before.looked or format_instant(looked)
        topics[name] = replace(topic, lost_until=lost_until, kind=kind, looked=first)
    return topics


def ended(offsets: Offsets, at: PartitionOffsets) -> dict[str, Topic]:
    """The spans, cut where a later instant begins in each partition; what is beyond is left for the next run."""
    return {
        name: replace(
            topic,
            partitions={
                number: Span(span.start, min(span.end, max(span.start, at[name][number])))
                for number, span in topic.partitions.items()
            },
        )
        if name in at
        else topic
        for name, topic in offsets.items()
    }


def begun(offsets: Offsets, at: PartitionOffsets, since: datetime) -> dict[str, Topic]:
    """The spans, begun where `since` begins in each partition, for those who want nothing from before it.

    Where a partition begins no earlier by itself, what is gone of it may have become known from then on.
    """
    return {name: _begun(topic, at[name], format_instant(since)) for name, topic in offsets.items()}


def _begun(topic: Topic, at: Mapping[int, int], since: str) -> Topic:
    partitions = {
        number: Span(min(span.end, max(span.start, at[number])), span.end) for number, span in topic.partitions.items()
    }
    cut = {
        number: span.start
        for number, span in topic.partitions.items()
        if span.start and partitions[number].start == span.start
    }
    return replace(topic, partitions=partitions, since=since, cut=cut)


def planned(spans: Offsets, present: Offsets) -> Offsets:
    """The spans themselves, when the topics still hold what they name.

    Raises:
        SourceGoneError: records of theirs are gone, or a topic is not the one they were planned for.
    """
    starts = {
        name: Topic(topic.id, {number: Span(span.start, span.start) for number, span in topic.partitions.items()})
        for name, topic in spans.items()
    }
    current = continued(starts, present)
    for name, topic in spans.items():
        short = [number for number, span in topic.partitions.items() if current[name].partitions[number].end < span.end]
        if short:
            raise SourceGoneError(
                f"partition {short[0]} of topic {name} ends before offset {topic.partitions[short[0]].end}, which was"
                " there when the run was planned: it was deleted and made again",
                _GO_ON,
            )
    return spans
