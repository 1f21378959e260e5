"""Rules that Great Expectations has none for, counted by DuckDB: how many rows break each, and which for example."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from components.check_quality.frames import family, type_name
from components.check_quality.outcomes import EXAMPLES
from components.check_quality.sql import ROW_NUMBER, Session, known, listed, ticks
from components.shell import datasets, schema
from components.shell.baseline import PREVIOUS, Baseline, keys_of
from components.shell.counts import counted, worded
from components.shell.identifiers import quoted

_DAY = "DATE '1970-01-01'"
_MICROSECONDS = {"days": 86_400 * 10**6, "hours": 3_600 * 10**6, "minutes": 60 * 10**6, "seconds": 10**6}


@dataclass(frozen=True)
class Tally:
    """How many rows (or keys) break a rule (None where it cannot be checked), the text for people, and examples."""

    breaks: int | None
    observed: str
    examples: tuple[str, ...] = ()
    row_numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Scene:
    """What rules are held against: the session's rows, their schema and number, and what lies beyond them."""

    session: Session
    schema: pa.Schema
    rows: int
    baseline: Baseline | None = None


def tally(rule: schema.Rule, scene: Scene) -> Tally:
    """What breaks the rule."""
    return _COUNTS[type(rule)](rule, scene)


def _vectors(rule: schema.Vectors, scene: Scene) -> Tally:
    bound = []
    bound += [f"norm < {rule.min_norm!r}"] if rule.min_norm is not None else []
    bound += [f"norm > {rule.max_norm!r}"] if rule.max_norm is not None else []
    column = quoted(rule.column)
    dimension = quoted(rule.dimension) if isinstance(rule.dimension, str) else str(int(rule.dimension))
    odd = "len(list_filter(v, lambda x: x IS NULL OR NOT isfinite(x)))"
    query = f"""
        WITH read AS (SELECT {quoted(ROW_NUMBER)} AS row_number, {column}::DOUBLE[] AS v, {dimension} AS dimension
          FROM rows WHERE {column} IS NOT NULL),
        seen AS (SELECT row_number, len(v) IS DISTINCT FROM dimension AS other, {odd} > 0 AS odd,
          sqrt(list_sum(list_transform(v, lambda x: x * x))) AS norm FROM read),
        judged AS (SELECT *, NOT odd AND ({" OR ".join(bound) or "false"}) AS far FROM seen)
        SELECT count(*) FILTER (WHERE other), count(*) FILTER (WHERE odd), count(*) FILTER (WHERE far),
          count(*) FILTER (WHERE other OR odd OR far), min(row_number, {EXAMPLES}) FILTER (WHERE other OR odd OR far),
          min(norm) FILTER (WHERE NOT odd), max(norm) FILTER (WHERE NOT odd) FROM judged"""
    other, odd_ones, far, breaks, row_numbers, low, high = scene.session.row(query)
    faults = {
        f"{other:,} of another dimension": other,
        f"{odd_ones:,} not finite": odd_ones,
        f"{far:,} beyond the norm": far,
    }
    summary = "; ".join(text for text, count in faults.items() if count)
    norms = f"norms from {low:.4g} to {high:.4g}" if low is not None else "no vector"
    return Tally(breaks, f"{summary}; {norms}" if summary else norms, row_numbers=tuple(row_numbers or ()))


def _continuous(rule: schema.Continuous, scene: Scene) -> Tally:
    tick, step = _tick(rule, scene.schema.field(rule.column).type)
    # Under names of ours, for a column of the rows may be called `tick`.
    keys = [f"key_{index}" for index, _ in enumerate(rule.per)]
    named = "".join(f"{quoted(name)} AS {key}, " for name, key in zip(rule.per, keys, strict=True))
    per = f"PARTITION BY {', '.join(keys)}" if keys else ""
    listed_keys = "".join(f"{key}, " for key in keys)
    broken = f"before IS NOT NULL AND tick - before NOT IN (0, {step})"
    broken += "" if rule.starts is None else f" OR before IS NULL AND tick != {rule.starts}"
    query = f"""
        WITH read AS (
          SELECT {named}{quoted(rule.column)} AS value, {tick} AS tick FROM rows WHERE {known([rule.column])}),
        pairs AS (
          SELECT *, lag(tick) OVER w AS before, lag(value) OVER w AS last FROM read
          WINDOW w AS ({per} ORDER BY tick))
        SELECT {listed_keys}coalesce(last::VARCHAR || ' to ', 'begins at ') || value::VARCHAR, count(*) OVER ()
        FROM pairs WHERE {broken} ORDER BY {listed_keys}tick LIMIT {EXAMPLES}"""
    rows = scene.session.rows(query)
    breaks = rows[0][-1] if rows else 0
    examples = tuple(f"{' '.join(map(str, row[:-2]))}: {row[-2]}".removeprefix(": ") for row in rows)
    return Tally(breaks, counted(breaks, "gap") if breaks else "no gap", examples)


def _tick(rule: schema.Continuous, kind: pa.DataType) -> tuple[str, int]:
    """The column as a whole number, and how many of them make a step."""
    column = quoted(rule.column)
    if pa.types.is_date(kind):
        return ticks(column, f"{column}::DATE - {_DAY}"), rule.number
    if pa.types.is_timestamp(kind):
        return ticks(column, f"epoch_us({column})"), rule.number * _MICROSECONDS[rule.unit]
    return f"{column}::HUGEINT", rule.number


def _compare(rule: schema.Compare, scene: Scene) -> Tally:
    left, operator, right = rule.sides
    kept = f"{quoted(left)} {operator} {quoted(right)}"
    if rule.tolerance:
        whole = all(pa.types.is_integer(scene.schema.field(name).type) for name in (left, right))
        kept = _about(rule, whole=whole)
    return _per_row(scene, f"{known([left, right])} AND NOT ({kept})", [left, right])


def _about(rule: schema.Compare, *, whole: bool) -> str:
    """The condition that the promise is kept, but for the tolerance; equal is what is infinite on both sides too."""
    left, operator, right = rule.sides
    one, other, apart = quoted(left), quoted(right), repr(rule.tolerance)
    if whole:
        # Sums and differences of int64 have room there.
        one, other = f"{one}::HUGEINT", f"{other}::HUGEINT"
        apart = str(math.ceil(rule.tolerance) if operator in "<>" else math.floor(rule.tolerance))
    return {
        "<": f"{one} < {other} + {apart}", "<=": f"{one} <= {other} + {apart}",
        ">": f"{one} > {other} - {apart}", ">=": f"{one} >= {other} - {apart}",
        "=": f"{one} = {other} OR abs({one} - {other}) <= {apart}",
        "!=": f"{one} != {other} AND abs({one} - {other}) > {apart}",
    }[operator]  # fmt: skip


def _per_row(scene: Scene, broken: str, columns: Sequence[str]) -> Tally:
    """The rows for which the condition holds."""
    shown = ", ".join(f"{quoted(name)}::VARCHAR" for name in columns)
    query = f"""SELECT {quoted(ROW_NUMBER)}, count(*) OVER (), {shown} FROM rows WHERE {broken}
        ORDER BY {quoted(ROW_NUMBER)} LIMIT {EXAMPLES}"""
    rows = scene.session.rows(query)
    breaks = rows[0][1] if rows else 0
    total = counted(scene.rows, "row")
    observed = f"{breaks:,} of {total} {worded(breaks, 'breaks', 'break')} it" if breaks else f"all of {total}"
    examples = tuple(", ".join(f"{name}={value}" for name, value in zip(columns, row[2:], strict=True)) for row in rows)
    return Tally(breaks, observed, examples, tuple(row[0] for row in rows))


def _references(rule: schema.References, scene: Scene) -> Tally:
    other, there = "rows", scene.schema
    if rule.table and scene.baseline:
        other = keys_of(rule)
        there = datasets.schema(scene.baseline.directory / other)
        scene.session.know(other, scene.baseline.directory / other)
    if unlike := _unlike(scene.schema, rule.columns, there, rule.to):
        return Tally(scene.rows, unlike)
    return _missing(rule, scene, rule.columns, f"(SELECT {listed(rule.to)} FROM {quoted(other)})")


def _unlike(mine: pa.Schema, columns: Sequence[str], other: pa.Schema, to: Sequence[str]) -> str:
    """Which columns are of kinds that are never equal; DuckDB would take the text 01 and the number 1 for the same."""
    for one, far in zip(columns, to, strict=True):
        here, there = mine.field(one).type, other.field(far).type
        if family(here) != family(there):
            return f"'{one}' is {type_name(here)} here and {type_name(there)} there"
    return ""


def _missing(rule: schema.References, scene: Scene, columns: Sequence[str], source: str) -> Tally:
    pairs = zip(columns, rule.to, strict=True)
    same = " AND ".join(f"mine.{quoted(one)} = other.{quoted(to)}" for one, to in pairs)
    query = f"""
        WITH mine AS (SELECT {listed(columns)} FROM rows WHERE {known(columns)}),
        lost AS (SELECT {listed(columns)} FROM mine ANTI JOIN {source} AS other ON {same})
        SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM lost),
          (SELECT list(x) FROM (
            SELECT DISTINCT concat_ws(' ', {listed(columns)}) AS x FROM lost ORDER BY x LIMIT {EXAMPLES}))"""
    total, lost, examples = scene.session.row(query)
    missing = f"{lost:,} of {total:,} {worded(lost, 'is', 'are')} missing there"
    if total and (total - lost) / total >= rule.min_share and rule.min_share < 1:
        return Tally(0, f"{missing}, a share of {(total - lost) / total:.4g} is there")
    observed = missing if lost else f"none of {total:,} is missing there"
    return Tally(lost, observed, tuple(examples or ()))


def _tree(rule: schema.Tree, scene: Scene) -> Tally:
    key, parent = quoted(rule.key), quoted(rule.parent)
    query = f"""
        WITH RECURSIVE nodes AS (SELECT DISTINCT {key} AS node, {parent} AS parent FROM rows WHERE {key} IS NOT NULL),
        orphans AS (SELECT node FROM nodes WHERE parent IS NOT NULL AND parent NOT IN (SELECT node FROM nodes)),
        reached AS (
          SELECT node FROM nodes WHERE parent IS NULL UNION SELECT node FROM orphans
          UNION SELECT nodes.node FROM nodes JOIN reached ON nodes.parent = reached.node),
        circling AS (SELECT DISTINCT node FROM nodes ANTI JOIN reached USING (node))
        SELECT (SELECT count(*) FROM orphans), (SELECT count(*) FROM circling),
          (SELECT list(node::VARCHAR) FROM (
            SELECT node FROM orphans UNION SELECT node FROM circling ORDER BY ALL LIMIT {EXAMPLES}))"""
    orphans, circling, examples = scene.session.row(query)
    faults = {
        counted(orphans, "parent is missing", "parents are missing"): orphans,
        counted(circling, "node is below itself", "nodes are below themselves"): circling,
    }
    observed = "; ".join(text for text, count in faults.items() if count) or "a tree"
    return Tally(orphans + circling, observed, tuple(examples or ()))


def _distinct(rule: schema.Distinct, scene: Scene) -> Tally:
    columns = listed(rule.columns)
    query = f"""SELECT (SELECT count(*) FROM (SELECT DISTINCT {columns} FROM rows WHERE {known(rule.columns)})),
        (SELECT count(*) FROM rows WHERE {known(rule.columns)})"""
    number, total = scene.session.row(query)
    if not total:
        return Tally(None, "not judged on 0 rows")
    share = number / total
    kept = _within(number, rule.min, rule.max), _within(share, rule.min_share, rule.max_share)
    return Tally(kept.count(False), f"{number:,} distinct in {counted(total, 'row')}, a share of {share:.4g}")


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _change(rule: schema.Change, scene: Scene) -> Tally:
    before = scene.baseline.rows if scene.baseline else None
    if before is None or scene.baseline is None:
        return Tally(None, "not judged, for nothing is committed before it")
    # Whatever comes after no rows at all is more than any share of them.
    growth = (scene.rows - before) / before if before else math.inf if scene.rows else 0
    broken = [
        rule.max_drop is not None and -growth > rule.max_drop,
        rule.max_growth is not None and growth > rule.max_growth,
    ]
    text = f"{counted(scene.rows, 'row')} after {before:,} of {scene.baseline.name}"
    if not rule.key or rule.max_gone is None:
        return Tally(sum(broken), text)
    before_keys = datasets.schema(scene.baseline.directory / PREVIOUS)
    if unlike := _unlike(scene.schema, rule.key, before_keys, rule.key):
        return Tally(sum(broken) + 1, f"{text}; {unlike}")
    total, gone, examples = _gone(rule.key, scene, scene.baseline)
    broken.append(bool(total) and gone / total > rule.max_gone)
    return Tally(sum(broken), f"{text}; {gone:,} of {counted(total, 'key')} gone", examples if broken[-1] else ())


def _gone(key: Sequence[str], scene: Scene, baseline: Baseline) -> tuple[int, int, tuple[str, ...]]:
    """How many keys there were before, how many of them are not among the rows, and some of those."""
    scene.session.know(PREVIOUS, baseline.directory / PREVIOUS)
    query = f"""
        WITH old AS (SELECT DISTINCT {listed(key)} FROM previous WHERE {known(key)}),
        gone AS (SELECT {listed(key)} FROM old ANTI JOIN rows USING ({listed(key)}))
        SELECT (SELECT count(*) FROM old), (SELECT count(*) FROM gone),
          (SELECT list(x) FROM (SELECT concat_ws(' ', {listed(key)}) AS x FROM gone ORDER BY x LIMIT {EXAMPLES}))"""
    total, gone, examples = scene.session.row(query)
    return total, gone, tuple(examples or ())


def _drift(rule: schema.Drift, scene: Scene) -> Tally:
    (mean,) = scene.session.row(f"SELECT avg({quoted(rule.column)}::DOUBLE) FROM rows")
    before = scene.baseline.means.get(rule.column) if scene.baseline else None
    if mean is None or before is None:
        return Tally(None, "not judged, for one of the two has no known value")
    return Tally(int(not abs(mean - before) <= rule.max), f"{mean:.4g} after {before:.4g}")


_COUNTS: Mapping[type[schema.Rule], Callable[[Any, Scene], Tally]] = {
    schema.Vectors: _vectors,
    schema.Continuous: _continuous,
    schema.Compare: _compare,
    schema.References: _references,
    schema.Tree: _tree,
    schema.Distinct: _distinct,
    schema.Change: _change,
    schema.Drift: _drift,
}
WIDE = tuple(_COUNTS)
# Those whose breaks are no rows.
FIGURES = (schema.Distinct, schema.Change, schema.Drift)
