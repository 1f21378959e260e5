"""Interface of `generate_interactions`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def generate_interactions(
    source: str,
    source_path: str,
    config: str,
    until: str,
    interactions: dsl.Output[dsl.Dataset],
    users: dsl.Output[dsl.Dataset],
    items: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    workers: int = 2,
):
    """Bring the interactions of a feed, its users and its items: generated from a config, or read from where they are.

    Args:
        source: `synthetic` (from the config), `postgres` (tables interactions, users and items behind DATABASE_URL) or
            `parquet` (files below `source_path`).
        source_path: For `parquet`: an absolute path or s3://bucket/prefix; else unused.
        config: For `synthetic`: the text of a YAML file (see docs/feed-ranking.md); else unused.
        until: First instant that must not be known yet; later interactions of a real source are left out.
        interactions: One row per item shown to a user, ordered by timestamp and interaction_id.
        users: The users.
        items: The items.
        summary: Rows per table, the click rate, and optional columns that the source lacks, as JSON.
        workers: Threads that generate; they change nothing in the rows.

    Exit codes: 10 for a source with missing columns, repeated ids, unsorted times or unknown users, 11 for a config
    that makes no sense, a missing table or file, 75 when the source does not answer.
    """
    return container("generate_interactions", locals())
