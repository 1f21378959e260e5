"""Intervals for people: those that stand alike in one line, so that a long time is a short list."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from components.shell.counts import counted
from components.shell.instants import format_instant
from stockpot.backfill.intervals import Interval
from stockpot.display.columns import columns

_WIDTH = 80
_UNKNOWN = "-"
_HEADS = ("FROM", "TO", "STATE", "WOULD", "RUNS", "ROWS", "SOURCE")


def listing(intervals: Sequence[Interval], wanted: Sequence[Interval]) -> str:
    """A line per stretch of intervals of one state, with who says so below it, and how many are to run."""
    chosen = set(wanted)
    stretches = [list(group) for _, group in groupby(intervals, key=lambda one: (one.state, one in chosen))]
    rows = [_cells(stretch, stretch[0] in chosen) for stretch in stretches]
    # Nobody counts for a run, and not everything can be counted.
    shown = [column for column in range(len(_HEADS)) if not rows or any(row[column] != _UNKNOWN for row in rows)]
    table = columns([_HEADS[column] for column in shown], [[row[column] for column in shown] for row in rows])
    head, *lines = table.splitlines()
    body = [part for line, stretch in zip(lines, stretches, strict=True) for part in (line, *_notes(stretch))]
    return "\n".join([head, *body, f"{len(wanted):,} of {counted(len(intervals), 'interval')} to run"])


def _cells(stretch: Sequence[Interval], runs: bool) -> list[str]:
    first, last = stretch[0], stretch[-1]
    counts = (_sum(one.rows for one in stretch), _sum(one.source_rows for one in stretch))
    return [
        _short(first.start), _short(last.until), first.state, "run" if runs else "leave", str(len(stretch)), *counts
    ]  # fmt: skip


def _short(instant: datetime) -> str:
    """The instant, without seconds where there are none: two of them and all else fit a terminal's line."""
    return (
        format_instant(instant).removesuffix(":00Z") + "Z"
        if not instant.second and not instant.microsecond
        else format_instant(instant)
    )


def _notes(stretch: Sequence[Interval]) -> list[str]:
    notes = [one.note for one in stretch if one.note]
    if not notes:
        return []
    line = f"  {'' if len(notes) == 1 else 'the last '}by {' '.join(notes[-1].split())}"
    return [line if len(line) <= _WIDTH else line[: _WIDTH - 1] + "…"]


def _sum(counts: Iterable[int | None]) -> str:
    """The sum of the counts; a dash where one is unknown."""
    total = 0
    for count in counts:
        if count is None:
            return _UNKNOWN
        total += count
    return str(total)
