"""A run beside the one before it, by what is on record of both."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.end_run.past import Recorded
from components.pages import changes
from components.pages.drift import in_common
from components.pages.model import Change, Comparison

_WARNED = "warned"
_NOT_WARNED = "not warned of"
_COUNTS = {"Expectations met": "met", "Expectations warned of": _WARNED}


def compared(before: Recorded, now: Recorded, address: str) -> Comparison:
    """Rows, the label, the data contract, columns that have moved, and time; `address` is of the other's page."""
    before_quality, quality = _quality(before), _quality(now)
    rules = _warned(before), _warned(now)
    return Comparison(
        run_id=before.run_id,
        address=address,
        figures=[
            *changes.of_rows(before, now),
            *(
                each
                for name, state in _COUNTS.items()
                for each in _counted(name, before_quality.get(state), quality.get(state))
            ),
            *changes.duration(before.seconds, now.seconds),
        ],
        columns=list(changes.columns(before, now)),
        has_columns=bool(in_common(before, now)),
        rules=list(_rules(*rules)),
        has_rules=None not in rules,
    )


def _quality(run: Recorded) -> Mapping[str, Any]:
    """What the check of the run's own table has said; nothing of rows that another run has committed."""
    return run.quality if isinstance(run.quality, Mapping) and not run.was_done else {}


def _counted(name: str, was: object, now: object) -> Iterator[Change]:
    yield from changes.count(name, was if isinstance(was, int) else None, now if isinstance(now, int) else None)


def _warned(run: Recorded) -> set[str] | None:
    """The rules that the run was warned by; None where nobody was asked, or details had no room for all of them."""
    quality = _quality(run)
    if not isinstance(quality.get("met"), int) or isinstance(quality.get("warnings"), str):
        return None
    return {warning.partition(": ")[0] for warning in run.warnings}


def _rules(was: set[str] | None, now: set[str] | None) -> Iterator[Change]:
    if was is not None and now is not None:
        yield from (Change(name, _NOT_WARNED, _WARNED) for name in sorted(now - was))
        yield from (Change(name, _WARNED, _NOT_WARNED) for name in sorted(was - now))
