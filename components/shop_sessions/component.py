"""Interface of `shop_sessions`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def shop_sessions(
    table: dict,
    snapshot_id: str,
    tables: dict,
    pipeline: str,
    version: str,
    as_of: str,
    interval_start: str,
    receipts: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    gap_minutes: int = 30,
    max_session_hours: int = 24,
    max_session_events: int = 5000,
    session_mode: str = "gap",
    lateness_minutes: int = 30,
    reopen_days: int = 3,
    timezone: str = "UTC",
    event_types: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    funnels: list = [],  # noqa: B006 - the same
):
    """Compute anew the sessions that new events change, and the funnels of their days; repeated, change nothing.

    Args:
        table: Definition of the table of events.
        snapshot_id: The snapshot that holds the run's events.
        tables: Definitions of the tables to bring up to date: `session_events`, `funnel_daily`, `article_funnel`, and
            `sessions`, which is committed last and says that all are.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition; under a newer one all sessions are computed anew.
        as_of: Instant of the run: events that were not known by then are in no session yet.
        interval_start: Instant of the run before this one.
        receipts: The summaries of the snapshots, by table, as JSON.
        summary: New events by kind, sessions renewed, replaced and closed, days committed, as JSON.
        gap_minutes: The longest pause within a session; one that is longer by a microsecond ends it.
        max_session_hours: What lasts longer is cut at every midnight of UTC; at least 24.
        max_session_events: A session with more is a bot's.
        session_mode: `gap`; `given_then_gap` for sessions of the source, cut by the gap; or `given`.
        lateness_minutes: How long after its gap a session is closed.
        reopen_days: Events that happened earlier before the last run are left to a backfill.
        timezone: The shop's zone, whose days funnels are counted by.
        event_types: Which of view, click, cart, buy and wishlist each of the source's event types is; empty means the
            common names.
        funnels: Funnels (docs/events-and-funnels.md); empty means view, cart, buy within a session.

    Exit codes: 10 where more than half of the new events are of no known type, 11 for a parameter that makes no sense,
    12 when somebody else has committed since, 14 when the outcome of a commit cannot be known, 75 when store or catalog
    do not answer.
    """
    return container("shop_sessions", locals())
