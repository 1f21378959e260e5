"""Interfaces of `maintain_tables`: one image, three kinds of care, and the erasure of what is to be forgotten."""

from kfp import dsl

from components.container import container


@dsl.container_component
def compact_tables(
    as_of: str,
    tables: list,
    target_mib: int,
    dry_run: bool,
    summary: dsl.Output[dsl.Artifact],
    scheduled: str = "",
):
    """Join the small files of each partition into files of the target size; no row changes.

    Args:
        as_of: Instant of the run, ISO 8601 with offset.
        tables: Tables, such as `moderation.training_data`; an empty list means all of the catalog.
        target_mib: Size of a file, in MiB; smaller ones are joined where a partition has several.
        dry_run: Say what would be done, and do nothing.
        summary: Files before and after, by table, as JSON.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 11 for an `as_of` in the future, 75 when store or catalog do not answer. A table that cannot be cared
    for is left out, and reported by `sweep_orphans`.
    """
    return container("maintain_tables.compact", locals())


@dsl.container_component
def expire_snapshots(
    as_of: str,
    tables: list,
    keep_days: int,
    dry_run: bool,
    summary: dsl.Output[dsl.Artifact],
    most_snapshots: int = 1000,
    scheduled: str = "",
):
    """Forget snapshots older than `keep_days`, and of younger ones all but the newest `most_snapshots`.

    Heads of branches, tags, receipts and offsets stay.

    Args:
        as_of: Instant of the run, ISO 8601 with offset, from which ages are reckoned.
        tables: Tables; an empty list means all of the catalog.
        keep_days: How many days a snapshot can be read at least, where there are not too many.
        dry_run: Say what would be done, and do nothing.
        most_snapshots: How many snapshots a table keeps at most, beside those that have to stay; every commit writes
            them all down again.
        summary: Snapshots kept and expired, by table, as JSON.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 11 for an `as_of` in the future, 75 when store or catalog do not answer. A table that cannot be cared
    for is left out, and reported by `sweep_orphans`.
    """
    return container("maintain_tables.expire", locals())


@dsl.container_component
def find_orphans(
    as_of: str,
    tables: list,
    older_hours: int,
    orphans: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    dropped: list = [],  # noqa: B006 - KFP reads the default and never calls this
    scheduled: str = "",
):
    """List the files in the tables' folders that no snapshot names; nothing is removed.

    Args:
        as_of: Instant of the run, ISO 8601 with offset, from which ages are reckoned.
        tables: Tables; an empty list means all of the catalog.
        older_hours: Only files older than this count, 24 or more: younger ones may be on their way into a snapshot.
        orphans: table, path, bytes and the instant of the last change, per file.
        summary: Files and bytes, by table, as JSON.
        dropped: Tables that are in no catalog any more, by the uuid of each: what they left in the folders counts too.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 11 for an `as_of` in the future or too low an age, 75 when store or catalog do not answer. A table that
    cannot be cared for is left out, and reported by `sweep_orphans`.
    """
    return container("maintain_tables.find", locals())


@dsl.container_component
def sweep_orphans(
    orphans: dsl.Input[dsl.Dataset],
    compaction: dsl.Input[dsl.Artifact],
    expiry: dsl.Input[dsl.Artifact],
    finding: dsl.Input[dsl.Artifact],
    dry_run: bool,
    summary: dsl.Output[dsl.Artifact],
):
    """Remove the files that `find_orphans` listed and that still no snapshot names, and report what all care left out.

    The steps before go on without the tables that they cannot care for; here the run fails, and names them.

    Args:
        orphans: What `find_orphans` listed.
        compaction: The summary of `compact_tables`.
        expiry: The summary of `expire_snapshots`.
        finding: The summary of `find_orphans`.
        dry_run: Remove nothing.
        summary: Files and bytes removed, as JSON.

    Exit codes: 75 when store or catalog do not answer; where a table was left out by any of the steps, that of the
    first: 10 for one whose rows cannot be proven to stay, 11 for one that does not exist, is of a kind that is not read
    or changed here, has another's files in its folder, or that the store refuses, 14 when the outcome of a commit
    cannot be known.
    """
    return container("maintain_tables.sweep", locals())


@dsl.container_component
def erase_rows(
    raw: dsl.Input[dsl.Dataset],
    tables: list,
    as_of: str,
    most_gone: float,
    keep_days: int,
    dry_run: bool,
    summary: dsl.Output[dsl.Artifact],
    scheduled: str = "",
):
    """Remove the rows whose keys the source no longer has.

    All tables are looked at before the first is changed. Each then loses its rows in one commit: of a run that fails in
    between, the next one does the rest.

    Args:
        raw: The tables of the source that have the keys, as `extract_postgres` wrote them.
        tables: Each as `{"table": "retail.reviews", "column": "review_id", "of": {"reviews": "review_id"}}`: a table,
            its column of keys, and in which columns of the source these are known. One that does not exist is passed
            over. Rows of the source whose `deleted_at` is not after `as_of` are gone.
        as_of: Instant of the run, ISO 8601 with offset.
        most_gone: Which share of a table's rows may be erased at once, against a source that is not whole.
        keep_days: How many days older snapshots are kept, for what is told of them.
        dry_run: Say what would be done, and do nothing.
        summary: Rows and keys by table, and until when older snapshots may hold them, as JSON.
        scheduled: When the engine had the run scheduled for, which is the instant where `as_of` is empty.

    Exit codes: 10 where more than `most_gone` of a table would go, or any and a table of the source has no rows, or
    rows that stay would not be what they were; 11 for a table without the column, or one with rows to erase that is
    only read here or cannot be read right; 14 when the outcome of a commit cannot be known, 75 when store or catalog
    do not answer.
    """
    return container("maintain_tables.erase", locals())
