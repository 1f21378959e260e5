"""The care that tables get while others write to them."""

from datetime import UTC, datetime, timedelta

from components.iceberg.catalog import load_table, open_catalog
from components.maintain_tables.compact import compact
from components.maintain_tables.expire import expire
from components.maintain_tables.orphans import orphans, remove, still_orphans
from components.maintain_tables.references import Folders
from components.maintain_tables.sweep import announce

_TARGET = 1 << 27
_KEPT = timedelta(seconds=1)


def care(name: str, *, forget: bool) -> None:
    """Join the table's files; with `forget`, let go of its snapshots and of unnamed files that are a second old.

    Files that a writer has not committed yet may be among them: it has to notice.
    """
    catalog = open_catalog()
    compact(catalog, load_table(catalog, name), _TARGET)
    if forget:
        expire(catalog, load_table(catalog, name), datetime.now(UTC) - _KEPT)
        table = load_table(catalog, name)
        listed = [one.path for one in orphans(Folders(), table, datetime.now(UTC) - _KEPT)]
        announce(catalog, name)
        remove(table, still_orphans(Folders(), load_table(catalog, name), listed))
