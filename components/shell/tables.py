"""Table definitions: what a pipeline says of the Iceberg table it fills (docs/tables.md)."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    from pyiceberg.partitioning import PartitionSpec
    from pyiceberg.schema import Schema
    from pyiceberg.types import IcebergType

_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+")
_COLUMN = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*) (?P<type>[a-z]+(?:\(\d+, ?\d+\))?)(?P<required>!?)")
_DECIMAL = re.compile(r"decimal\((?P<precision>\d+), ?(?P<scale>\d+)\)")
_TRANSFORM = re.compile(r"identity|year|month|day|hour|bucket\[[1-9]\d*\]|truncate\[[1-9]\d*\]")
_TYPES = ("string", "int", "long", "float", "double", "boolean", "date", "timestamp", "timestamptz", "binary")
_KEYS = {"name", "columns", "partition", "interval_column", "unfit", "late"}
REJECT, NULL, CLAMP = "reject", "null", "clamp"
_POLICIES = (REJECT, NULL, CLAMP)


@dataclass(frozen=True)
class Column:
    """A column: its name, Iceberg type, and whether it is never null."""

    name: str
    type: str
    required: bool

    def __str__(self) -> str:
        """The column as a definition writes it, such as `image_id string!`."""
        return f"{self.name} {self.type}{'!' if self.required else ''}"


@dataclass(frozen=True)
class TableDefinition:
    """An Iceberg table as its pipeline wants it; `interval_column` is empty where rows are only appended.

    `unfit` says of columns what becomes of a value that does not fit: `reject` where it says nothing, `null`, `clamp`.
    `key` names a row, and `renewed` are the columns that a fact which became known late may change in a row that is
    there; both are empty where late facts reopen nothing.
    """

    name: str
    columns: tuple[Column, ...]
    partition: tuple[tuple[str, str], ...] = ()
    interval_column: str = ""
    unfit: tuple[tuple[str, str], ...] = ()
    key: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()

    @property
    def namespace(self) -> str:
        """The namespace, such as `moderation` for `moderation.training_data`."""
        return self.name.rpartition(".")[0]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that are never null."""
        return tuple(column.name for column in self.columns if column.required)


def parse_definition(value: Mapping[str, Any]) -> TableDefinition:
    """The definition in the table dictionary of a pipeline.

    Dictionaries that went through KFP have lost the order of their keys; partition fields therefore follow the order of
    the columns.

    Raises:
        ConfigurationError: something is missing, unknown, repeated or malformed; the first such thing is named.
    """
    name = value.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _wrong(repr(name), "its name must be written namespace.table in lower case")
    if unknown := sorted(set(value) - _KEYS):
        raise _wrong(name, f"it has no key '{unknown[0]}'{_near(unknown[0], sorted(_KEYS))}")
    columns = _columns(name, value.get("columns"))
    partition = _partition(name, columns, value.get("partition") or {})
    interval = value.get("interval_column") or ""
    if interval and Column(interval, "timestamptz", required=True) not in columns:
        raise _wrong(name, f"interval_column '{interval}' must be a column of type timestamptz!")
    unfit = _unfit(name, columns, interval, value.get("unfit") or {})
    key, renewed = _late(name, columns, interval, value.get("late") or {})
    return TableDefinition(name, columns, partition, interval, unfit, key, renewed)


def _unfit(table: str, columns: Sequence[Column], interval: str, value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise _wrong(table, 'unfit must be a dictionary such as {"price": "null"}')
    known = {column.name: column for column in columns}
    for column, policy in value.items():
        if column not in known:
            raise _wrong(table, f"unfit names column '{column}', which it does not have{_near(column, list(known))}")
        if policy not in _POLICIES:
            raise _wrong(table, f"unfit of '{column}' is {policy!r}{_near(policy, _POLICIES)}")
        if policy == NULL and known[column].required:
            raise _wrong(table, f"unfit of '{column}' is 'null', and '{known[column]}' may never be null")
        if policy != REJECT and column == interval:
            raise _wrong(table, f"unfit of '{column}' must be 'reject', for it says which interval a row belongs to")
    return tuple(sorted(value.items()))


def _near(wrong: object, known: Sequence[str]) -> str:
    """The known word that was probably meant, else all of them."""
    near = difflib.get_close_matches(str(wrong), known, n=1)
    return f", did you mean '{near[0]}'?" if near else f", known are {', '.join(known)}"


def _columns(table: str, value: object) -> tuple[Column, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise _wrong(table, 'columns must be a list such as ["image_id string!", "category string"]')
    columns = tuple(_column(table, text) for text in value)
    names = [column.name.lower() for column in columns]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise _wrong(table, f"column '{repeated}' is there twice")
    return columns


def _column(table: str, text: object) -> Column:
    match = _COLUMN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise _wrong(table, f"column {text!r} must be written 'name type' or 'name type!'")
    kind = match["type"].replace(", ", ",")
    decimal = _DECIMAL.fullmatch(kind)
    fits = kind in _TYPES if decimal is None else int(decimal["scale"]) <= int(decimal["precision"]) <= 38  # noqa: PLR2004 - Iceberg's limit
    if not fits:
        raise _wrong(
            table, f"column '{match['name']}' has unknown type '{kind}', known are {', '.join(_TYPES)} and decimal(p,s)"
        )
    return Column(match["name"], kind, required=bool(match["required"]))


def _partition(table: str, columns: Sequence[Column], value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise _wrong(table, 'partition must be a dictionary such as {"uploaded_at": "day"}')
    order = {column.name: place for place, column in enumerate(columns)}
    for column, transform in value.items():
        if column not in order:
            raise _wrong(table, f"partition names column '{column}', which it does not have")
        if not isinstance(transform, str) or not _TRANSFORM.fullmatch(transform):
            raise _wrong(
                table,
                f"partition of '{column}' by {transform!r} is unknown, write day, month or bucket[16]",
            )
    return tuple(sorted(value.items(), key=lambda item: order[item[0]]))


def _late(table: str, columns: Sequence[Column], interval: str, value: object) -> tuple[tuple[str, ...], ...]:
    if not value:
        return (), ()
    if not isinstance(value, Mapping) or set(value) != {"key", "columns"} or not interval:
        raise _wrong(table, "late must be a dictionary of key and columns, beside an interval_column")
    key, renewed = value["key"], value["columns"]
    if not (isinstance(key, list) and key and isinstance(renewed, list)):
        raise _wrong(table, 'late must have lists, such as {"key": ["image_id"], "columns": ["label"]}')
    known = [column.name for column in columns if column.name != interval]
    if unknown := next((name for name in (*key, *renewed) if name not in known), None):
        raise _wrong(table, f"late names column '{unknown}', which it does not have beside its interval_column")
    if twice := next((name for name in known if (*key, *renewed).count(name) > 1), None):
        raise _wrong(table, f"late names column '{twice}' twice")
    if optional := next((str(column) for column in columns if column.name in key and not column.required), None):
        raise _wrong(table, f"late's key has '{optional}', which may be null: then it names no row")
    return tuple(key), tuple(renewed)


def _wrong(table: str, what: str) -> ConfigurationError:
    return ConfigurationError(f"the definition of table {table} is malformed: {what}", "see docs/tables.md")


def iceberg_schema(definition: TableDefinition) -> "Schema":
    """The definition's columns as an Iceberg schema with field ids from 1."""
    from pyiceberg.schema import Schema
    from pyiceberg.types import NestedField

    return Schema(
        *(
            NestedField(number, column.name, iceberg_type(column.type), required=column.required)
            for number, column in enumerate(definition.columns, 1)
        )
    )


def iceberg_type(name: str) -> "IcebergType":
    """The Iceberg type that a definition calls `name`."""
    from pyiceberg import types

    if decimal := _DECIMAL.fullmatch(name):
        return types.DecimalType(int(decimal["precision"]), int(decimal["scale"]))
    known: dict[str, IcebergType] = {
        str(kind): kind
        for kind in (
            types.StringType(), types.IntegerType(), types.LongType(), types.FloatType(), types.DoubleType(),
            types.BooleanType(), types.DateType(), types.TimestampType(), types.TimestamptzType(), types.BinaryType(),
        )
    }  # fmt: skip
    return known[name]


def iceberg_spec(definition: TableDefinition) -> "PartitionSpec":
    """The definition's partitioning as an Iceberg partition spec; fields are called `uploaded_at_day` and the like.

    Raises:
        ConfigurationError: a transform does not fit the type of its column.
    """
    from pyiceberg.partitioning import PartitionField, PartitionSpec
    from pyiceberg.transforms import parse_transform

    schema = iceberg_schema(definition)
    fields = []
    for number, (column, text) in enumerate(definition.partition, 1000):
        transform, source = parse_transform(text), schema.find_field(column)
        if not transform.can_transform(source.field_type):
            raise _wrong(definition.name, f"'{column}' of type {source.field_type} cannot be partitioned by {text}")
        suffix = re.sub(r"\W+", "_", text).strip("_")
        name = column if text == "identity" else f"{column}_{suffix}"
        fields.append(PartitionField(source_id=source.field_id, field_id=number, transform=transform, name=name))
    return PartitionSpec(*fields)


def columns_of(schema: "Schema") -> tuple[Column, ...]:
    """The columns of an existing table in the words of a definition."""
    return tuple(
        Column(field.name, str(field.field_type).replace(", ", ","), field.required) for field in schema.fields
    )


def partition_of(schema: "Schema", spec: "PartitionSpec") -> tuple[tuple[str, str], ...]:
    """The partitioning of an existing table in the words of a definition."""
    return tuple((schema.find_field(field.source_id).name, str(field.transform)) for field in spec.fields)


def missing_columns(definition: TableDefinition, schema: "Schema") -> tuple[Column, ...]:
    """Columns that the definition has behind the last one of the table: what schema evolution may add."""
    return definition.columns[len(schema.fields) :]


def differences(definition: TableDefinition, schema: "Schema", spec: "PartitionSpec") -> list[str]:
    """What sets an existing table apart from its definition, each as half a sentence; empty where they agree."""
    wanted, existing = definition.columns, columns_of(schema)
    found = [_difference(column, existing) for column in wanted if column not in existing]
    names = {column.name for column in wanted}
    found += [
        f"column '{column.name}' is in the table and not in the definition"
        for column in existing
        if column.name not in names
    ]
    if not found and wanted != existing:
        found.append("the columns stand in another order")
    if definition.partition != (partition := partition_of(schema, spec)):
        found.append(
            f"the table is partitioned by {_spell(partition)}, the definition says {_spell(definition.partition)}"
        )
    return found


def _difference(column: Column, existing: Sequence[Column]) -> str:
    same = next((other for other in existing if other.name == column.name), None)
    if same is None:
        return f"column '{column.name}' is in the definition and not in the table"
    return f"column '{column.name}' is '{same}' in the table and '{column}' in the definition"


def _spell(partition: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{transform}({column})" for column, transform in partition) or "nothing"
