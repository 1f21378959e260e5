"""A figure of a run beside that of the run before it."""

from collections.abc import Iterator

from components.pages import figures
from components.pages.drift import Measured, is_exchanged, moments_of, moves
from components.pages.model import Change

# Below it a column has moved by little (`moves`).
_LITTLE = 0.1
_MOST_COLUMNS = 8
_EXCHANGED = "one value → another"


def count(name: str, was: int | None, now: int | None) -> Iterator[Change]:
    """What was and what is, and by how much that is more or less; nothing where neither is known."""
    if was is not None or now is not None:
        yield Change(name, figures.count(was), figures.count(now), _more(was, now))


def _more(was: int | None, now: int | None) -> str:
    """By how much a number has grown; nothing where it has not, or one of the two is not known."""
    if was is None or now is None or was == now:
        return figures.NONE
    part = f" ({100 * (now - was) / was:+.1f} %)" if was else ""
    return f"{now - was:+,}{part}"


def of_rows(before: Measured, now: Measured) -> Iterator[Change]:
    """How many rows there were and are, how many were rejected, and the label's share, if both runs have that label."""
    yield from count("Rows", before.rows, now.rows)
    yield from count("Rejected", before.rejected, now.rejected)
    if before.label == now.label:
        yield from share(f"Share of {now.label}", before.label_share, now.label_share)


def duration(was: float | None, now: float | None) -> Iterator[Change]:
    """How long the two took; nothing where one of them is not known."""
    if was is not None and now is not None:
        change = f"{'-' if now < was else '+'}{figures.duration(abs(now - was))}"
        yield Change("Duration", figures.duration(was), figures.duration(now), change)


def share(name: str, was: float | None, now: float | None) -> Iterator[Change]:
    """What two shares were and are; nothing where one of them is not known."""
    if was is not None and now is not None:
        yield Change(name, figures.share(was, 1), figures.share(now, 1), f"{100 * (now - was):+.1f} points")


def columns(before: Measured, now: Measured) -> Iterator[Change]:
    """The means of the columns that have moved most, with how many standard deviations.

    What was one value in all rows and is another is shown as that: no row says how far it is from one to the other.
    """
    far = sorted((move for move in moves(before, now) if move[0] >= _LITTLE), key=lambda move: (-move[0], move[1]))
    for by, name in far[:_MOST_COLUMNS]:
        was, is_ = moments_of(before, name)[0], moments_of(now, name)[0]
        moved = _EXCHANGED if is_exchanged(before, now, name) else f"{'-' if is_ < was else '+'}{by:.2f} sd"
        yield Change(name, figures.number(was), figures.number(is_), moved)
