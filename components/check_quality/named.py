"""Great Expectations by their own names: row by row as the rows stream by, or by one figure that DuckDB computes."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from components.check_quality.contract import Rule
from components.check_quality.judge import refused
from components.check_quality.outcomes import EXAMPLES, Verdict
from components.check_quality.sql import BEYOND, Session, literal
from components.shell.counts import counted
from components.shell.identifiers import quoted
from components.shell.instants import EPOCH
from components.shell.schema import Expect

_FIGURES = {
    "column.max": "max({c})",
    "column.min": "min({c})",
    "column.mean": "avg({c})",
    "column.median": "median({c})",
    "column.standard_deviation": "stddev_samp({c})",
    "column.sum": "sum({c})",
    "column.distinct_values.count": "count(DISTINCT {c})",
    "column.unique_proportion": "count(DISTINCT {c}) / nullif(count({c}), 0)",
}


def plain_frame(table: pa.Table, offset: int) -> pd.DataFrame:
    """The table as pandas has it: texts as texts, instants and days as such; decimals as doubles."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(field.type.value_type))
        elif pa.types.is_decimal(field.type):
            table = table.set_column(place, field.name, table[field.name].cast(pa.float64()))
    # Of whole numbers beside a null pandas would make doubles, for which 2**53 and 2**53 + 1 are the same.
    frame = table.to_pandas(date_as_object=False, integer_object_nulls=True)
    return frame.set_axis(pd.RangeIndex(offset, offset + table.num_rows), axis="index")


def with_mostly(rule: Expect, verdict: Verdict) -> bool:
    """Whether as many rows as `mostly` says are as expected, of those that are judged."""
    if verdict.error or not verdict.judged:
        return not verdict.error
    mostly: float = rule.kwargs.get("mostly", 1)
    return (verdict.judged - verdict.unexpected) / verdict.judged >= mostly


def by_figures(rule: Rule, session: Session, schema: pa.Schema, rows: int) -> tuple[Verdict | None, str]:
    """The verdict, None where there is nothing to judge, and what was observed; the library judges the figure."""
    given = rule.given
    if not isinstance(given, Expect):
        raise TypeError(rule.kind)
    try:
        figures = _figures(given, session, schema, rows)
    except duckdb.DataError:
        return refused(rule, BEYOND), ""
    except (TypeError, ValueError, LookupError, OverflowError, duckdb.BinderException) as error:
        return refused(rule, str(error)), ""
    if any(isinstance(figure, float) and math.isnan(figure) for figure in figures.values()):
        return refused(rule, "there is no such figure of numbers that are infinite"), ""
    if any(figure is None for figure in figures.values()):
        return None, "not judged on no known value"
    try:
        found = _class_of(given)(**given.kwargs)._validate(  # noqa: SLF001 - how it judges what it has measured
            metrics=figures, runtime_configuration={"result_format": {"partial_unexpected_count": EXAMPLES}}
        )
    except Exception as error:  # noqa: BLE001 - the library's own, whichever
        return refused(rule, str(error)), ""
    result: Mapping[str, Any] = found["result"]
    odd = [*(result.get("partial_unexpected_list") or []), *(result.get("partial_missing_list") or [])]
    odd += [] if found["success"] else _texts(_seen(result))
    verdict = Verdict(given.type, bool(found["success"]), 0, tuple(odd[:EXAMPLES]), ())
    return verdict, _observed(result, figures)


def _class_of(rule: Expect) -> Any:
    from components.check_quality.library import expectation_class  # noqa: PLC0415 - it takes seconds to load

    return expectation_class(rule.type)


def _observed(result: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    if (seen := _seen(result)) is not None:
        return _spelled(seen)
    counts = {name: figure for name, figure in figures.items() if name.endswith(".count")}
    words = {"not_in_set": "values not in the set", "missing_from_column": "values of the set missing"}
    return ", ".join(f"{count:,} {words[name.split('.')[-2]]}" for name, count in counts.items())


def _seen(result: Mapping[str, Any]) -> Any:
    found = result.get("observed_value")
    return found.get("values") if isinstance(found, Mapping) else found


def _texts(seen: Any) -> list[str]:
    """The texts of the data that were observed: examples, for a figure is told in the log too."""
    return [one for one in (seen if isinstance(seen, list) else [seen]) if isinstance(one, str)]


def _spelled(seen: Any) -> str:
    if isinstance(seen, list):
        return ", ".join(_spelled(one) for one in seen[:EXAMPLES])
    if isinstance(seen, float):
        return f"{seen:.6g}"
    return f"a text of {counted(len(seen), 'character')}" if isinstance(seen, str) else str(seen)[:100]


def _figures(rule: Expect, session: Session, schema: pa.Schema, rows: int) -> dict[str, Any]:
    """What the expectation asks to be measured, by the library's names; None for what cannot be."""
    if rule.type.startswith("expect_table_row_count"):
        return {"table.row_count": rows}
    field = schema.field(rule.kwargs["column"])
    source = _source(field)
    wanted: Sequence[str] = _class_of(rule).metric_dependencies
    (known,) = session.row(f"SELECT count(*) FROM {source}")
    if "column.non_null_proportion" in wanted:
        return {wanted[0]: known / rows if rows else None}
    return _of_values(rule, session, field, source, known) if known else {wanted[0]: None}


def _of_values(rule: Expect, session: Session, field: pa.Field, source: str, known: int) -> dict[str, Any]:
    wanted: Sequence[str] = _class_of(rule).metric_dependencies
    if rule.type == "expect_column_quantile_values_to_be_between":
        return {"column.quantile_values": _quantiles(rule, session, source, field, known)}
    if rule.type == "expect_column_most_common_value_to_be_in_set":
        return {"column.most_common_value": _most_common(session, source)}
    if "distinct_values.not_in_set" in str(wanted) or "missing_from_column" in str(wanted):
        return {name: figure for name, figure in _sets(rule, session, source).items() if name in wanted}
    figures = session.row(f"SELECT {', '.join(_FIGURES[name].format(c='c') for name in wanted)} FROM {source}")
    return {name: _plain(value, field.type) for name, value in zip(wanted, figures, strict=True)}


def _source(field: pa.Field) -> str:
    """The known values as a table with one column `c`; instants as whole microseconds, decimals as doubles."""
    column, kind = quoted(field.name), field.type
    if pa.types.is_timestamp(kind):
        value = f"epoch_us({column})"
    elif pa.types.is_date(kind):
        value = f"epoch_us({column}::TIMESTAMP)"
    else:
        value = f"{column}::DOUBLE" if pa.types.is_decimal(kind) else column
    known = f"{column} IS NOT NULL" + (f" AND NOT isnan({column})" if pa.types.is_floating(kind) else "")
    return f"(SELECT {value} AS c FROM rows WHERE {known})"


def _plain(value: Any, kind: pa.DataType) -> Any:
    """A figure of instants as an instant again, with a zone where the column has one."""
    if value is None:
        return None
    if not (pa.types.is_timestamp(kind) or pa.types.is_date(kind)):
        return float(value) if not isinstance(value, int | str | bool) else value
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    instant: datetime = EPOCH + timedelta(microseconds=int(value))
    return instant if zoned else instant.astimezone(UTC).replace(tzinfo=None)


def _quantiles(rule: Expect, session: Session, source: str, field: pa.Field, known: int) -> list[Any]:
    """The values at the places nearest to the quantiles, as pandas takes them; the even place of two as near."""
    how: Callable[[float], int] = {"lower": math.floor, "higher": math.ceil}.get(
        rule.kwargs.get("allow_relative_error") or "nearest", round
    )
    places = [how(quantile * (known - 1)) for quantile in rule.kwargs["quantile_ranges"]["quantiles"]]
    # A share in the middle of a place's own, for whoever rounds which way.
    shares = ", ".join(repr((place + 0.5) / known) for place in places)
    (found,) = session.row(f"SELECT quantile_disc(c, [{shares}]) FROM {source}")
    return [_plain(value, field.type) for value in found]


def _most_common(session: Session, source: str) -> list[Any]:
    counted = f"(SELECT c, count(*) AS n FROM {source} GROUP BY c)"
    found = session.rows(f"SELECT c FROM {counted} WHERE n = (SELECT max(n) FROM {counted}) ORDER BY c LIMIT 1000")
    return [value for (value,) in found]


def _sets(rule: Expect, session: Session, source: str) -> dict[str, Any]:
    values: Sequence[Any] = rule.kwargs["value_set"]
    given = f"(SELECT unnest([{', '.join(literal(value) for value in values)}]) AS c)"
    found: dict[str, Any] = {}
    for name, one, other in (("not_in_set", source, given), ("missing_from_column", given, source)):
        lost = f"(SELECT DISTINCT c FROM {one} EXCEPT SELECT c FROM {other})"
        (found[f"column.distinct_values.{name}.count"],) = session.row(f"SELECT count(*) FROM {lost}")
        sample = session.rows(f"SELECT c FROM {lost} ORDER BY c LIMIT {EXAMPLES}")
        found[f"column.distinct_values.{name}"] = [value for (value,) in sample]
    return found
