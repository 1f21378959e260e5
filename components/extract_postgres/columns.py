"""How each Postgres type travels over the wire, and the Arrow type that keeps it exactly.

| Postgres | Arrow / Parquet |
|---|---|
| bool, int2, int4, int8, float4, float8, oid | bool, int16, int32, int64, float32, float64, uint32 |
| numeric(p, s) up to 76 digits | decimal128(p, s), from 39 digits on decimal256(p, s) |
| numeric without precision, or with more digits | string, for no decimal type holds all of them |
| uuid | uuid (Parquet's own UUID) |
| timestamptz, timestamp, date, time | timestamp[us, UTC], timestamp[us], date32, time64[us] |
| bytea | binary |
| text, varchar, char(n) (padding kept), name, citext, enums | string |
| json, jsonb, xml, hstore, inet and its kin, bit strings, ranges, interval (ISO 8601), timetz | string |
| arrays of these, one dimension | list |

Every field carries the declared type in its metadata under `postgres.type`.
"""

from dataclasses import dataclass
from enum import Enum, auto

import pyarrow as pa

_DIGITS_OF_128_BITS, _DIGITS_OF_256_BITS = 38, 76


class Coding(Enum):
    """How the bytes of a value are read."""

    NUMBER = auto()
    BOOLEAN = auto()
    TIMESTAMP = auto()
    DATE = auto()
    TIME = auto()
    UUID = auto()
    BYTES = auto()
    TEXT = auto()
    DECIMAL = auto()
    LIST = auto()


@dataclass(frozen=True)
class Wire:
    """A type on the wire: its coding, its Arrow type, the cast the server applies first, and a list's element."""

    coding: Coding
    arrow: pa.DataType
    cast: str = ""
    element: "Wire | None" = None


@dataclass(frozen=True)
class Declared:
    """A type as the catalog declares it, domains resolved: `modifier` is its typmod, `element` the array's element."""

    name: str
    modifier: int = -1
    is_enum: bool = False
    is_array: bool = False


@dataclass(frozen=True)
class Column:
    """A column: its name, its type in Postgres's words and as the catalog declares it, and how it travels."""

    name: str
    type: str
    declared: Declared
    wire: Wire

    @property
    def field(self) -> pa.Field:
        """The column as an Arrow field."""
        return pa.field(self.name, self.wire.arrow, metadata={"postgres.type": self.type})


_PLAIN = {
    "bool": Wire(Coding.BOOLEAN, pa.bool_()),
    "int2": Wire(Coding.NUMBER, pa.int16()),
    "int4": Wire(Coding.NUMBER, pa.int32()),
    "int8": Wire(Coding.NUMBER, pa.int64()),
    "oid": Wire(Coding.NUMBER, pa.uint32()),
    "float4": Wire(Coding.NUMBER, pa.float32()),
    "float8": Wire(Coding.NUMBER, pa.float64()),
    "uuid": Wire(Coding.UUID, pa.uuid()),
    "timestamptz": Wire(Coding.TIMESTAMP, pa.timestamp("us", "UTC")),
    "timestamp": Wire(Coding.TIMESTAMP, pa.timestamp("us")),
    "date": Wire(Coding.DATE, pa.date32()),
    "time": Wire(Coding.TIME, pa.time64("us")),
    "bytea": Wire(Coding.BYTES, pa.binary()),
}
# A cast to text would cut the padding of char(n), and json needs none.
_SENT_AS_TEXT = ("text", "varchar", "bpchar", "name", "json", "citext")
_CAST_TO_TEXT = (
    "jsonb", "xml", "hstore", "ltree", "char", "inet", "cidr", "macaddr", "macaddr8", "bit", "varbit",
    "interval", "timetz",
    "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
    "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange",
)  # fmt: skip


def wire(declared: Declared) -> Wire | None:
    """How the type travels; None for a type that is not supported."""
    if declared.is_array:
        element = wire(Declared(declared.name, declared.modifier, declared.is_enum))
        cast = "text[]" if element and element.cast else ""
        return element and Wire(Coding.LIST, pa.list_(element.arrow), cast, element)
    if declared.is_enum or declared.name in _SENT_AS_TEXT:
        return Wire(Coding.TEXT, pa.string())
    if declared.name in _CAST_TO_TEXT:
        return Wire(Coding.TEXT, pa.string(), "text")
    if declared.name == "numeric":
        return _numeric(declared.modifier)
    return _PLAIN.get(declared.name)


def _numeric(modifier: int) -> Wire:
    """The decimal that a numeric's typmod describes (precision and scale as in Postgres's numeric.c), or text."""
    packed = modifier - 4
    precision, scale = packed >> 16 & 0xFFFF, (packed & 0x7FF ^ 1024) - 1024
    # Postgres allows a scale below zero or above the precision; a plain decimal with the same digits holds both.
    precision, scale = max(precision, scale) - min(scale, 0), max(scale, 0)
    if modifier < 0 or precision > _DIGITS_OF_256_BITS:
        return Wire(Coding.TEXT, pa.string(), "text")
    decimal = pa.decimal128 if precision <= _DIGITS_OF_128_BITS else pa.decimal256
    return Wire(Coding.DECIMAL, decimal(precision, scale), "text")
