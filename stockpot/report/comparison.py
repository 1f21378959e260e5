"""A run beside the one before it: figures, columns that have moved, and rules that came out otherwise."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from components.pages import changes, figures, parts
from components.pages.model import Change, Comparison
from stockpot.local.records import Run, State
from stockpot.report.kept import Kept, in_common, is_exchanged, moves, read_kept

# Below it a column has moved by little (`moves`).
_LITTLE = 0.1
_MOST_COLUMNS = 8
_NOT_ASKED = "not asked"
_EXCHANGED = "one value → another"


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
                figures=[*_figures(before, now), *changes.duration(_seconds(each), _seconds(run))],
                columns=list(_columns(before, now)),
                has_columns=bool(in_common(before, now)),
                rules=list(_rules(before, now)),
                has_rules=bool(before.rules and now.rules),
            )
    return None


def _figures(before: Kept, now: Kept) -> Iterator[Change]:
    yield from changes.count("Rows", before.rows, now.rows)
    yield from changes.count("Rejected", before.rejected, now.rejected)
    if before.label == now.label and before.label_share is not None and now.label_share is not None:
        points = 100 * (now.label_share - before.label_share)
        was_share, share = figures.share(before.label_share, 1), figures.share(now.label_share, 1)
        yield Change(f"Share of {now.label}", was_share, share, f"{points:+.1f} points")


def _seconds(run: Run) -> float | None:
    if not run.ended:
        return None
    return (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.created)).total_seconds()


def _columns(before: Kept, now: Kept) -> Iterator[Change]:
    """The means of the columns that have moved most, with how many standard deviations.

    What was one value in all rows and is another is shown as that: no row says how far it is from one to the other.
    """
    far = sorted((move for move in moves(before, now) if move[0] >= _LITTLE), key=lambda move: (-move[0], move[1]))
    for by, name in far[:_MOST_COLUMNS]:
        was, is_ = before.moments_of(name)[0], now.moments_of(name)[0]
        moved = _EXCHANGED if is_exchanged(before, now, name) else f"{'-' if is_ < was else '+'}{by:.2f} sd"
        yield Change(name, figures.number(was), figures.number(is_), moved)


def _rules(before: Kept, now: Kept) -> Iterator[Change]:
    """The rules that came out otherwise; one that only one of the runs has asked, where it was not met."""
    if not before.rules or not now.rules:
        return
    for name in dict.fromkeys((*now.rules, *before.rules)):
        was, is_ = before.rules.get(name, _NOT_ASKED), now.rules.get(name, _NOT_ASKED)
        if was != is_ and {was, is_} != {"met", _NOT_ASKED}:
            yield Change(name, was, is_)
