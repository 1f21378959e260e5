"""Interfaces of `event_tables`: one image, two moments in the life of a run of events."""

from kfp import dsl

from components.container import container


@dsl.container_component
def stage_events(
    events: dsl.Input[dsl.Dataset],
    consumed: dsl.Input[dsl.Artifact],
    table: dict,
    run_key: str,
    as_of: str,
    staged: dsl.OutputPath(dict),
    summary: dsl.Output[dsl.Artifact],
    per_type: bool = True,
    read_since: str = "",
):
    """Write a share of events as files of the table, each event once; they become part of it by `commit_events`.

    Args:
        events: Events, as `consume_events` wrote them.
        consumed: Summary of `consume_events`.
        table: Definition of the table of events; the table itself must agree with it.
        run_key: Key of the commit to come.
        as_of: Instant of the run.
        staged: Where the list of the files is, and how many events were read, taken, rejected, repeated and staged.
        summary: Events in, out and repeated, as JSON.
        per_type: Whether events of two types may have one id; else it is one event, whatever type it says by now.
        read_since: From when on ids are looked for in all of the table: the source may tell an event again with another
            time. Empty where a repeated event has the time that it had.

    Exit codes: 10 for events that do not fit the table, 11 when table and definition differ, 75 when store or catalog
    do not answer.
    """
    return container("event_tables.stage", locals())


@dsl.container_component
def commit_events(
    staged: list,
    offsets: dict,
    table: dict,
    pipeline: str,
    version: str,
    run_key: str,
    as_of: str,
    interval_start: str,
    interval_end: str,
    snapshot_id: dsl.OutputPath(str),
    receipt: dsl.Output[dsl.Artifact],
    summary: dsl.Output[dsl.Artifact],
    most_rejected: float = 0.01,
    run_id: str = "",
):
    """Append all staged shares to the table, in one commit that carries the offsets; repeated, change nothing.

    Args:
        staged: What `stage_events` handed on, of each share.
        offsets: Offsets of the run, as `plan_offsets` fixed them; they must go on where the table's last commit ended.
        table: Definition of the table of events.
        pipeline: Name of the pipeline.
        version: Version of the pipeline's definition.
        run_key: Key of this commit; a snapshot that carries it means the work is done.
        as_of: Instant of the run.
        interval_start: Instant of the run before this one.
        interval_end: Instant of this run.
        snapshot_id: The snapshot that holds the events.
        receipt: The snapshot's summary, as JSON.
        summary: Records read, events committed and records rejected, as JSON.
        most_rejected: Largest share of the records of all shares that may be rejected.
        run_id: Name of the run in its engine, for the receipt.

    Exit codes: 10 for too many rejected records or when staged files are gone, 11 when table and definition differ, 12
    when somebody else has committed events since this run was planned, 14 when the outcome of the commit cannot be
    known, 75 when store or catalog do not answer.
    """
    return container("event_tables.commit", locals())
