"""Two runs in which everything happens that a report can show, with texts of every length."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.shell.datasets import write_dataset
from stockpot.compiler.tracing import Entry
from stockpot.local.records import Run, State, TaskRecord, run_directory, write_run
from stockpot.report.writing import write_report

NASTY = "<script>alert('x')</script> & \"q\" \u202e ]]>"
LONG = "a_very_long_name_of_something_without_a_single_blank_" * 4
TRACE = "\n".join((
    "Traceback (most recent call last):",
    *(f'  File "/app/{LONG}.py", line {line}, in work' for line in range(30)),
    "ValueError: " + LONG,
    "error: ValueError: no room in postgresql://me:hunter22@db/x",
))  # fmt: skip
ENTRY = Entry("demo", "A demo", None, "", "", label="flagged", groups=("kind",), table="shop.customers")
_ROWS = {
    "id": ["r1", "r2", "r3"],
    "email": ["ada@example.org"] * 3,
    "kind": ["x", "y", "x"],
    "flagged": [True, False, True],
    "told": [NASTY, LONG * 9, None],
    "vector": [[0.25] * 384] * 3,
    "home": [{"postal_code": "10115", "floor": 1}] * 3,
    "access_token": ["abc"] * 3,
    LONG: [1.5, float("nan"), 3.0],
}
_SOURCE = {"system": "7713351370738923738", "lsn": "0/17ABE90", "taken_at": "2026-01-15T00:00:01Z"}
_WAITED = {"asked": "2026-01-15T00:00:00Z", "ready": "2026-01-15T00:00:01Z"}


def eventful(home: Path) -> tuple[Path, Path]:
    """The reports of a run that succeeded and of the one after it, which failed."""
    return _report(home, 1), _report(home, 2, state=State.FAILED, exit_code=1, error=f"load: {LONG}")


def _report(home: Path, day: int, **more: Any) -> Path:
    at = f"2026-01-{day:02d}T03:00:00Z"
    given = {"as_of": at, "note": f"it's {LONG}", "password": "hunter22"}
    about = {"id": f"demo-{day}", "pipeline": "demo", "description": LONG, "reference": "demo", "plan": "0" * 64}
    ended = {
        "as_of": at,
        "created": at,
        "state": State.SUCCEEDED,
        "exit_code": 0,
        "ended": at.replace("00:00Z", "09:07Z"),
    }
    run = Run(**{**about, **ended, "parameters": given, "given": given, "tasks": _tasks(failed=bool(more)), **more})
    _leave(run_directory(home, run.id) / "steps", failed=bool(more))
    write_run(run_directory(home, run.id), run)
    return write_report(home, run, ENTRY)


def _tasks(*, failed: bool) -> tuple[TaskRecord, ...]:
    source = {"tables": {"customers": {"rows": 9}, LONG: {"rows": 12_345}}, "source": _SOURCE}
    read = {"table": "shop.orders", "snapshot_id": "11"}
    load = {"table": "shop.customers", "snapshot_id": "6582198712244222937"}
    return (
        _task("extract", rows_in=9, rows_out=7, rows_rejected=2, details=source, rejected=True, **_WAITED),
        _task("orders", rows_in=4, rows_out=4, details=read),
        _task("make", ("extract", "orders"), title=LONG, details={"removed": {LONG: 3, "minors": 1}, "n" * 60: 10**17}),
        _task("check", ("make",), state=State.FAILED if failed else State.SUCCEEDED, error=LONG if failed else ""),
        _task("load", ("check",), rows_in=3, rows_out=3, details=load, receipt=True),
    )


def _task(
    name: str, after: tuple[str, ...] = (), *, rejected: bool = False, receipt: bool = False, **more: Any
) -> TaskRecord:
    at = {"started": "2026-01-15T00:00:01Z", "ended": "2026-01-15T00:00:03Z", "attempts": 1}
    left = [output for output, is_there in (("rejected", rejected), ("receipt", receipt)) if is_there]
    artifacts = {output: f"steps/{name}/outputs/{output}" for output in left}
    return TaskRecord(
        **{
            "id": name,
            "name": name,
            "kind": "container",
            "after": after,
            "state": State.SUCCEEDED,
            **at,
            "artifacts": artifacts,
            **more,
        }
    )


def _leave(steps: Path, *, failed: bool) -> None:
    """What the steps have left: rows, rejected rows, a receipt, a contract's results, a log."""
    for name in ("extract", "orders", "make", "check", "load"):
        (steps / name / "outputs").mkdir(parents=True)
    _write(steps / "extract" / "outputs" / "rejected", {"reason": ["not a number", NASTY, "not a number"]})
    _write(steps / "make" / "outputs" / "rows", _ROWS)
    (steps / "load" / "command.json").write_text(json.dumps(["load", "--rows", str(steps / "make/outputs/rows")]))
    (steps / "load" / "outputs" / "receipt").write_text(json.dumps({"stockpot.run-id": "x", LONG: LONG}))
    rule = {
        "rule": "ranges",
        "columns": [LONG],
        "expected": LONG,
        "observed": LONG,
        "state": "warned" if failed else "met",
    }
    (steps / "check" / "outputs" / "results").write_text(json.dumps({"expectations": [rule]}))
    (steps / "check" / "stderr").write_text("\n".join(["2026-01-15T00:00:01Z INFO begun"] * 40 + [TRACE]))


def _write(place: Path, columns: dict[str, Any]) -> None:
    rows = pa.table(columns)
    write_dataset(place, rows.schema, rows.to_batches())
