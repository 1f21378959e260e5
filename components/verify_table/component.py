"""Interface of `verify_table`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def verify_table(table: str, limit: int, summary: dsl.Output[dsl.Artifact]):
    """Print that a table is there, its row count and its first rows.

    Args:
        table: Name of the table, such as `moderation.training_data`.
        limit: Rows to show.
        summary: Rows and snapshot, as JSON.

    Exit codes: 10 when the table is missing or empty.
    """
    return container("verify_table", locals())
