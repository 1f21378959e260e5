"""Columns with the type that a pipeline states for them.

| stated | a source's column may be | it comes as |
|---|---|---|
| int, long | whole numbers that fit in it | int32, int64 |
| float, double | float4; double: float8 too | float32, float64 |
| decimal(p,s) | a numeric or whole number with no more digits before and after the point | decimal128(p, s) |
| timestamptz | timestamptz; timestamp, read in the zone that the extract states | timestamp[us, UTC] |
| string | whatever travels as text; uuid | string |
| boolean, date, time, uuid, binary | just that | the same |
| list<…> | an array of just that | list |

A numeric without a precision, or of more than 38 digits, may be a decimal too; a value with more digits is unfit.
"""

from dataclasses import replace

import pyarrow as pa

from components.extract_postgres.columns import PRINTED, Coding, Column, Declared, Sent, Wire, wire
from components.shell.projection import digits, element

_NAMED = {
    "string": "text", "boolean": "bool", "int": "int4", "long": "int8", "float": "float4", "double": "float8",
    "date": "date", "time": "time", "timestamptz": "timestamptz", "uuid": "uuid", "binary": "bytea",
}  # fmt: skip
_WIDER: dict[pa.DataType, tuple[pa.DataType, ...]] = {
    pa.int32(): (pa.int16(),),
    pa.int64(): (pa.int16(), pa.int32(), pa.uint32()),
    pa.float64(): (pa.float32(),),
}
_DIGITS = {pa.int16(): 5, pa.int32(): 10, pa.int64(): 19}


def missing(name: str, kind: str) -> Column:
    """A column of nulls of a stated type."""
    return Column(name, kind, Declared(""), Wire(Coding.TEXT, _arrow(kind)))


def as_stated(column: Column, kind: str) -> Column | None:
    """The column as one of the stated type, None where its own type is not among those that may be."""
    wanted, own = _arrow(kind), column.wire.arrow
    if own == wanted:
        return column
    if kind == "string" and column.wire.coding is Coding.UUID:
        return replace(column, wire=PRINTED)
    if pa.types.is_decimal(wanted):
        return _as_decimal(column, wanted)
    return replace(column, wider=wanted) if own in _WIDER.get(wanted, ()) else None


def _as_decimal(column: Column, wanted: pa.DataType) -> Column | None:
    own, before = column.wire.arrow, wanted.precision - wanted.scale
    if pa.types.is_decimal(own):
        fits = own.scale <= wanted.scale and own.precision - own.scale <= before
    else:
        numeric = column.declared.built_in and column.declared.name == "numeric" and not column.declared.arrays
        fits = numeric or _DIGITS.get(own, before + 1) <= before
    return replace(column, wire=Wire(Coding.DECIMAL, wanted, Sent.PRINTED)) if fits else None


def _arrow(kind: str) -> pa.DataType:
    if size := digits(kind):
        return pa.decimal128(*size)
    if inner := element(kind):
        return pa.list_(_arrow(inner))
    found = wire(Declared(_NAMED[kind]))
    return found.arrow if found else pa.string()
