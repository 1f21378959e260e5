"""Columns with the type that a pipeline states for them.

| stated | a source's column may be | it comes as |
|---|---|---|
| int, long | a number; what is not whole or does not fit is unfit | int32, int64 |
| float | float4 | float32 |
| double | a number, as the nearest double | float64 |
| decimal(p,s) | a whole number or a numeric; one with more digits on either side is unfit | decimal128(p, s) |
| timestamptz | timestamptz; timestamp, read in the zone that the extract states | timestamp[us, UTC] |
| string | whatever travels as text, but for numbers; uuid | string |
| boolean, date, time, uuid, binary | just that | the same |
| list<…> | an array of just that | list |

So a source may have its numbers narrower or wider than is asked; no value is changed on the way but for a double's.
"""

from dataclasses import replace

import pyarrow as pa

from components.extract_postgres.columns import PRINTED, Coding, Column, Declared, Sent, Wire, wire
from components.shell.projection import digits, element

_NAMED = {
    "string": "text", "boolean": "bool", "int": "int4", "long": "int8", "float": "float4", "double": "float8",
    "date": "date", "time": "time", "timestamptz": "timestamptz", "uuid": "uuid", "binary": "bytea",
}  # fmt: skip
# Room for every whole number of 64 bits, printed.
_WHOLE = Wire(Coding.DECIMAL, pa.decimal128(19, 0), Sent.PRINTED)
_LONGEST = Wire(Coding.DECIMAL, pa.decimal128(38, 0), Sent.PRINTED)


def missing(name: str, kind: str) -> Column:
    """A column of nulls of a stated type."""
    return Column(name, kind, Declared(""), Wire(Coding.TEXT, _arrow(kind)))


def as_stated(column: Column, kind: str) -> Column | None:
    """The column as one of the stated type, None where its own type is not among those that may be."""
    wanted = _arrow(kind)
    if column.wire.arrow == wanted:
        return None if _is_printed_number(column) else column
    if kind == "string" and column.wire.coding is Coding.UUID:
        return as_text(column, kind)
    if pa.types.is_decimal(wanted):
        exact = _is_numeric(column) or pa.types.is_integer(column.wire.arrow)
        return replace(column, wire=Wire(Coding.DECIMAL, wanted, Sent.PRINTED)) if exact else None
    if kind not in ("int", "long", "double"):
        return None
    if _is_numeric(column):
        return replace(column, wire=PRINTED if kind == "double" else _WHOLE, wanted=wanted)
    return replace(column, wanted=wanted) if column.wire.coding is Coding.NUMBER else None


def as_text(column: Column, text: str) -> Column:
    """The column as it is; a uuid as its text where texts are meant (`~string`).

    A numeric that travels as text comes as a number, for the step to check like any other: as a text it would be taken
    for an id that has all its zeros.
    """
    if text != "string":
        return column
    if _is_printed_number(column) and not column.declared.arrays:
        return replace(column, wire=_LONGEST)
    return replace(column, wire=PRINTED) if column.wire.coding is Coding.UUID else column


def _is_printed_number(column: Column) -> bool:
    """Whether the column is a numeric, or an array of them, that comes as text for want of a decimal as long."""
    declared, kind = column.declared, column.wire.arrow
    inner = kind.value_type if pa.types.is_list(kind) else kind
    return declared.built_in and declared.name == "numeric" and pa.types.is_string(inner)


def _is_numeric(column: Column) -> bool:
    return column.declared.built_in and column.declared.name == "numeric" and not column.declared.arrays


def _arrow(kind: str) -> pa.DataType:
    if size := digits(kind):
        return pa.decimal128(*size)
    if inner := element(kind):
        return pa.list_(_arrow(inner))
    known = wire(Declared(_NAMED[kind]))
    return known.arrow if known else pa.string()
