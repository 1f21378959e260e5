"""`python -m components.consume_events`: what topics have gained since the last commit."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.consume_events.consume import Outputs, Request, consume
from components.consume_events.offsets import parse_committed, parse_topics
from components.consume_events.source import source
from components.shell import step


@dataclass(frozen=True)
class Arguments:
    """Bring what the topics have gained since the last commit, up to where they end as the step begins."""

    topics: dict[str, Any]
    after: dict[str, Any]
    events: Path
    rejected: Path
    offsets: Path
    summary: Path
    most_rejected: float = 0.01
    spans: dict[str, Any] = field(default_factory=dict)
    events_dir: str = ""


def main(arguments: Arguments) -> None:
    """Read the topics and write events, rejected records and offsets."""
    request = Request(
        parse_topics(arguments.topics),
        parse_committed(arguments.after),
        arguments.most_rejected,
        parse_committed(arguments.spans),
    )
    outputs = Outputs(arguments.events, arguments.rejected, arguments.offsets, arguments.summary)
    done = consume(source(arguments.events_dir), request, outputs)
    print(f"{done.rows_out} events of {done.rows_in} records taken, {done.rows_rejected} rejected")


if __name__ == "__main__":
    step.run(main)
