"""Privacy: reviews and customers that the source no longer has leave all tables of the shop, daily."""

from typing import Any

from components.extract_postgres.component import extract_postgres
from components.maintain_tables.component import erase_rows
from components.retail.sources import TABLES as KNOWN
from components.retail.sources import TRANSACTIONS_NAMES
from components.shell.projection import projection
from stockpot.authoring import Origins, Pipeline, Schedule
from stockpot.defaults import SCHEDULED, limits, reads_database, uses_catalog

# Ids of reviews may be numbers, whose text the tables have. Those of customers are text, as everywhere in a shop.
SOURCE_TABLES = projection(
    {
        "reviews?": ["review_id ~string", "deleted_at timestamptz?"],
        "customers?": ["customer_id string"],
        f"{TRANSACTIONS_NAMES}?": ["customer_id string"],
    }
)
_CUSTOMERS = {"customers": "customer_id", "transactions": "customer_id"}
"""Who is known from purchases alone is a customer too."""
TABLES = [
    *(
        {"table": f"retail.{name}", "column": "review_id", "of": {"reviews": "review_id"}}
        for name in ("reviews", "review_embeddings")
    ),
    {"table": "raw.transactions", "column": "customer_id", "of": _CUSTOMERS},
    # Events go before what is made of them, and sessions before their events: a run of sessions meanwhile is at peace.
    *(
        {"table": f"retail.{name}", "column": "customer_id", "of": _CUSTOMERS}
        for name in (
            "reviews", "review_embeddings", "customer_features", "customer_categories", "user_item_interactions",
            "user_item_targets", "events", "sessions", "session_events", "customer_behaviour",
        )
    ),
]  # fmt: skip

ERASE = Pipeline(
    name="erase-gone",
    title="Reviews and customers that are to be forgotten",
    # Between the runs of events-and-funnels, which begin every fifteen minutes.
    schedule=Schedule(cron="7 6 * * *"),
    extracts="source_tables",
)


@ERASE.pipeline
def erase_gone(  # noqa: PLR0917 - KFP hands all of them over by name
    as_of: str = "",
    source_tables: dict[str, Any] = SOURCE_TABLES,
    tables: list[dict[str, Any]] = TABLES,
    most_gone: float = 0.2,
    keep_days: int = 30,
    dry_run: bool = False,
    timezone: str = "UTC",
    names: dict[str, Any] = {},  # noqa: B006 - KFP reads the default and never calls this
) -> None:
    """Remove from the tables of a shop all rows of reviews and customers that its source no longer has.

    Older snapshots hold them until `maintain-tables` expires these; by when that is, is told.

    Args:
        as_of: Instant of the run, ISO 8601 with offset.
        source_tables: Which columns of which tables have the keys; a table with a `?` may be missing.
        tables: Each with its `column` of keys, and `of` which columns of the source these are.
        most_gone: Which share of a table's rows may go at once; more ends the run, and nothing is erased.
        keep_days: How many days maintain-tables keeps snapshots.
        dry_run: Say what would be done, and do nothing.
        timezone: Zone of the source's timestamps without one, such as Europe/Berlin.
        names: What the source calls a table or a column, as `@retail.yaml` has it; empty means what we call it.
    """
    raw = extract_postgres(
        tables=source_tables, timezone=timezone, names=names, elsewhere=Origins(KNOWN, SOURCE_TABLES).names
    )
    reads_database(limits(raw, cpu="2", memory="2Gi", minutes=120))
    erased = erase_rows(
        raw=raw.outputs["raw"],
        tables=tables,
        as_of=as_of,
        most_gone=most_gone,
        keep_days=keep_days,
        dry_run=dry_run,
        scheduled=SCHEDULED,
    )
    uses_catalog(limits(erased, cpu="2", memory="4Gi", minutes=240))
