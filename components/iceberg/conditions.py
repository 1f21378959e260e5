"""Conditions that people write: read, held to a table's columns, used to leave out files, and put to one file."""

from typing import Any

import pyarrow.compute as pc
from pyiceberg.expressions import (
    AlwaysFalse,
    AlwaysTrue,
    And,
    BooleanExpression,
    EqualTo,
    Not,
    Or,
    Reference,
    UnboundPredicate,
)
from pyiceberg.expressions.parser import parse
from pyiceberg.expressions.visitors import bind, rewrite_not, translate_column_names
from pyiceberg.io.pyarrow import expression_to_pyarrow
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import BinaryType, StringType
from pyparsing import ParseException

from components.shell.errors import ConfigurationError

EVERYTHING = AlwaysTrue()
_FORM = "write it as pyiceberg's row filters are: category = 'soup' and at >= '2026-01-15T00:00:00+00:00'"


def read_condition(written: str | BooleanExpression) -> BooleanExpression:
    """The condition that a text, or pyiceberg's own expression, stands for; all rows where the text is empty.

    Without `not`, which would hold for NaN where the comparison that it turns around does not.

    Raises:
        ConfigurationError: it is none.
    """
    if isinstance(written, str) and not written.strip():
        return EVERYTHING
    try:
        return rewrite_not(parse(written) if isinstance(written, str) else written)
    except ParseException as error:
        position = f", from '{error.line[error.col - 1 :]}' on" if error.loc else ""
        raise ConfigurationError(f"'{written}' cannot be read as a condition{position}", _FORM) from None
    except (ValueError, NotImplementedError, RecursionError) as error:
        raise ConfigurationError(f"'{written}' cannot be read as a condition: {error}", _FORM) from None


def equal(column: str, value: str) -> BooleanExpression:
    """The condition that a column has a value."""
    predicate: Any = EqualTo  # its type does not know that it takes a name and a value
    condition: BooleanExpression = predicate(column, value)
    return condition


def hold(schema: Schema, condition: BooleanExpression) -> None:
    """Nothing, if the condition compares columns of the table with values of their types.

    Raises:
        ConfigurationError: it does not.
    """
    try:
        bind(schema, condition, case_sensitive=True)
    except (ValueError, TypeError, NotImplementedError) as error:
        raise ConfigurationError(f"the condition does not fit the table: {error}", _FORM) from None


def columns_in(condition: BooleanExpression) -> list[str]:
    """The columns that a condition looks at, each once."""
    match condition:
        case And(left=left, right=right) | Or(left=left, right=right):
            return list(dict.fromkeys((*columns_in(left), *columns_in(right))))
        case Not(child=child):
            return columns_in(child)
        case UnboundPredicate(term=Reference(name=name)):
            return [name]
        case AlwaysTrue() | AlwaysFalse():
            return []
    raise ConfigurationError(f"'{condition}' is no condition on columns", _FORM)


def in_file(condition: BooleanExpression, table: Schema, file: Schema) -> pc.Expression:
    """The condition on rows of a file whose columns may have other names, and lack some, which are null."""
    translated = translate_column_names(bind(table, condition, case_sensitive=True), file)
    return expression_to_pyarrow(bind(file, translated, case_sensitive=True), file)


def for_bounds(table: Table, condition: BooleanExpression) -> BooleanExpression:
    """What of a condition may leave out any file by the bounds that its manifest tells.

    Of a text beyond 4 KiB Parquet keeps no statistics for its row group, and pyiceberg then tells bounds of the other
    groups as if they were the file's. So comparisons of text and bytes count as true here, but for columns that all
    files are partitioned by.
    """
    match condition:
        case And(left=left, right=right):
            return And(for_bounds(table, left), for_bounds(table, right))
        case Or(left=left, right=right):
            return Or(for_bounds(table, left), for_bounds(table, right))
        case UnboundPredicate(term=Reference(name=name)):
            field = table.schema().find_field(name)
            sure = not isinstance(field.field_type, StringType | BinaryType) or _parted_by(table, field.field_id)
            return condition if sure else EVERYTHING
    return condition


def _parted_by(table: Table, field_id: int) -> bool:
    """Whether all files have one value of the column each, under every partitioning that the table has had."""
    return all(
        any(part.source_id == field_id and isinstance(part.transform, IdentityTransform) for part in spec.fields)
        for spec in table.specs().values()
    )
