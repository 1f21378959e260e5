"""Entry of the step `generate_interactions`."""

from datetime import datetime
from pathlib import Path

from components.generate_interactions.bring import Request, bring
from components.shell import step


def main(
    *,
    source: str,
    source_path: str,
    config: str,
    until: datetime,
    interactions: Path,
    users: Path,
    items: Path,
    summary: Path,
    workers: int = 2,
) -> None:
    """Bring the interactions of a feed, its users and its items."""
    request = Request(source, source_path, config, until, workers)
    directories = {"interactions": interactions, "users": users, "items": items}
    bring(request, directories).write(summary)


if __name__ == "__main__":
    step.run(main)
