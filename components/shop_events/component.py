"""Interfaces of `shop_events`: one image, before the extract and behind it."""

from kfp import dsl

from components.container import container


@dsl.container_component
def plan_events(
    after: dict,
    pipeline: str,
    table: dict,
    version: str,
    as_of: str,
    interval_start: str,
    chosen: dsl.OutputPath(str),
    shares: dsl.OutputPath(list),
    until: dsl.OutputPath(str),
    read_since: dsl.OutputPath(str),
    offsets: dsl.OutputPath(dict),
    run_key: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    source: str = "postgres",
    events_dir: str = "",
    overlap_hours: int = 24,
):
    """Fix where events come from, and from when on the source's table is read: some hours before the last run.

    What was committed late lies there. The table lies in Postgres or in files, and may move between runs. Topics have
    offsets of their own, which `plan_offsets` fixes.

    Args:
        after: Offsets of the last commit; empty to begin with all there is.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table that the events go to.
        version: Version of the pipeline's definition, part of the key.
        as_of: Instant of the run, ISO 8601 with offset.
        interval_start: Instant of the run before this one.
        chosen: `postgres`, `files` or `topics`.
        shares: What is read side by side, each the first instant to read, empty for all there is; one, for repeated
            events are told within a share and in the table alone.
        until: The first instant that is not read, just after `as_of`.
        read_since: From when on ids of topics are looked for in the whole table: an event may come again with another
            time.
        offsets: In place of offsets the time that the run adds, in microseconds since 1970.
        run_key: Hash of pipeline, table, offsets and version: the key of the commit.
        summary: What is to be read, as JSON.
        source: Where events come from: `postgres`, `files` (CSV or Parquet), or `kafka`.
        events_dir: Archive of topics to read: a directory with JSON lines below TOPIC/; then there is no other source.
        overlap_hours: How long before the last run an event may have been created that was not there yet, and from
            when on an id that comes again, out of topics too, is the same event whatever time it says.

    Exit codes: 11 for a parameter that makes no sense, or a table that was filled from elsewhere.
    """
    return container("shop_events.plan", locals())


@dsl.container_component
def read_events(
    raw: dsl.Input[dsl.Dataset],
    as_of: str,
    events: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    since: str = "",
    until: str = "",
    future_minutes: int = 5,
    timezone: str = "UTC",
):
    """Bring extracted events into the form in which `consume_events` writes them; those of no sense are rejected.

    What the source does not say when it became known, became known with the run that reads it first.

    Args:
        raw: The table `events` as `extract_postgres` or `extract_files` wrote it.
        as_of: Instant of the run.
        events: Events, with topic, partition and offset of this read.
        rejected: Rows that are no events, with a reason.
        summary: Rows read, taken and rejected, and why, as JSON.
        since: Rows before it are left out, and those without a time; empty for none. Files are copied whole.
        until: The first instant whose rows are left out; empty for none.
        future_minutes: How much later than it became known an event may have happened; 0 to 1440, a day;
            -1 for a day too, as the definitions of topics have it.
        timezone: Zone of timestamps without one.

    Exit codes: 11 where ids or types of events are missing, ids of customers or articles are numbers, or a parameter
    makes no sense.
    """
    return container("shop_events", locals())
