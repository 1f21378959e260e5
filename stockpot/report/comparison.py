"""A run beside the one before it: figures, columns that have moved, and rules that came out otherwise."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from components.pages import changes, parts
from components.pages.drift import in_common
from components.pages.model import Change, Comparison
from stockpot.local.records import Run, State
from stockpot.report.kept import Kept, read_kept

_NOT_ASKED = "not asked"


def compared(directory: Path, runs: Sequence[Run], run: Run, now: Kept) -> Comparison | None:
    """The run beside the newest earlier one of its pipeline that has succeeded and kept its figures; None without one.

    `runs` are those of the home, at least of its pipeline, and `directory` is where they lie.
    """
    earlier = [
        each
        for each in runs
        if each.pipeline == run.pipeline
        and each.state is State.SUCCEEDED
        and (each.created, each.id) < (run.created, run.id)
    ]
    for each in sorted(earlier, key=lambda one: (one.created, one.id), reverse=True):
        if (before := read_kept(directory / each.id)) != Kept():
            return Comparison(
                run_id=each.id,
                address=parts.beside(each.id),
                figures=[*changes.of_rows(before, now), *changes.duration(_seconds(each), _seconds(run))],
                columns=list(changes.columns(before, now)),
                has_columns=bool(in_common(before, now)),
                rules=list(_rules(before, now)),
                has_rules=bool(before.rules and now.rules),
            )
    return None


def _seconds(run: Run) -> float | None:
    if not run.ended:
        return None
    return (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.created)).total_seconds()


def _rules(before: Kept, now: Kept) -> Iterator[Change]:
    """The rules that came out otherwise; one that only one of the runs has asked, where it was not met."""
    if not before.rules or not now.rules:
        return
    for name in dict.fromkeys((*now.rules, *before.rules)):
        was, is_ = before.rules.get(name, _NOT_ASKED), now.rules.get(name, _NOT_ASKED)
        if was != is_ and {was, is_} != {"met", _NOT_ASKED}:
            yield Change(name, was, is_)
