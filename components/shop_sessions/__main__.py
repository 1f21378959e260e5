"""Entry of the step `shop_sessions`."""

from datetime import datetime
from pathlib import Path
from typing import Any

from components.retail.kinds import EVENT_TYPES
from components.shell import step
from components.shop_sessions.bring import Outputs, Run, bring
from components.shop_sessions.funnels import SHOP, parse_funnels
from components.shop_sessions.settings import Settings


def main(
    *,
    table: dict[str, Any],
    snapshot_id: int,
    tables: dict[str, Any],
    pipeline: str,
    version: str,
    as_of: datetime,
    interval_start: datetime,
    outputs: Outputs,
    versions: Path | None = None,
    gap_minutes: int = 30,
    max_session_hours: int = 24,
    max_session_events: int = 5000,
    session_mode: str = "gap",
    lateness_minutes: int = 30,
    reopen_days: int = 3,
    timezone: str = "UTC",
    event_types: dict[str, Any] | None = None,
    funnels: list[Any] | None = None,
    anew: bool = False,
) -> None:
    """Compute anew the sessions that new events change."""
    settings = Settings(
        gap_minutes=gap_minutes,
        max_session_hours=max_session_hours,
        max_session_events=max_session_events,
        session_mode=session_mode,
        lateness_minutes=lateness_minutes,
        reopen_days=reopen_days,
        timezone=timezone,
        event_types=event_types or EVENT_TYPES,
        funnels=parse_funnels(funnels) if funnels else (SHOP,),
    )
    run = Run(table, snapshot_id, tables, pipeline, version, as_of, interval_start, anew)
    bring(run, settings, outputs, versions)


if __name__ == "__main__":
    step.run(main)
