"""Look into the moderation table, by hand."""

from components.verify_table.component import verify_table
from stockpot.authoring import Pipeline
from stockpot.defaults import limits, uses_catalog

VERIFY = Pipeline(name="verify-pipeline", title="Verify the moderation training table")


@VERIFY.pipeline
def verify_pipeline(table: str = "moderation.training_data", limit: int = 5) -> None:
    """Print that an Iceberg table is there, how many rows it has, and the first of them.

    Args:
        table: Name of the table.
        limit: Rows to show.
    """
    uses_catalog(limits(verify_table(table=table, limit=limit), minutes=10))
