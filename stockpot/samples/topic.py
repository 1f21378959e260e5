"""The views as a dump of the topic `gourmetgram.views`: one gzipped file of JSON lines per day."""

import gzip
import io
import json
from collections.abc import Mapping, Sequence

from components.connect.endpoints import object_store
from components.connect.store import connect, translated
from stockpot.samples.records import View

PREFIX = "events/gourmetgram.views"


def dump(views: Sequence[View]) -> Mapping[str, bytes]:
    """Object names and contents; the same views give the same bytes."""
    days: dict[str, list[str]] = {}
    for view in views:
        days.setdefault(view.viewed_at.date().isoformat(), []).append(_line(view))
    return {
        f"{PREFIX}/{day}.jsonl.gz": gzip.compress("".join(lines).encode(), mtime=0)
        for day, lines in sorted(days.items())
    }


def _line(view: View) -> str:
    # The platform writes this instant without an offset and means UTC.
    instant = view.viewed_at.replace(tzinfo=None).isoformat(timespec="microseconds")
    return json.dumps({"event_type": "view", "image_id": str(view.image_id), "viewed_at": instant}) + "\n"


def upload(views: Sequence[View], bucket: str) -> int:
    """How many objects were put into the bucket of the object store that the environment names.

    Raises:
        ConfigurationError: the bucket does not exist, or the keys are refused.
        TransientError: the store does not answer.
    """
    client = connect(object_store())
    objects = dump(views)
    with translated(bucket):
        for name, content in objects.items():
            client.put_object(bucket, name, io.BytesIO(content), len(content), content_type="application/gzip")
    return len(objects)
