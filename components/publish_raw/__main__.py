"""Arguments in, objects out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from components.connect import endpoints, store
from components.publish_raw.publish import publish
from components.shell import step
from components.shell.errors import ConfigurationError
from components.shell.instants import EPOCH


def main(*, raw: Path, run_key: str, bucket: str, summary: Path, raw_keep_days: int = 30) -> None:
    """Put each raw table into the data lake, under its run's key and as its latest; remove those of old runs."""
    try:
        kept_since = datetime.now(UTC) - timedelta(days=raw_keep_days)
    except OverflowError:
        kept_since = EPOCH
    if raw_keep_days < 1:
        raise ConfigurationError(f"raw_keep_days is {raw_keep_days}", "give 1 or more")
    client = store.connect(endpoints.object_store())
    publish(client, bucket, raw, run_key, kept_since).write(summary)


if __name__ == "__main__":
    step.run(main)
