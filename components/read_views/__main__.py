"""Arguments in, views out."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.read_views.read import Outputs, Request, read
from components.shell import endpoints, step, store


@dataclass(frozen=True)
class Arguments:
    """Bring the views of images uploaded in the interval into one form."""

    views_from: str
    source: str
    bucket: str
    interval_start: datetime
    interval_end: datetime
    views: Path
    rejected: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Read the views and write what was found; with milestones the store is not asked."""
    request = Request(
        arguments.views_from, arguments.source, arguments.bucket, arguments.interval_start, arguments.interval_end
    )
    outputs = Outputs(arguments.views, arguments.rejected, arguments.summary)
    read(lambda: store.connect(endpoints.object_store()), request, outputs)


if __name__ == "__main__":
    step.run(main)
