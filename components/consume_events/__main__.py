"""`python -m components.consume_events`: records of topics, as events and as rejected ones."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.consume_events.consume import Outputs, Request, consume
from components.consume_events.offsets import parse_offsets, parse_topics
from components.consume_events.source import source
from components.shell import step
from components.shell.events.definition import parse_events


@dataclass(frozen=True)
class Arguments:
    """Bring the records of a share that `plan_offsets` has cut, as events and as rejected ones."""

    topics: dict[str, Any]
    kinds: list[Any]
    spans: dict[str, Any]
    events: Path
    rejected: Path
    summary: Path
    event_types: dict[str, Any] = field(default_factory=dict)
    most_rejected: float = 0.01
    of_run: int = 0
    events_dir: str = ""


def main(arguments: Arguments) -> None:
    """Read the share and write events, rejected records and figures."""
    events = {kind: event.renamed(arguments.event_types) for kind, event in parse_events(arguments.kinds).items()}
    topics, spans = parse_topics(arguments.topics, events), parse_offsets(arguments.spans)
    request = Request(topics, spans, arguments.most_rejected, arguments.of_run, tuple(events.values()))
    outputs = Outputs(arguments.events, arguments.rejected, arguments.summary)
    done = consume(source(arguments.events_dir), request, outputs)
    print(f"{done.rows_out} events of {done.rows_in} records taken, {done.rows_rejected} rejected")


if __name__ == "__main__":
    step.run(main)
