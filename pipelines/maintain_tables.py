"""Care of all tables: small files joined, old snapshots expired, strays swept, daily."""

from components.maintain_tables.component import compact_tables, expire_snapshots, find_orphans, sweep_orphans
from stockpot.authoring import Pipeline, Schedule
from stockpot.defaults import SCHEDULED, limits, uses_catalog

CARE = Pipeline(
    name="maintain-tables",
    title="Small files, old snapshots and strays of all tables",
    schedule=Schedule(cron="0 5 * * *"),
)


@CARE.pipeline
def maintain_tables(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str = "",
    tables: list[str] = [],  # noqa: B006 - KFP reads the default and never calls this
    target_mib: int = 128,
    keep_days: int = 30,
    most_snapshots: int = 1000,
    older_hours: int = 24,
    dropped: list[str] = [],  # noqa: B006 - as above
    dry_run: bool = False,
) -> None:
    """Keep the catalog's tables small and quick to read, beside whoever writes to them.

    Args:
        as_of: Instant of the run, ISO 8601 with offset, from which ages are reckoned.
        tables: Tables, such as `moderation.training_data`; an empty list means all.
        target_mib: Size of a data file, in MiB; smaller ones of a partition are joined.
        keep_days: How many days a snapshot can be read at least, where there are not too many.
        most_snapshots: How many snapshots a table keeps at most: with one every 15 minutes, those of ten days.
        older_hours: Files that no snapshot names are removed when they are older than this; 24 or more.
        dropped: Tables that are in no catalog any more, by the uuid of each: what they left in the folder of another
            table goes too.
        dry_run: Say what would be done, and do nothing.
    """
    common = {"as_of": as_of, "scheduled": SCHEDULED, "tables": tables}
    compacted = compact_tables(target_mib=target_mib, dry_run=dry_run, **common)
    uses_catalog(limits(compacted, cpu="2", memory="2Gi", minutes=240))
    expired = expire_snapshots(keep_days=keep_days, most_snapshots=most_snapshots, dry_run=dry_run, **common)
    uses_catalog(limits(expired, minutes=60)).after(compacted)
    orphans = find_orphans(older_hours=older_hours, dropped=dropped, **common)
    uses_catalog(limits(orphans, memory="2Gi", minutes=120)).after(expired)
    swept = sweep_orphans(
        orphans=orphans.outputs["orphans"],
        compaction=compacted.outputs["summary"],
        expiry=expired.outputs["summary"],
        finding=orphans.outputs["summary"],
        dry_run=dry_run,
    )
    uses_catalog(limits(swept, memory="2Gi", minutes=120))
