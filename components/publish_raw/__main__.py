"""Arguments in, objects out."""

from dataclasses import dataclass
from pathlib import Path

from components.publish_raw.publish import publish
from components.shell import endpoints, step, store


@dataclass(frozen=True)
class Arguments:
    """Put each raw table into the data lake, under its run's key and as its latest."""

    raw: Path
    run_key: str
    bucket: str
    summary: Path


def main(arguments: Arguments) -> None:
    """Put the tables and write the summary."""
    client = store.connect(endpoints.object_store())
    publish(client, arguments.bucket, arguments.raw, arguments.run_key).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
