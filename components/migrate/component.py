"""Interface of `migrate`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def migrate(tables: list, summary: dsl.Output[dsl.Artifact]):
    """Create catalog tables, namespaces, the given Iceberg tables and `etl_runs`, once, under an advisory lock.

    Args:
        tables: Table definitions (see docs/tables.md): name, columns with types, partition.
        summary: What was changed, as JSON.

    Exit codes: 11 where an existing table differs from its definition in a way that cannot be reconciled.
    """
    return container("migrate", locals())
