"""Great Expectations by their own names: row by row as the rows stream by, or by one figure that DuckDB computes."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from components.check_quality.contract import BOOLEAN, INSTANT, NUMBER, Rule
from components.check_quality.frames import family, type_name
from components.check_quality.outcomes import EXAMPLES, Verdict
from components.check_quality.sets import among, keys, unit
from components.check_quality.sql import BEYOND, Session, ticks
from components.check_quality.validate import refused
from components.shell.counts import counted
from components.shell.identifiers import quoted
from components.shell.schema import Expect

_FIGURES = {
    "column.max": "max(c)",
    "column.min": "min(c)",
    "column.mean": "avg(c)",
    "column.median": "median(c)",
    "column.standard_deviation": "stddev_samp(c)",
    "column.sum": "sum(c)",
    "column.distinct_values.count": "count(DISTINCT c)",
    "column.unique_proportion": "count(DISTINCT c) / count(c)",
}
# What values have to be for figures that not all have.
_SUMS = {
    **dict.fromkeys(("column.mean", "column.median", "column.quantile_values"), (NUMBER, BOOLEAN, INSTANT)),
    **dict.fromkeys(("column.standard_deviation", "column.sum"), (NUMBER, BOOLEAN)),
}
_VALUES = ("column.max", "column.min", "column.mean", "column.median")
_ENDS: Mapping[str, Callable[[float], int]] = {"lower": math.floor, "higher": math.ceil, "nearest": round}


def plain_frame(table: pa.Table, offset: int) -> pd.DataFrame:
    """The table as pandas has it: texts as texts, instants and days as such; decimals as doubles."""
    for index, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(index, field.name, table[field.name].cast(field.type.value_type))
        elif pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, table[field.name].cast(pa.float64()))
    # Of whole numbers beside a null pandas would make doubles, for which 2**53 and 2**53 + 1 are the same.
    frame = table.to_pandas(date_as_object=False, integer_object_nulls=True)
    return frame.set_axis(pd.RangeIndex(offset, offset + table.num_rows), axis="index")


def with_mostly(rule: Expect, verdict: Verdict) -> bool:
    """Whether as many of the checked rows are as expected as `mostly` says."""
    if verdict.error or not verdict.judged:
        return not verdict.error
    mostly: float = rule.kwargs.get("mostly", 1)
    return (verdict.judged - verdict.unexpected) / verdict.judged >= mostly


def by_figures(rule: Rule, session: Session, schema: pa.Schema, rows: int) -> tuple[Verdict | None, str]:
    """The verdict (None where there is nothing to check), and what was observed; the library checks the figure."""
    given = rule.given
    if not isinstance(given, Expect):
        raise TypeError(rule.kind)
    try:
        figures = _figures(given, session, schema, rows)
    except duckdb.DataError:
        return refused(rule, BEYOND), ""
    except (TypeError, ValueError, LookupError, OverflowError, duckdb.BinderException) as error:
        return refused(rule, str(error)), ""
    if any(figure is None for figure in figures.values()):
        return None, "not judged on no known value"
    try:
        answer = _class_of(given)(**given.kwargs)._validate(  # noqa: SLF001 - how it checks what it has measured
            metrics=figures, runtime_configuration={"result_format": {"partial_unexpected_count": EXAMPLES}}
        )
    except Exception as error:  # noqa: BLE001 - the library's own, whichever
        return refused(rule, str(error)), ""
    result: Mapping[str, Any] = answer["result"]
    odd = [*(result.get("partial_unexpected_list") or []), *(result.get("partial_missing_list") or [])]
    odd += [] if answer["success"] else _texts(_seen(result))
    verdict = Verdict(given.type, bool(answer["success"]), 0, tuple(odd[:EXAMPLES]), ())
    return verdict, _observed(result, figures)


def _class_of(rule: Expect) -> Any:
    from components.check_quality.library import expectation_class  # noqa: PLC0415 - it takes seconds to load

    return expectation_class(rule.type)


def _observed(result: Mapping[str, Any], figures: Mapping[str, Any]) -> str:
    if any(isinstance(figure, float) and math.isnan(figure) for figure in figures.values()):
        return "there is no such figure of these values"
    if (seen := _seen(result)) is not None:
        return _spelled(seen)
    counts = {name: figure for name, figure in figures.items() if name.endswith(".count")}
    words = {"not_in_set": "values not in the set", "missing_from_column": "values of the set missing"}
    return ", ".join(f"{count:,} {words[name.split('.')[-2]]}" for name, count in counts.items())


def _seen(result: Mapping[str, Any]) -> Any:
    value = result.get("observed_value")
    return value.get("values") if isinstance(value, Mapping) else value


def _texts(seen: Any) -> list[str]:
    """The observed texts of the data, as examples; figures stand in the log."""
    return [one for one in (seen if isinstance(seen, list) else [seen]) if isinstance(one, str)]


def _spelled(seen: Any) -> str:
    if isinstance(seen, list):
        return ", ".join(_spelled(one) for one in seen[:EXAMPLES])
    if isinstance(seen, float):
        return f"{seen:.6g}"
    return f"a text of {counted(len(seen), 'character')}" if isinstance(seen, str) else str(seen)[:100]


def _figures(rule: Expect, session: Session, schema: pa.Schema, rows: int) -> dict[str, Any]:
    """What the expectation asks to be measured, by the library's names; None where no value is known."""
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
    kind = family(field.type)
    if odd := next((name for name in wanted if kind not in _SUMS.get(name, (kind,))), ""):
        raise TypeError(f"there is no figure {odd} of {type_name(field.type)}")
    if rule.type == "expect_column_quantile_values_to_be_between":
        return {"column.quantile_values": _quantiles(rule, session, source, field, known)}
    if rule.type == "expect_column_most_common_value_to_be_in_set":
        return {"column.most_common_value": _most_common(rule, session, source, field)}
    if "distinct_values.not_in_set" in str(wanted) or "missing_from_column" in str(wanted):
        return {name: figure for name, figure in _sets(rule, session, source, field).items() if name in wanted}
    figures = session.row(f"SELECT {', '.join(_FIGURES[name] for name in wanted)} FROM {source}")
    # Numbers of values are no values.
    kinds = [field.type if name in _VALUES else pa.float64() for name in wanted]
    return {name: _plain(value, kind) for name, value, kind in zip(wanted, figures, kinds, strict=True)}


def _source(field: pa.Field) -> str:
    """The known values as a table with one column `c`: instants as whole numbers, yes as 1, decimals as doubles."""
    column, kind = quoted(field.name), field.type
    value = column
    if family(kind) == INSTANT:
        value = ticks(column, f"epoch_{unit(kind)}({column})")
    elif family(kind) == BOOLEAN:
        value = f"{column}::TINYINT"
    elif pa.types.is_decimal(kind):
        value = f"{column}::DOUBLE"
    return f"(SELECT {value} AS c FROM rows WHERE {column} IS NOT NULL)"


def _plain(value: Any, kind: pa.DataType) -> Any:
    """A figure as the library has it: of instants, an instant again; NaN where the known values have no such figure."""
    if value is None:
        return math.nan
    if family(kind) != INSTANT or math.isnan(value):
        return value
    return pd.Timestamp(int(value), unit=unit(kind), tz="UTC" if getattr(kind, "tz", None) else None)


def _quantiles(rule: Expect, session: Session, source: str, field: pa.Field, known: int) -> list[Any]:
    """The values at the positions of the quantiles, as pandas takes them."""
    quantiles: Sequence[float] = rule.kwargs["quantile_ranges"]["quantiles"]
    if not all(0 <= quantile <= 1 for quantile in quantiles):
        raise ValueError("a quantile lies between 0 and 1")
    positions = [quantile * (known - 1) for quantile in quantiles]
    ends = sorted({end(position) for position in positions for end in (math.floor, math.ceil)})
    # A share in the middle of a position's own, however it is rounded.
    shares = ", ".join(repr((end + 0.5) / known) for end in ends)
    (at_ends,) = session.row(f"SELECT quantile_disc(c, [{shares}]) FROM {source}")
    values = dict(zip(ends, at_ends, strict=True))
    how = rule.kwargs.get("allow_relative_error") or "nearest"
    return [_plain(_at(position, values, how), field.type) for position in positions]


def _at(position: float, values: Mapping[int, Any], how: str) -> Any:
    """The value at a position that may lie between two; of two as near, that at the even position is the nearest."""
    low, high = values[math.floor(position)], values[math.ceil(position)]
    if how in _ENDS:
        return values[_ENDS[how](position)]
    share = 0.5 if how == "midpoint" else position % 1
    return low if low == high else low + (high - low) * share


def _most_common(rule: Expect, session: Session, source: str, field: pa.Field) -> list[Any]:
    """Some of the values that come most often: first those of the set, for one of them is enough where ties are okay.

    The library takes no text for an instant here.
    """
    set_keys = {} if family(field.type) == INSTANT else keys(rule.kwargs["value_set"], field.type)
    wanted, bound = among(set_keys)
    query = f"""
        WITH numbers AS MATERIALIZED (SELECT c, count(*) AS n FROM {source} GROUP BY c),
        modes AS (SELECT c FROM numbers WHERE n = (SELECT max(n) FROM numbers))
        SELECT c FROM (SELECT c, {wanted} AS wanted FROM modes) ORDER BY wanted DESC, c LIMIT {EXAMPLES}"""
    rows = session.rows(query, *bound)
    return [_plain(value, field.type) for (value,) in rows]


def _sets(rule: Expect, session: Session, source: str, field: pa.Field) -> dict[str, Any]:
    """How many distinct values are not in the set, and how many of the set are missing; some of each."""
    set_keys = keys(rule.kwargs["value_set"], field.type)
    wanted, bound = among(set_keys)
    there = {value for (value,) in session.rows(f"SELECT DISTINCT c FROM {source} WHERE {wanted}", *bound)}
    missing = [value for value, key in set_keys.items() if key is None or key not in there]
    (distinct,) = session.row(f"SELECT count(DISTINCT c) FROM {source}")
    others = session.rows(f"SELECT DISTINCT c FROM {source} WHERE NOT {wanted} ORDER BY c LIMIT {EXAMPLES}", *bound)
    return {
        "column.distinct_values.not_in_set.count": distinct - len(there),
        "column.distinct_values.not_in_set": [_plain(value, field.type) for (value,) in others],
        "column.distinct_values.missing_from_column.count": len(missing),
        "column.distinct_values.missing_from_column": missing[:EXAMPLES],
    }
