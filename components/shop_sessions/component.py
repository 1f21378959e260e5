"""Interfaces of `shop_sessions`: one image, what changes is computed, and committed once it has been checked."""

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
    session_events: dsl.Output[dsl.Dataset],
    funnel_daily: dsl.Output[dsl.Dataset],
    article_funnel: dsl.Output[dsl.Dataset],
    customer_behaviour: dsl.Output[dsl.Dataset],
    sessions: dsl.Output[dsl.Dataset],
    plan: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    versions: dsl.Input[dsl.Dataset] = None,
    gap_minutes: int = 30,
    max_session_hours: int = 24,
    max_session_events: int = 5000,
    session_mode: str = "gap",
    lateness_minutes: int = 30,
    reopen_days: int = 3,
    timezone: str = "UTC",
    event_types: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    funnels: list = [],  # noqa: B006 - the same
    anew: bool = False,
):
    """Compute anew the sessions that new events change, the funnels of their days, and what customers do.

    Args:
        table: Definition of the table of events.
        snapshot_id: The snapshot that holds the run's events.
        tables: Definitions of the tables to bring up to date, by the names of the outputs.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition; under a newer one all sessions are computed anew.
        as_of: Instant of the run: events that were not known by then are in no session yet.
        interval_start: Instant of the run before this one.
        session_events: The events of sessions that began on the days that change, day by day.
        funnel_daily: Funnels of the local days that change.
        article_funnel: The same of articles.
        customer_behaviour: What each customer does, by the instant of the run.
        sessions: The sessions that began on the days that change, day by day.
        plan: By table the days that change, and the commit to follow, as JSON.
        summary: New events by kind, sessions renewed, replaced and given other keys, days and rows, as JSON.
        versions: The versions of articles, whose categories events get; none where nothing has kept any.
        gap_minutes: The longest pause within a session; one that is longer by a microsecond ends it.
        max_session_hours: What lasts longer is cut at every midnight of UTC; 24 to 744, a month.
        max_session_events: A session with more is a bot's, and in no funnel.
        session_mode: `gap`; `given_then_gap` for sessions of the source, cut by the gap; or `given`.
        lateness_minutes: How long after its gap a session is closed.
        reopen_days: Events that happened earlier before the last run are in no session until all are made anew.
        timezone: The shop's zone, whose days funnels are counted by.
        event_types: Which of view, click, cart, buy, wishlist and other each of the source's event types is; empty
            means the common names.
        funnels: Funnels (docs/events-and-funnels.md); empty means view, cart, buy within a session.
        anew: Make all sessions and funnels anew, of all events that have landed, also of those that came too late.

    Exit codes: 10 where more than half of the new events are of no known type, and of those of the last day where they
    are few, or a session would lose an event; 11 for a parameter that makes no sense, or where all are to be made anew
    at an instant at which there was a run, 12 when a later run has been here, 75 when store or catalog do not answer or
    there is no room on the disk.
    """
    return container("shop_sessions", locals(), optional=["versions"])


@dsl.container_component
def commit_sessions(
    session_events: dsl.Input[dsl.Dataset],
    funnel_daily: dsl.Input[dsl.Dataset],
    article_funnel: dsl.Input[dsl.Dataset],
    customer_behaviour: dsl.Input[dsl.Dataset],
    sessions: dsl.Input[dsl.Dataset],
    plan: dsl.Input[dsl.Artifact],
    tables: dict,
    pipeline: str,
    version: str,
    as_of: str,
    receipt: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    run_id: str = "",
):
    """Have the days that were computed anew take their place, one commit per table; repeated, change nothing.

    Args:
        session_events: As `shop_sessions` wrote them.
        funnel_daily: The same.
        article_funnel: The same.
        customer_behaviour: The same.
        sessions: The same; they are committed last, and say that all are.
        plan: What `shop_sessions` planned.
        tables: Definitions of the tables, by the names of the inputs.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition.
        as_of: Instant of the run.
        receipt: The summary of the snapshot of `sessions`, as JSON.
        summary: Rows committed and snapshots, by table, as JSON.
        run_id: Name of the run in its engine, for the receipts.

    Exit codes: 10 for rows that do not fit their table, 11 when table and definition differ, 12 when somebody else has
    committed since, 14 when the outcome of a commit cannot be known, 75 when store or catalog do not answer.
    """
    return container("shop_sessions.commit", locals())
