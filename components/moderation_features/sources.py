"""The raw tables, whatever generation of the source they come from, in one form.

Every table carries `usable_at`: the later of the instant a row's event happened and the instant the row became known
(`known_at`, where the column exists and is set). A row may be used at t if and only if usable_at <= t.
"""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from components.shell.errors import ContractError

_Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Kind:
    """A type as the source writes it: what people call it, how to recognise it, what it becomes (None: stays).

    Texts of a kind that is `spelled` are ids in any spelling, and are brought to the normal one.
    """

    title: str
    fits: _Test
    becomes: str | None
    spelled: bool = False


def _identifies(dtype: Any) -> bool:
    whole = dtype.is_integer() or (dtype.is_decimal() and dtype.scale == 0)
    return bool(dtype.is_uuid() or dtype.is_string() or whole)


IDENTIFIER = Kind("uuid, text or a whole number", _identifies, "string", spelled=True)
# In the long tables a uuid stays one, which is half the work: whoever joins them brings the other side's few ids to
# their type.
NATIVE_IDENTIFIER = Kind(IDENTIFIER.title, IDENTIFIER.fits, None, spelled=True)
# Views come from `read_views`, which has brought their ids to the normal spelling: they are the longest table.
NORMAL_IDENTIFIER = Kind(IDENTIFIER.title, IDENTIFIER.fits, None)
TEXT = Kind("text", lambda dtype: bool(dtype.is_string()), "string")
INSTANT = Kind("timestamptz", lambda dtype: bool(dtype.is_timestamp() and dtype.timezone), "timestamp('UTC', 6)")
INTEGER = Kind("an integer", lambda dtype: bool(dtype.is_integer()), "int64")
BOOLEAN = Kind("boolean", lambda dtype: bool(dtype.is_boolean()), "boolean")


@dataclass(frozen=True)
class Column:
    """A column by our name, the names it has in the source (the first one found is taken) and its type."""

    name: str
    sources: tuple[str, ...]
    kind: Kind
    required: bool = True


KNOWN_AT = Column("known_at", ("known_at",), INSTANT, required=False)
DELETED_AT = Column("deleted_at", ("deleted_at",), INSTANT, required=False)
IMAGE_ID = Column("image_id", ("image_id",), NATIVE_IDENTIFIER)
VIEWED_ID = Column("image_id", ("image_id",), NORMAL_IDENTIFIER)
USER_ID = Column("user_id", ("user_id",), NATIVE_IDENTIFIER)

# comments.moderator_hidden and flags.review_status are not used: they carry no time, so nobody can tell what they were
# at a decision.
TABLES: dict[str, tuple[Column, ...]] = {
    "users": (
        Column("user_id", ("id",), IDENTIFIER),
        Column("event_time", ("created_at",), INSTANT),
        Column("is_test_account", ("is_test_account",), BOOLEAN, required=False),
        Column("year_of_birth", ("year_of_birth",), INTEGER, required=False),
        KNOWN_AT,
    ),
    "images": (
        Column("image_id", ("id",), IDENTIFIER),
        Column("user_id", ("user_id",), IDENTIFIER),
        Column("event_time", ("uploaded_at", "created_at"), INSTANT),
        Column("caption", ("caption",), TEXT),
        Column("category", ("category",), TEXT),
        DELETED_AT,
        KNOWN_AT,
    ),
    "comments": (
        Column("event_id", ("id",), NATIVE_IDENTIFIER),
        IMAGE_ID,
        USER_ID,
        Column("event_time", ("created_at",), INSTANT),
        DELETED_AT,
        KNOWN_AT,
    ),
    "flags": (
        Column("event_id", ("id",), NATIVE_IDENTIFIER),
        IMAGE_ID,
        Column("comment_id", ("comment_id",), NATIVE_IDENTIFIER),
        USER_ID,
        Column("event_time", ("created_at",), INSTANT),
        KNOWN_AT,
    ),
    "image_milestones": (
        IMAGE_ID,
        Column("milestone_type", ("milestone_type",), TEXT),
        Column("value", ("milestone_value",), INTEGER),
        Column("event_time", ("reached_at",), INSTANT),
        KNOWN_AT,
    ),
    "view events": (VIEWED_ID, Column("event_time", ("event_time",), INSTANT), KNOWN_AT),
    "view windows": (
        VIEWED_ID,
        Column("window_start", ("window_start",), INSTANT),
        Column("event_time", ("window_end",), INSTANT),
        Column("event_count", ("event_count",), INTEGER),
        KNOWN_AT,
    ),
}


def normalise(table: str, raw: ir.Table) -> ir.Table:
    """The raw table with our names and types, and with `usable_at` in place of `known_at`.

    Ids of users and images are strings in their normal form, those in all other tables keep their type; times are
    timestamptz in UTC to the microsecond; an optional column that is missing is null.

    Raises:
        ContractError: a required column is missing, or a column has another type.
    """
    columns = {column.name: _column(table, raw, column) for column in TABLES[table]}
    known_at, event_time = columns.pop("known_at"), columns["event_time"]
    # A row that is said to be known before it happened is usable from the event on.
    usable_at = (known_at > event_time).ifelse(known_at, event_time)
    return raw.select(**columns, usable_at=usable_at)


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]  # Ibis ships no types
def normal_id(given: dt.string) -> dt.string:
    """The id in its normal form, by the engine's macro of this name (`components.shell.ids`)."""


def typed(ids: ir.StringValue, kind: dt.DataType) -> ir.Value:
    """Ids in their normal form as values of `kind`; null where no value of that kind has this very form."""
    values = ids.try_cast(kind)
    return (values.cast("string") == ids).ifelse(values, ibis.null(kind))


def images(raw: ir.Table) -> ir.Table:
    """The images: image_id, user_id, uploaded_at, usable_at, deleted_at, category, caption_length in characters."""
    table = normalise("images", raw)
    return table.select(
        "image_id",
        "user_id",
        "usable_at",
        "deleted_at",
        "category",
        uploaded_at=table.event_time,
        caption_length=table.caption.length().fill_null(0).cast("int64"),
    )


def _column(table: str, raw: ir.Table, column: Column) -> ir.Value:
    source = next((name for name in column.sources if name in raw.columns), None)
    if source is None and column.required:
        raise _missing(table, raw, column)
    if source is None:
        return ibis.null(column.kind.becomes)
    if not column.kind.fits(raw[source].type()):
        raise ContractError(
            f"column {table}.{source} is {raw[source].type()}, not {column.kind.title}",
            "correct the source's column or the extract that wrote it",
        )
    value = raw[source]
    if column.kind.spelled and value.type().is_string():
        return normal_id(value)
    return value.cast(column.kind.becomes) if column.kind.becomes else value


def _missing(table: str, raw: ir.Table, column: Column) -> ContractError:
    near = [match for name in column.sources for match in difflib.get_close_matches(name, raw.columns, n=1)]
    hint = f"; did you mean {table}.{near[0]}?" if near else f"; it has {', '.join(raw.columns)}"
    wanted = " or ".join(f"{table}.{name}" for name in column.sources)
    return ContractError(f"column {wanted} is missing{hint}", "extract the table with this column")
