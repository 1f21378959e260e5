"""Tables of pipelines in Iceberg's words: schema, partitioning, and what sets an existing table apart."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from components.shell.errors import ConfigurationError
from components.shell.schema.columns import SEE, Column, Decimal, ListOf, Struct, Type, parse_type
from components.shell.schema.tables import CLAMP, NULL, REJECT, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType

__all__ = [
    "CLAMP", "NULL", "REJECT", "Column", "TableDefinition", "columns_of", "differences", "freed_columns",
    "iceberg_schema", "iceberg_spec", "iceberg_type", "missing_columns", "parse_definition", "partition_of",
]  # fmt: skip

# Beside pyiceberg's own Table, which most who import this have too.
TableDefinition: TypeAlias = Table


def parse_definition(value: Mapping[str, Any]) -> TableDefinition:
    """The table in a step's parameter; raises as `Table.parse`."""
    return Table.parse(value)


def iceberg_schema(definition: TableDefinition) -> "Schema":
    """The definition's columns as an Iceberg schema with field ids from 1, those within columns after all columns'."""
    from pyiceberg.schema import Schema, assign_fresh_schema_ids
    from pyiceberg.types import NestedField

    fields = (
        NestedField(number, column.name, iceberg_type(column.type), required=column.required)
        for number, column in enumerate(definition.fields, 1)
    )
    return assign_fresh_schema_ids(Schema(*fields))


def iceberg_type(name: str) -> "IcebergType":
    """The Iceberg type that a definition calls `name`; ids within it are its own, from 1 million on."""
    return _iceberg(parse_type(name), count(1_000_000))


def _iceberg(kind: Type, ids: "Iterator[int]") -> "IcebergType":
    from pyiceberg import types

    if isinstance(kind, Decimal):
        return types.DecimalType(kind.precision, kind.scale)
    if isinstance(kind, ListOf):
        return types.ListType(next(ids), _iceberg(kind.element, ids), element_required=kind.required)
    if isinstance(kind, Struct):
        return types.StructType(
            *(
                types.NestedField(next(ids), one.name, _iceberg(parse_type(one.type), ids), required=one.required)
                for one in kind.fields
            )
        )
    known: dict[str, IcebergType] = {
        str(one): one
        for one in (
            types.StringType(), types.IntegerType(), types.LongType(), types.FloatType(), types.DoubleType(),
            types.BooleanType(), types.DateType(), types.TimestampType(), types.TimestamptzType(), types.BinaryType(),
        )
    }  # fmt: skip
    return known[kind.name]


def iceberg_spec(definition: TableDefinition) -> "PartitionSpec":
    """The definition's partitioning as an Iceberg partition spec; fields are called `uploaded_at_day` and the like.

    Raises:
        ConfigurationError: a transform does not fit the type of its column.
    """
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.transforms import parse_transform

    schema = iceberg_schema(definition)
    fields = []
    for number, (column, text) in enumerate(definition.partition.items(), 1000):
        transform, source = parse_transform(text), schema.find_field(column)
        if not transform.can_transform(source.field_type):
            what = f"'{column}' of type {source.field_type} cannot be partitioned by {text}"
            problem = f"the definition of table {definition.name} is malformed: {what}"
            raise ConfigurationError(problem, f"see {SEE}")
        suffix = re.sub(r"\W+", "_", text).strip("_")
        name = column if text == "identity" else f"{column}_{suffix}"
        fields.append(PartitionField(source_id=source.field_id, field_id=number, transform=transform, name=name))
    return PartitionSpec(*fields)


def columns_of(schema: "Schema") -> tuple[Column, ...]:
    """The columns of an existing table in the words of a definition."""
    return tuple(Column(field.name, _spelled(field.field_type), field.required) for field in schema.fields)


def _spelled(kind: "IcebergType") -> str:
    from pyiceberg.types import ListType, StructType

    if isinstance(kind, ListType):
        return f"list<{_spelled(kind.element_type)}{'!' if kind.element_required else ''}>"
    if isinstance(kind, StructType):
        fields = (Column(one.name, _spelled(one.field_type), one.required) for one in kind.fields)
        return f"struct<{', '.join(map(str, fields))}>"
    return str(kind).replace(", ", ",")


def partition_of(schema: "Schema", spec: "PartitionSpec") -> tuple[tuple[str, str], ...]:
    """The partitioning of an existing table in the words of a definition."""
    return tuple((schema.find_field(field.source_id).name, str(field.transform)) for field in spec.fields)


def missing_columns(definition: TableDefinition, schema: "Schema") -> tuple[Column, ...]:
    """Columns that the definition has behind the last one of the table: what schema evolution may add."""
    return definition.fields[len(schema.fields) :]


def freed_columns(definition: TableDefinition, schema: "Schema") -> tuple[Column, ...]:
    """Columns that may be null in the definition and not in the table: what schema evolution may make optional."""
    kept = (replace(column, required=False) for column in columns_of(schema) if column.required)
    return tuple(column for column in kept if column in definition.fields)


def differences(
    definition: TableDefinition,
    schema: "Schema",
    spec: "PartitionSpec",
    added: Sequence[Column] = (),
    freed: Sequence[Column] = (),
) -> list[str]:
    """What sets an existing table apart from its definition, each as half a sentence; empty where they agree.

    `added` are columns that it is about to get, `freed` those that it is about to let be null.
    """
    free = {column.name: column for column in freed}
    wanted, existing = definition.fields, (*(free.get(one.name, one) for one in columns_of(schema)), *added)
    problems = [_difference(column, existing) for column in wanted if column not in existing]
    names = {column.name for column in wanted}
    problems += [
        f"column '{column.name}' is in the table and not in the definition"
        for column in existing
        if column.name not in names
    ]
    if not problems and wanted != existing:
        problems.append("the columns stand in another order")
    wished, partition = tuple(definition.partition.items()), partition_of(schema, spec)
    if wished != partition:
        problems.append(f"the table is partitioned by {_spell(partition)}, the definition says {_spell(wished)}")
    return problems


def _difference(column: Column, existing: Sequence[Column]) -> str:
    same = next((other for other in existing if other.name == column.name), None)
    if same is None:
        return f"column '{column.name}' is in the definition and not in the table"
    return f"column '{column.name}' is '{same}' in the table and '{column}' in the definition"


def _spell(partition: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{transform}({column})" for column, transform in partition) or "nothing"
