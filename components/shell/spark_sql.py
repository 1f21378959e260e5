"""Spark's SQL of Ibis' expressions, so that it says what DuckDB's says.

All that Ibis 12 translates otherwise than steps mean it stands here, and nowhere else.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot as sg
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import NULL, STAR, SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.dialects import PySpark

from components.shell.ids import SPELLED_UUID

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LONGER_THAN_A_CHANGE = "6"
"""Hours after which clocks that were set back show a time again, and before which no other change comes."""
_BEFORE = "key_before"
_INFINITY = (1 << 63) - 1
_GROUPS = "^(.{8})(.{4})(.{4})(.{4})(.{12})$"


class _Compiler(PySparkCompiler):  # type: ignore[misc]  # Ibis ships no types
    __slots__ = ()

    def visit_Field(self, op: Any, *, rel: Any, name: str) -> Any:  # noqa: N802 - Ibis finds it by this name
        """A column as it is: Ibis makes null of NaN where its backend, which needs pandas, is loaded."""
        return SQLGlotCompiler.visit_Field(self, op, rel=rel, name=name)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802 - the same
        """A double as one: to Spark `30.0` is a decimal, and what is divided by it is rounded."""
        if dtype.is_floating():
            return self.cast(repr(value), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:  # noqa: N802 - the same
        """A fraction as the nearest whole number: Spark cuts off what is behind the point."""
        if to.is_integer() and op.arg.dtype.is_floating():
            arg = self.f.anon.rint(arg)
        if to.is_integer() and op.arg.dtype.is_decimal():
            arg = self.f.anon.round(arg, sge.convert(0))
        return super().visit_Cast(op, arg=arg, to=to)

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:  # noqa: N802, ARG002 - the same
        """How many rows meet the condition: 0 where there are none, which a sum would call null."""
        return self.f.count(STAR) if where is None else self.f.anon.count_if(where)

    def visit_JoinLink(self, op: Any, *, how: str, table: Any, predicates: Any) -> Any:  # noqa: N802 - the same
        """An as-of join, which Spark does not have, as one by ranges: from behind the key before up to each key."""
        if how != "asof":
            return super().visit_JoinLink(op, how=how, table=table, predicates=predicates)
        (reaches,) = predicates
        key, alias = reaches.expression, table.alias_or_name
        before = sge.Window(this=self.f.lag(key), order=sge.Order(expressions=[key])).as_(_BEFORE)
        ranges = sg.select(STAR, before).from_(table).subquery(alias)
        begin = sg.column(_BEFORE, table=alias, quoted=self.quoted)
        return sge.Join(this=ranges, side="left", on=reaches & sge.paren(begin.is_(NULL) | (reaches.this > begin)))

    def visit_ScalarUDF(self, op: Any, **arguments: Any) -> Any:  # noqa: N802 - the same
        """A function of DuckDB's by Spark's means."""
        if op.__func_name__ == "timezone":
            zone, at = arguments.values()
            return self._on_clocks(zone, at) if op.args[1].dtype.timezone else self._in_zone(zone, at)
        if op.__func_name__ == "to_json":
            (row,) = arguments.values()
            return self._as_json(row, op.args[0].dtype)
        if op.__func_name__ == "epoch_us":
            return self._micros(*arguments.values())
        if op.__func_name__ == "normal_id":
            return self._normal_id(*arguments.values())
        return super().visit_ScalarUDF(op, **arguments)

    def visit_WindowFunction(self, op: Any, *, func: Any, group_by: Any, order_by: Any, **kwargs: Any) -> Any:  # noqa: N802 - the same
        """Numbers in no order, from all tasks at once, good once held: Ibis has all rows come together in one."""
        if isinstance(op.func, ops.RowNumber) and not group_by and not order_by:
            return self.f.anon.monotonically_increasing_id()
        return super().visit_WindowFunction(op, func=func, group_by=group_by, order_by=order_by, **kwargs)

    def visit_TimestampDelta(self, op: Any, *, part: Any, left: Any, right: Any) -> Any:  # noqa: N802 - the same
        """The microseconds between two instants: Spark asks its calendar, which does not reach to `-infinity`."""
        if op.part.value != "microsecond":
            return super().visit_TimestampDelta(op, part=part, left=left, right=right)
        return self._micros(left) - self._micros(right)

    def _micros(self, at: Any) -> Any:
        """Microseconds since 1970; null of `infinity` and `-infinity`, which to Spark are instants like others."""
        micros = self.f.anon.unix_micros(self.cast(at, dt.Timestamp("UTC", 6)))
        return self.f.nullif(self.f.nullif(micros, sge.convert(_INFINITY)), sge.convert(-_INFINITY))

    def _normal_id(self, given: Any) -> Any:
        """What the macro of components/shell/ids.py says."""
        text = self.f.anon.rtrim(given)
        digits = self.f.anon.regexp_replace(self.f.lower(text), sge.convert("urn:uuid:|[^0-9a-f]"), sge.convert(""))
        dashed = self.f.anon.regexp_replace(digits, sge.convert(_GROUPS), sge.convert("$1-$2-$3-$4-$5"))
        spelled = self.f.anon.regexp_like(text, sge.convert(rf"\A(?:{SPELLED_UUID})\z"))
        return self.f.nullif(self.if_(spelled, dashed, text), sge.convert(""))

    def _as_json(self, row: Any, kind: dt.Struct) -> Any:
        """The row as JSON with its nulls too, and with instants as DuckDB writes them."""
        parts: list[Any] = []
        for name, each in kind.items():
            value = sge.Dot(this=row, expression=sg.to_identifier(name, quoted=self.quoted))
            text = self.cast(value, dt.string) if each.is_timestamp() else value
            parts += [name, self.f.anon.concat(text, "+00") if each.is_timestamp() and each.timezone else text]
        return self.f.anon.to_json(self.f.anon.named_struct(*parts), self.f.anon.map("ignoreNullFields", "false"))

    def _on_clocks(self, zone: Any, at: Any) -> Any:
        return self.f.anon.from_utc_timestamp(at, zone)

    def _in_zone(self, zone: Any, at: Any) -> Any:
        """The instant at which clocks show this; where they show it twice the second one, as DuckDB has it."""
        at = self.cast(at, dt.Timestamp("UTC", 6))
        first = self.f.anon.to_utc_timestamp(at, zone)
        after = first + sge.Interval(this=sge.convert(_LONGER_THAN_A_CHANGE), unit=sge.Var(this="HOUR"))
        ahead = sge.paren(self._on_clocks(zone, after) - after)
        second = at - ahead
        return self.if_(self._on_clocks(zone, second).eq(at), self.f.greatest(first, second), first)


_COMPILER = _Compiler()


@lru_cache(1024)
def _query(operation: Any) -> str:
    return str(_COMPILER.to_sqlglot(operation.to_expr()).sql(dialect=PySpark, copy=False))


def query(table: "ir.Table") -> str:
    """The query that computes the table."""
    return _query(table.op())
