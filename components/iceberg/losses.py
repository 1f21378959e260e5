"""Up to when records are missing, by the offsets in a receipt."""

import json
from collections.abc import Collection
from datetime import datetime

from components.shell.instants import EPOCH, parse_instant


def lost_until(offsets: str, topics: Collection[str] | None = None) -> datetime:
    """The instant before which some of what became known was never read; the epoch where nothing was missed.

    Of all topics, or of these alone. `consume_events` says so when it plans a run, and every later one hands it on.
    """
    by_topic = json.loads(offsets) if offsets else {}
    documents = [value for name, value in by_topic.items() if topics is None or name in topics]
    return max((parse_instant(one["lost_until"]) for one in documents if one.get("lost_until")), default=EPOCH)
