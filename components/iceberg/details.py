"""What the steps of a run say of their work, as its receipt keeps it: by step, as JSON of bounded size.

Every version of a table's metadata holds the summaries of all its snapshots, so a receipt has no room for more.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.iceberg.lateness import spans
from components.shell.counts import counted
from components.shell.summary import Summary

if TYPE_CHECKING:
    from components.iceberg.receipts import Receipt

MOST_LETTERS = 8 << 10
FEATURES, QUALITY, LOAD = "features", "quality", "load"
"""The steps that are named in details: who made the rows, who checked them, and who committed them."""

# What became of values that did not fit the table, by policy.
_UNFIT = {"reject": "reasons", "null": "nulled", "clamp": "clamped"}
_COUNTS = ("rows_in", "rows_out", "rows_rejected")


def details_text(steps: Mapping[str, Summary]) -> str:
    """What the steps say, by name, as JSON that Postgres takes; empty where no step says anything.

    Of more than `MOST_LETTERS`, the longest parts give way to a word on their size, then all but the counts.
    """
    details = {step: {**_sound(summary.details), **_counts(summary)} for step, summary in steps.items()}
    sizes = {
        (step, part): _size(details, step, part) for step in details for part in details[step] if part not in _COUNTS
    }
    left = len(_text(details))
    for (step, part), size in sorted(sizes.items(), key=lambda each: -each[1]):
        if left <= MOST_LETTERS or size <= len(_left_out(MOST_LETTERS)):
            break
        details[step][part] = _left_out(size)
        left -= size - _size(details, step, part)
    if len(text := _text(details)) > MOST_LETTERS:
        return _text({step: {name: own[name] for name in _COUNTS} for step, own in details.items()})
    return text if steps else ""


def parse_details(text: str) -> dict[str, Any]:
    """What `details_text` wrote, by step."""
    return dict(json.loads(text)) if text else {}


@dataclass(frozen=True)
class Committed:
    """The key and the snapshot of a commit, its rows in, out and rejected, and what its steps said, by step."""

    run_key: str
    snapshot_id: int
    rows_in: int
    rows_out: int
    rows_rejected: int
    details: Mapping[str, Any]


def of_commit(receipt: "Receipt") -> Committed:
    """What the receipt says for the record: rows came to the step that made them, else to the load; both may reject."""
    load = of_load(receipt)
    details = {LOAD: {**load.details, **_counts(load)}, **parse_details(receipt.details)}
    rejected = sum(detail["rows_rejected"] for step, detail in details.items() if step in (FEATURES, LOAD))
    came = details.get(FEATURES, details[LOAD])["rows_in"]
    return Committed(receipt.run_key, receipt.snapshot_id, came, receipt.rows, rejected, details)


def of_load(receipt: "Receipt") -> Summary:
    """What the receipt says of the load itself: rows that came, are loaded and were rejected; why; and late facts."""
    unfit = parse_details(receipt.unfit)
    away = sum(unfit.get("reject", {}).values())
    details = {
        "late": {"reopened": spans(receipt.reopened), "left": spans(receipt.late)},
        **{_UNFIT[policy]: reasons for policy, reasons in unfit.items()},
    }
    return Summary(receipt.rows + away, receipt.rows, away, details)


def _counts(summary: Summary) -> dict[str, int]:
    return {name: getattr(summary, name) for name in _COUNTS}


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)


def _size(details: Mapping[str, Mapping[str, Any]], step: str, part: str) -> int:
    return len(_text({part: details[step][part]}))


def _left_out(size: int) -> str:
    return f"{counted(size, 'letter')} left out"


def _sound(value: Any) -> Any:
    """The value without what JSON or Postgres have no form for: the null character, half characters, no number."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {_sound(str(name)): _sound(each) for name, each in value.items()}
    return [_sound(each) for each in value] if isinstance(value, list | tuple) else value
