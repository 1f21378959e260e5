"""`python -m components.consume_events`: records of topics, as events and as rejected ones."""

from pathlib import Path
from typing import Any

from components.consume_events.consume import Outputs, Request, consume
from components.consume_events.offsets import parse_offsets, parse_topics
from components.consume_events.source import source
from components.shell import step
from components.shell.counts import counted
from components.shell.events.definition import AS_DEFINED, parse_events


def main(
    *,
    topics: dict[str, Any],
    kinds: list[Any],
    spans: dict[str, Any],
    events: Path,
    rejected: Path,
    summary: Path,
    event_types: dict[str, Any] | None = None,
    future_minutes: int = AS_DEFINED,
    most_rejected: float = 0.01,
    of_run: int = 0,
    events_dir: str = "",
) -> None:
    """Bring the records of a share that `plan_offsets` has cut, as events and as rejected ones."""
    defined = parse_events(kinds)
    known = {kind: event.renamed(event_types or {}).within(future_minutes) for kind, event in defined.items()}
    asked = parse_topics(topics, known)
    request = Request(asked, parse_offsets(spans), most_rejected, of_run, tuple(known.values()))
    outputs = Outputs(events, rejected, summary)
    done = consume(source(events_dir), request, outputs)
    print(
        f"{counted(done.rows_out, 'event')} of {counted(done.rows_in, 'record')} taken, {done.rows_rejected:,} rejected"
    )


if __name__ == "__main__":
    step.run(main)
