"""`python -m components.event_tables.windows`: counted windows take their place in their tables."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.event_tables.replace import replace_windows
from components.event_tables.touched import Plan, parse_plan
from components.shell import step
from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically
from components.shell.receipts import Receipt
from components.shell.summary import Summary
from components.shell.tables import parse_definition


@dataclass(frozen=True)
class Arguments:
    """Replace the windows that were counted anew, one commit per table; repeated, change nothing."""

    counted: Path
    plan: Path
    windows: dict[str, Any]
    pipeline: str
    version: str
    receipts: Path
    summary: Path


def main(arguments: Arguments) -> None:
    """Commit table after table, and hand on the receipts and the figures."""
    plan = parse_plan(json.loads(arguments.plan.read_bytes()))
    if unknown := sorted(set(plan.parts) ^ set(arguments.windows)):
        raise ConfigurationError(f"plan and tables do not agree on '{unknown[0]}'", "give both the same tables")
    done: dict[str, Any] = {}
    rows = 0
    for kind, value in sorted(arguments.windows.items()):
        definition = parse_definition(value)
        found = replace_windows(definition, _receipt(arguments, plan, kind), plan.parts[kind], kind, arguments.counted)
        rows += 0 if found.already else found.receipt.rows
        done[definition.name] = dict(found.summary)
        said = "nothing changed" if found.already else f"{found.receipt.rows} windows committed"
        print(f"{definition.name}: {said} (snapshot {found.receipt.snapshot_id})")
    write_atomically(arguments.receipts, json.dumps(done, indent=2, sort_keys=True).encode())
    details = {"snapshots": {name: summary["snapshot-id"] for name, summary in done.items()}}
    Summary(rows_in=rows, rows_out=rows, details=details).write(arguments.summary)


def _receipt(arguments: Arguments, plan: Plan, kind: str) -> Receipt:
    part = plan.parts[kind]
    return Receipt(
        run_key=part.run_key,
        pipeline=arguments.pipeline,
        interval_start=part.since,
        interval_end=plan.as_of,
        as_of=plan.as_of,
        version=arguments.version,
        git_commit=os.environ.get("STOCKPOT_GIT_COMMIT", ""),
        offsets=plan.offsets,
    )


if __name__ == "__main__":
    step.run(main)
