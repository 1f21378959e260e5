"""How each Postgres type travels over the wire, and the Arrow type that keeps it exactly.

| Postgres | Arrow / Parquet |
|---|---|
| bool, int2, int4, int8, float4, float8, oid | bool, int16, int32, int64, float32, float64, uint32 |
| numeric(p, s) up to 38 digits | decimal128(p, s) |
| numeric without precision, or with more digits | string, for neither Iceberg nor DuckDB nor Spark has more |
| uuid | uuid (Parquet's own UUID) |
| timestamptz, date, time | timestamp[us, UTC], date32, time64[us] |
| timestamp | timestamp[us, UTC], read in the zone that the extract states |
| bytea | binary |
| text, varchar, char(n) (padding kept), name, enums | string |
| json, jsonb, xml, inet and its kin, bit strings, ranges, interval (ISO 8601), timetz | string |
| arrays of these, one dimension | list |
| all others, arrays of more dimensions | string, as Postgres itself prints them; the summary names them |

A domain is its base type. Only a type of pg_catalog is what its name says: `app.json` is no json. Every field carries
the declared type in its metadata under `postgres.type`.
"""

from dataclasses import dataclass
from enum import Enum, auto

import pyarrow as pa

_MOST_DIGITS = 38


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


class Sent(Enum):
    """What the server does to a value before it sends it.

    Nothing; print it; print a list's elements, each by itself; read a wall clock's time in a zone.
    """

    AS_IS = auto()
    PRINTED = auto()
    PRINTED_EACH = auto()
    IN_ZONE = auto()


@dataclass(frozen=True)
class Wire:
    """A type on the wire: its coding, its Arrow type, what the server does to it first, and a list's element."""

    coding: Coding
    arrow: pa.DataType
    sent: Sent = Sent.AS_IS
    element: "Wire | None" = None


@dataclass(frozen=True)
class Declared:
    """A type as the catalog declares it, arrays and domains resolved down to what they are made of.

    `kind` is its typtype, `built_in` whether it is one of pg_catalog's. `arrays` counts arrays within arrays,
    `dimensions` is what a column was declared with, `output` the function that prints the column's values.
    """

    name: str
    modifier: int = -1
    built_in: bool = True
    kind: str = "b"
    arrays: int = 0
    dimensions: int = 0
    delimiter: str = ","
    output: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Column:
    """A column: its name, its type in Postgres's words and as the catalog declares it, and how it travels.

    `made_text` says that it is of a type without a form of its own in Arrow; `zone` is that of times without one.
    `source` is its name in the table, empty for a column that is missing there and comes as nulls. `wanted` is the
    type that its values are brought to, None for that of the wire.
    """

    name: str
    type: str
    declared: Declared
    wire: Wire
    made_text: bool = False
    zone: str = "UTC"
    source: str = ""
    wanted: pa.DataType | None = None

    @property
    def arrow(self) -> pa.DataType:
        """The column's Arrow type."""
        return self.wanted or self.wire.arrow

    @property
    def field(self) -> pa.Field:
        """The column as an Arrow field."""
        return pa.field(self.name, self.arrow, metadata={"postgres.type": self.type})


PRINTED = Wire(Coding.TEXT, pa.string(), Sent.PRINTED)
_INSTANT = pa.timestamp("us", "UTC")
_PLAIN = {
    "bool": Wire(Coding.BOOLEAN, pa.bool_()),
    "int2": Wire(Coding.NUMBER, pa.int16()),
    "int4": Wire(Coding.NUMBER, pa.int32()),
    "int8": Wire(Coding.NUMBER, pa.int64()),
    "oid": Wire(Coding.NUMBER, pa.uint32()),
    "float4": Wire(Coding.NUMBER, pa.float32()),
    "float8": Wire(Coding.NUMBER, pa.float64()),
    "uuid": Wire(Coding.UUID, pa.uuid()),
    "timestamptz": Wire(Coding.TIMESTAMP, _INSTANT),
    "timestamp": Wire(Coding.TIMESTAMP, _INSTANT, Sent.IN_ZONE),
    "date": Wire(Coding.DATE, pa.date32()),
    "time": Wire(Coding.TIME, pa.time64("us")),
    "bytea": Wire(Coding.BYTES, pa.binary()),
}
# To print char(n) would cost time for nothing, and json needs no printing.
_SENT_AS_TEXT = ("text", "varchar", "bpchar", "name", "json")
_PRINTED = ("jsonb", "xml", "char", "inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "interval", "timetz")
_ENUM, _RANGES = "e", ("r", "m")


def wire(declared: Declared, zone: str = "UTC") -> Wire | None:
    """How the type travels; None for one that has no form of its own in Arrow, and is printed."""
    if not declared.arrays:
        return _scalar(declared)
    if max(declared.arrays, declared.dimensions) > 1:
        return None
    element = _scalar(declared)
    if element is None or (element.sent is Sent.IN_ZONE and zone != "UTC"):
        return None
    if element.sent is not Sent.PRINTED:
        return Wire(Coding.LIST, pa.list_(element.arrow), element=element)
    # A printed array is read as one of texts, which are parted by commas.
    return Wire(Coding.LIST, pa.list_(element.arrow), Sent.PRINTED_EACH, element) if declared.delimiter == "," else None


def _scalar(declared: Declared) -> Wire | None:
    if declared.kind == _ENUM:
        return Wire(Coding.TEXT, pa.string())
    if declared.kind in _RANGES:
        return PRINTED
    if not declared.built_in:
        return None
    if declared.name in _SENT_AS_TEXT:
        return Wire(Coding.TEXT, pa.string())
    if declared.name in _PRINTED:
        return PRINTED
    return _numeric(declared.modifier) if declared.name == "numeric" else _PLAIN.get(declared.name)


def _numeric(modifier: int) -> Wire:
    """The decimal that a numeric's typmod describes (precision and scale as in Postgres's numeric.c), or text."""
    packed = modifier - 4
    precision, scale = packed >> 16 & 0xFFFF, (packed & 0x7FF ^ 1024) - 1024
    # Postgres allows a scale below zero or above the precision; a plain decimal with the same digits holds both.
    precision, scale = max(precision, scale) - min(scale, 0), max(scale, 0)
    if modifier < 0 or precision > _MOST_DIGITS:
        return PRINTED
    return Wire(Coding.DECIMAL, pa.decimal128(precision, scale), Sent.PRINTED)
