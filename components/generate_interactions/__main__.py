"""Entry of the step `generate_interactions`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.generate_interactions.bring import Request, bring
from components.shell import step


@dataclass(frozen=True)
class Arguments:
    """Bring the interactions of a feed, its users and its items."""

    source: str
    source_path: str
    config: str
    until: datetime
    interactions: Path
    users: Path
    items: Path
    summary: Path
    workers: int = 2


def main(arguments: Arguments) -> None:
    """Write the three datasets and the summary."""
    request = Request(arguments.source, arguments.source_path, arguments.config, arguments.until, arguments.workers)
    directories = {"interactions": arguments.interactions, "users": arguments.users, "items": arguments.items}
    bring(request, directories).write(arguments.summary)


if __name__ == "__main__":
    step.run(main)
