"""Interfaces of `raw_tables`: how rows land in a raw table, and how it is reconciled with its source."""

from kfp import dsl

from components.container import container


@dsl.container_component
def land_rows(
    raw: dsl.Input[dsl.Dataset],
    table: dict,
    time: str,
    numbered: list,
    rows: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
):
    """Bring extracted rows into the types of their raw table, each with the beginning of its local day.

    Args:
        raw: The table as `extract_postgres` wrote it, under the name that the raw table has behind `raw.`.
        table: Definition of the raw table, whose `interval_column` gets the beginning of the day.
        time: The column that says when a row happened or became known: a date or an instant.
        numbered: Columns of texts that may be numbers in the source; those of others have lost their leading zeros.
        rows: The rows, by days.
        rejected: Rows with a value that the table cannot hold, or without a time, with a reason.
        summary: Rows read, taken and rejected, and why, as JSON.
        timezone: Zone whose days count, and that of timestamps without one.

    Exit codes: 11 for ids that are numbers, and a column that is missing.
    """
    return container("raw_tables.land", locals())


@dsl.container_component
def plan_reconcile(
    as_of: str,
    due: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Artifact],
    reconcile: str = "sunday",
    timezone: str = "UTC",
    generation: int = 0,
):
    """Say whether this run reconciles all keys of the table with those of its source.

    Args:
        as_of: Instant of the run, ISO 8601 with offset.
        due: `yes`, or `no`.
        summary: The same, as JSON.
        reconcile: On which local day: `daily`, `never`, or a day of the week in English.
        timezone: Zone whose days count.
        generation: That of a backfill, which never does; 0 for a run of the schedule.

    Exit codes: 11 for a day that is none.
    """
    return container("raw_tables.plan", locals())


@dsl.container_component
def compare_keys(
    raw: dsl.Input[dsl.Dataset],
    table: dict,
    pipeline: str,
    version: str,
    as_of: str,
    time: str,
    key: list,
    numbered: list,
    until: str,
    spans: dsl.OutputPath(list),
    generation: dsl.OutputPath(int),
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    most_gone: float = 0.2,
):
    """Find the days of which source and raw table hold other keys: rows that came late, or are gone.

    Args:
        raw: Time and keys of all rows of the source, as `extract_postgres` wrote them.
        table: Definition of the raw table.
        pipeline: Name of the pipeline that fills it.
        version: Version of the pipeline's definition.
        as_of: Instant of the run.
        time: The column that says when a row happened or became known.
        key: The columns that tell rows apart; rows that are alike in all of them are counted.
        numbered: As for `land_rows`.
        until: The first instant that is not compared: what lies behind it the run has just landed.
        spans: Half-open stretches of whole days to be landed anew: `start`, `end`, and the `run_key` of each.
        generation: The generation under which they are committed.
        summary: Keys compared, missing and gone, and the spans, as JSON.
        timezone: Zone whose days count.
        most_gone: Which share of the rows may go at once; more ends the run, and nothing is changed.

    Exit codes: 10 where more is gone than may be, 11 for ids that are numbers, 75 when store or catalog do not answer.
    """
    return container("raw_tables.compare", locals())


@dsl.container_component
def read_raw(
    tables: dict,
    until: str,
    pipeline: str,
    raw: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
):
    """Read the rows of raw tables of the days before an instant, in the form in which `extract_postgres` writes tables.

    Args:
        tables: Of each table the columns, as `extract_postgres` takes them.
        until: The beginning of the first local day that is not read, ISO 8601.
        pipeline: Name of the pipeline that lands the tables: it must have landed all days before `until`.
        raw: A directory with one dataset per table, and a manifest over all of them, written last.
        rejected: No rows.
        summary: Rows and bytes per table, columns that are missing, and the snapshots that were read, as JSON.

    Exit codes: 11 for a table that has not landed, lacks a column, or lacks days that the schedule has passed, 75 where
    days have not landed yet, and when store or catalog do not answer.
    """
    return container("raw_tables.read", locals())
