"""Entry of the step `user_item_interactions`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.shell import step
from components.user_item_interactions.compute import Outputs, compute
from components.user_item_interactions.moment import Moment
from components.user_item_interactions.settings import EVENT_TYPES, PURCHASE, Settings


def main(
    *,
    raw: Path,
    cut: datetime,
    as_of: datetime,
    rows: Path,
    targets: Path,
    rejected: Path,
    summary: Path,
    timezone: str = "UTC",
    tau_days: float = 30.0,
    core_users: int = 0,
    core_items: int = 0,
    horizon_days: int = 7,
    signals: list[Any] | None = None,
    event_types: dict[str, Any] | None = None,
) -> None:
    """Compute what each customer has bought of each article by the cut."""
    types = event_types or EVENT_TYPES
    settings = Settings(tau_days, core_users, core_items, horizon_days, signals or [PURCHASE], types)
    compute(raw, Moment(cut, as_of, timezone), settings, Outputs(rows, targets, rejected)).write(summary)


if __name__ == "__main__":
    step.run(main)
