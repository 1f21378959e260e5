"""Arguments in, objects out."""

from pathlib import Path

from components.connect import endpoints, store
from components.publish_raw.publish import publish
from components.shell import step


def main(*, raw: Path, run_key: str, bucket: str, summary: Path) -> None:
    """Put each raw table into the data lake, under its run's key and as its latest."""
    client = store.connect(endpoints.object_store())
    publish(client, bucket, raw, run_key).write(summary)


if __name__ == "__main__":
    step.run(main)
