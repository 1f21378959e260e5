"""A figure of a run beside that of the run before it."""

from collections.abc import Iterator

from components.pages import figures
from components.pages.model import Change


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


def duration(was: float | None, now: float | None) -> Iterator[Change]:
    """How long the two took; nothing where one of them is not known."""
    if was is not None and now is not None:
        change = f"{'-' if now < was else '+'}{figures.duration(abs(now - was))}"
        yield Change("Duration", figures.duration(was), figures.duration(now), change)
