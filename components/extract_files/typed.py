"""Columns of files with the types that a pipeline states for them.

| stated | a text | a value of Parquet |
|---|---|---|
| string | as it is | a text: a number has lost its leading zeros |
| int, long | a whole number that fits in it, `49.0` too | a number that is whole and fits |
| float, double | a number, or infinite in so many words | a number |
| decimal(p,s) | a number with no more digits before and after the point | the same; a floating one is rounded |
| boolean | true or false, 1 or 0, `1.0` too | a boolean, 1 or 0 |
| date | 2020-09-20 | a date |
| timestamptz | an instant, or a time or a day of the zone that the extract states | a timestamp, with a zone or of it |
| uuid | none | a UUID; stated as a string it is its text |
| time, binary, list | none | just that |

What only stands for a type (`~decimal(20,9)`) has it where it is a text, rounded to its digits; else it stays what it
is. A day where an instant is stated is its last microsecond: what happened on it is known when it is over. An empty
text is null, and so is a NaN where a number or a boolean is stated: that is how pandas writes nulls. A column that is
null in all rows may be of no type in Parquet: it has the stated one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.types as kinds

from components.shell.instants import FIRST, LAST
from components.shell.projection import Asked, digits, element

_INSTANT = "timestamp('UTC', 6)"
_LAST_OF_DAY = " 23:59:59.999999"
_MOST_DIGITS = 38
# What a long leaves of them behind the point.
_BEHIND_LONG = 18
_READ_AS = {pa.json_(): pa.string(), pa.binary_view(): pa.binary(), pa.float16(): pa.float32()}
_ARROW = {
    "string": pa.string(), "boolean": pa.bool_(), "int": pa.int32(), "long": pa.int64(), "float": pa.float32(),
    "double": pa.float64(), "date": pa.date32(), "time": pa.time64("us"), "timestamptz": pa.timestamp("us", "UTC"),
    "uuid": pa.uuid(), "binary": pa.binary(),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column to write: our name, the source's (empty: there is none), its type as text, and its Arrow type.

    `stated` is the type that its values must have, and that they may be `rounded` to; without one any will do.
    """

    name: str
    source: str
    type_text: str
    arrow: pa.DataType
    stated: str = ""
    rounded: bool = False

    @property
    def may_be_unfit(self) -> bool:
        """Whether the source may hold a value that does not fit."""
        return bool(self.source) and self.stated not in ("", "string")


def missing(asked: Asked) -> Column:
    """A column of nulls."""
    return Column(asked.name, "", asked.nulls, arrow_of(asked.nulls))


def as_asked(asked: Asked, source: str, own: pa.DataType) -> Column | None:
    """The column as it is asked for, None where its own type is not among those that may be."""
    if not _is_known(own):
        return None
    stated = asked.type or (asked.text if is_text(own) or (own == pa.uuid() and asked.text == "string") else "")
    if _may_be_nulls(own, asked.nulls):
        return Column(asked.name, source, str(own), arrow_of(asked.nulls))
    if not stated:
        return Column(asked.name, source, str(own), _kept(own))
    rounded = not asked.type or kinds.is_floating(own)
    return Column(asked.name, source, str(own), arrow_of(stated), stated, rounded) if _may_be(own, stated) else None


def arrow_of(kind: str) -> pa.DataType:
    """The Arrow type of a type as it is written."""
    if size := digits(kind):
        return pa.decimal128(*size)
    if inner := element(kind):
        return pa.list_(arrow_of(inner))
    return _ARROW[kind]


def engine_type(own: pa.DataType) -> dt.DataType:
    """The same type as the engine has it."""
    if kinds.is_list(own):
        return dt.Array(engine_type(own.value_type))
    return dt.uuid if own == pa.uuid() else dt.DataType.from_pyarrow(own)


def readable(own: pa.DataType) -> pa.DataType:
    """The type as which values of a file are read: what the engine does not know comes as what holds the same."""
    if kinds.is_list(own) or kinds.is_large_list(own):
        return pa.list_(own.value_field.with_type(readable(own.value_type)))
    if kinds.is_struct(own):
        return pa.struct([field.with_type(readable(field.type)) for field in own])
    return _READ_AS.get(own, pa.binary() if kinds.is_fixed_size_binary(own) else own)


def _is_known(own: pa.DataType) -> bool:
    """Whether the engine reads the type, and nothing is lost when it is written again."""
    try:
        engine_type(own)
    except (KeyError, ValueError):
        return False
    return not (kinds.is_duration(own) or (kinds.is_decimal(own) and own.precision > _MOST_DIGITS))


def is_untyped(own: pa.DataType) -> bool:
    """Whether it is the type of what is null in all rows, or of lists of that."""
    while kinds.is_list(own) or kinds.is_large_list(own):
        own = own.value_type
    return bool(kinds.is_null(own))


def is_text(own: pa.DataType) -> bool:
    """Whether values of this type are texts."""
    own = own.value_type if kinds.is_dictionary(own) else own
    return bool(kinds.is_string(own) or kinds.is_large_string(own) or kinds.is_string_view(own))


def value(column: Column, given: ir.Value) -> ir.Value:
    """What becomes of a value of the source, null where it does not fit."""
    if not column.stated:
        return given.cast(engine_type(column.arrow))
    if digits(column.stated):
        return _decimal(given, column)
    return _VALUES.get(column.stated, _as_it_is)(given)


def unfit(given: ir.Value, converted: ir.Value) -> ir.BooleanValue:
    """Whether a value has become null that was none."""
    return given.notnull() & converted.isnull() & ~_is_nan(given)


def _kept(own: pa.DataType) -> pa.DataType:
    """The type that a column without a stated one comes as."""
    if is_text(own):
        return pa.string()
    if kinds.is_timestamp(own):
        return pa.timestamp("us", "UTC" if own.tz else None)
    return own.value_type if kinds.is_dictionary(own) else own


def _may_be_nulls(own: pa.DataType, kind: str) -> bool:
    """Whether a column that has no type of its own may be of this one."""
    while kind and kinds.is_list(own):
        kind, own = element(kind), own.value_type
    return bool(kind and kinds.is_null(own))


def _may_be(own: pa.DataType, stated: str) -> bool:
    if is_text(own):
        return digits(stated) is not None or stated in _VALUES
    if own == pa.uuid() and stated == "string":
        return True
    number = bool(kinds.is_integer(own) or kinds.is_floating(own) or kinds.is_decimal(own))
    if digits(stated) or stated in ("int", "long", "float", "double"):
        return number
    if stated == "boolean" and number:
        return True
    is_same: bool = _kept(own) == arrow_of(stated)
    return bool(kinds.is_timestamp(own)) if stated == "timestamptz" else is_same


def _as_it_is(given: ir.Value) -> ir.Value:
    return given


def _text(given: ir.Value) -> ir.Value:
    return given.cast("string")


def _is_nan(given: ir.Value) -> ir.BooleanValue:
    if given.type().is_string():
        return given.lower() == "nan"
    return given.isnan() if given.type().is_floating() else ibis.literal(False)


def _number(given: ir.Value) -> ir.Value:
    """The value as a floating-point number, null where it is none or not a number."""
    number = given.try_cast("float64")
    return number.isnan().ifelse(ibis.null("float64"), number)


def _floating(kind: str) -> Callable[[ir.Value], ir.Value]:
    def made(given: ir.Value) -> ir.Value:
        number = _number(given)
        if given.type().is_string():
            # A text with a number beyond the largest is infinite to the engine.
            number = (number.isinf() & given.re_search("[0-9]")).ifelse(ibis.null("float64"), number)
        return number.try_cast(kind)

    return made


def _whole(kind: str) -> Callable[[ir.Value], ir.Value]:
    def made(given: ir.Value) -> ir.Value:
        number, whole = _number(given), given.try_cast(kind)
        is_whole = (whole.cast("float64") == number) & _is_exact(given, whole, 0, _BEHIND_LONG)
        return is_whole.ifelse(whole, ibis.null(kind))

    return made


def _decimal(given: ir.Value, column: Column) -> ir.Value:
    precision, scale = column.arrow.precision, column.arrow.scale
    near = given.try_cast(f"decimal({precision}, {scale})")
    if column.rounded:
        return near
    is_exact = _is_exact(given, near, scale, _MOST_DIGITS - precision + scale)
    return is_exact.ifelse(near, ibis.null(near.type()))


def _is_exact(given: ir.Value, converted: ir.Value, scale: int, room: int) -> ir.BooleanValue:
    """Whether a number with `scale` digits behind the point is just the text or decimal that it was made of.

    A double knows sixteen digits, so it is not asked. A decimal with `room` for digits behind the point knows what an
    exponent says; what has more of them, and no exponent, shows in its text.
    """
    if given.type().is_decimal():
        return converted.try_cast(given.type()) == given
    if not given.type().is_string():
        return ibis.literal(True)
    wide = given.try_cast(f"decimal({_MOST_DIGITS}, {room})")
    lost = given.re_search(rf"\.[0-9]{{{scale}}}[0-9]*[1-9][0-9]*\s*$")
    return (converted.cast(wide.type()) == wide) & ~lost


def _boolean(given: ir.Value) -> ir.Value:
    if given.type().is_boolean():
        return given
    number = _number(given)
    words = given.try_cast("boolean") if given.type().is_string() else ibis.null("boolean")
    return ibis.cases((number == 1, True), (number == 0, False), else_=words)


def _within(kind: str, *bounds: date) -> Callable[[ir.Value], ir.Value]:
    def made(given: ir.Value) -> ir.Value:
        at = given.try_cast(kind)
        first, last = (ibis.literal(bound, kind) for bound in bounds)
        return at.between(first, last).ifelse(at, ibis.null(kind))

    return made


def _instant(given: ir.Value) -> ir.Value:
    """The instant; of a day without a time its last microsecond, for what is known of a day is known when it is over.

    At its beginning it would be known to a cut there, of which it is the future.
    """
    if given.type().is_string():
        given = given.contains(":").ifelse(given, given.strip() + _LAST_OF_DAY)
    return _within(_INSTANT, FIRST, LAST)(given)


_VALUES: dict[str, Callable[[ir.Value], ir.Value]] = {
    "string": _text,
    "boolean": _boolean,
    "int": _whole("int32"),
    "long": _whole("int64"),
    "float": _floating("float32"),
    "double": _floating("float64"),
    "date": _within("date", date.min, date.max),
    "timestamptz": _instant,
}
