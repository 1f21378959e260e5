"""Whether the offsets of a load go on exactly where those of the last commit ended.

Offsets are the JSON that `consume_events` writes: `{topic: {"id": …, "partitions": {number: {"start": …, "end": …}}}}`;
of many partitions, as `components.shell.spans` packs them.
A topic of which records were lost since the last commit has `"after": {number: …}` beside, where that commit had ended.
What else stands there (`lost_until`, `waiting`, `kind`, `looked`, `since`, `cut`) is for whoever reads the table.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.shell import spans
from components.shell.errors import ConfigurationError, SupersededError

Offsets = Mapping[str, Any]


def canonical(offsets: Offsets) -> str:
    """The offsets as text that is the same for the same offsets: KFP hands on every number as a double.

    Raises:
        ConfigurationError: they are no offsets.
    """
    try:
        converted = {topic: _canonical(value) for topic, value in offsets.items()}
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        raise ConfigurationError("the offsets are malformed", "hand on what plan_offsets wrote") from None
    return json.dumps(converted, sort_keys=True, separators=(",", ":"))


def _canonical(topic: Mapping[str, Any]) -> dict[str, Any]:
    written = spans.written(spans.read(topic))
    beside: dict[str, Any] = {
        name: {str(int(number)): int(offset) for number, offset in topic.get(name, {}).items()}
        for name in ("after", "waiting", "cut")
    }
    beside |= {name: str(topic.get(name, "")) for name in ("lost_until", "kind", "looked", "since")}
    return {
        "id": str(topic.get("id", "")),
        **written,
        **{name: value for name, value in beside.items() if value},
    }


def lossy(offsets: Offsets) -> bool:
    """Whether records of any topic were lost since the commit before."""
    return any(topic.get("after") for topic in offsets.values())


def moved(offsets: Offsets) -> bool:
    """Whether there is anything between start and end of any partition."""
    return any(start < end for _, _, start, end in _spans(offsets))


def ends(offsets: Offsets) -> dict[str, dict[str, int]]:
    """Where each partition is to be gone on from: topic → partition → offset."""
    by_topic: dict[str, dict[str, int]] = {}
    for topic, number, _, end in _spans(offsets):
        by_topic.setdefault(topic, {})[number] = end
    return by_topic


def refuse_gap(last: Offsets, load: Offsets) -> None:
    """Nothing, if `load` begins where `last` ended, partition by partition; what is new may begin anywhere.

    Where records were lost, it does not begin there, and says that it was planned from there.

    Raises:
        SupersededError: somebody else has committed since `load` was planned, or the table was rolled back since.
    """
    starts = {(topic, number): start for topic, number, start, _ in _spans(load)}
    for topic, value in load.items():
        starts |= {(topic, number): int(offset) for number, offset in value.get("after", {}).items()}
    for topic, number, _, end in _spans(last):
        start = starts.get((topic, number))
        if start != end:
            raise SupersededError(
                f"this run has been overtaken: the table holds partition {number} of {topic} up to offset {end},"
                f" the run goes on from {'nowhere' if start is None else start}",
                "nothing was changed; the next run goes on from where the table is",
            )


def _spans(offsets: Offsets) -> Iterator[tuple[str, str, int, int]]:
    for topic, value in sorted(offsets.items()):
        for number, (start, end) in sorted(spans.read(value).items()):
            yield topic, str(number), start, end
