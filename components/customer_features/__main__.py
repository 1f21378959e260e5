"""Entry of the step `customer_features`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.customer_features.compute import Outputs, compute
from components.customer_features.settings import Settings
from components.retail.kinds import EVENT_TYPES
from components.retail.moment import Moment
from components.shell import step


def main(
    *,
    raw: Path,
    versions: Path,
    cut: datetime,
    as_of: datetime,
    rows: Path,
    categories: Path,
    rejected: Path,
    summary: Path,
    paid_statuses: list[Any],
    timezone: str = "UTC",
    bins: int = 5,
    score_by: str = "percent_rank",
    cuts: dict[str, Any] | None = None,
    frequency: str = "days",
    segments: list[Any] | None = None,
    event_types: dict[str, Any] | None = None,
    category_column: str = "category_id",
    allow_current_attributes: bool = False,
) -> None:
    """Compute what is known of each customer at the cut."""
    settings = Settings(
        bins=bins,
        score_by=score_by,
        cuts=cuts or {},
        frequency=frequency,
        segments=segments or [],
        paid_statuses=paid_statuses,
        event_types=event_types or EVENT_TYPES,
        category_column=category_column,
        allow_current_attributes=allow_current_attributes,
    )
    outputs = Outputs(rows, categories, rejected)
    compute(raw, versions, Moment(cut, as_of, timezone), settings, outputs).write(summary)


if __name__ == "__main__":
    step.run(main)
