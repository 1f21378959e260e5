"""The work of `check_quality`: a dataset in, the findings of its contract out, in memory bounded by one chunk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa

from components.check_quality.contract import ANY, VECTOR, Contract, Rule
from components.check_quality.examples import LONGEST, short, shown
from components.check_quality.facts import FACTS, measure
from components.check_quality.frames import agreed_schema, chunks, family, native_frame, type_name
from components.check_quality.keys import candidates
from components.check_quality.named import by_figures, plain_frame, with_mostly
from components.check_quality.outcomes import Finding, Verdict
from components.check_quality.sql import BEYOND, RESERVED, session
from components.check_quality.validate import Validator, fact
from components.check_quality.wide import FIGURES, WIDE, Scene, Tally, tally
from components.check_quality.witnesses import Witnesses, never_null
from components.shell import datasets, progress
from components.shell.baseline import Baseline
from components.shell.counts import counted, worded
from components.shell.schema import Between, Expect, NotAfterAsOf
from components.shell.schema.contracts import family_of

_ROW_KINDS = ("not_null", "sets", "ranges", "not_after_as_of")


@dataclass(frozen=True)
class Dataset:
    """A complete dataset: where it lies, its schema and its rows; and what rules beyond the rows are held against."""

    directory: Path
    schema: pa.Schema
    rows: int
    baseline: Baseline | None = None


def check(directory: Path, contract: Contract, baseline: Baseline | None = None) -> tuple[int, tuple[Finding, ...]]:
    """The rows of the dataset, and what became of each rule of the contract, in the contract's order.

    Raises:
        ContractError: the dataset is unfinished.
    """
    dataset = Dataset(directory, agreed_schema(directory), datasets.read_manifest(directory).rows, baseline)
    unfit = [finding for rule in contract.rules if (finding := _unfit(rule, dataset.schema))]
    fit = [rule for rule in contract.rules if rule not in {finding.rule for finding in unfit}]
    validator = Validator()
    parts = (_schema_findings, _row_findings, _fact_findings, _key_findings, _named_findings, _query_findings)
    judged = [finding for part in parts for finding in part(validator, fit, dataset)]
    order = {rule: position for position, rule in enumerate(contract.rules)}
    return dataset.rows, tuple(sorted((*unfit, *judged), key=lambda finding: order[finding.rule]))


def _unfit(rule: Rule, schema: pa.Schema) -> Finding | None:
    """The finding on a rule that cannot be checked: its column is missing or of the wrong kind."""
    for name in rule.columns:
        if name not in schema.names:
            return Finding(rule, success=False, observed=f"column '{name}' is missing")
        kind = schema.field(name).type
        if rule.family not in (ANY, VECTOR, family(kind)):
            return Finding(rule, success=False, observed=f"column '{name}' is {type_name(kind)}, not a {rule.family}")
        if rule.kind == "unique" and pa.types.is_nested(kind):
            return Finding(rule, success=False, observed=f"column '{name}' is {type_name(kind)}, which cannot be a key")
    if isinstance(rule.given, Between | NotAfterAsOf):
        if what := rule.given.untimely(type_name(schema.field(rule.given.column).type)):
            return Finding(rule, success=False, observed=f"it {what}")
    elif isinstance(rule.given, WIDE):
        types = {field.name: type_name(field.type) for field in schema}
        if what := rule.given.misfit(types, {name: family_of(type_) for name, type_ in types.items()}):
            return Finding(rule, success=False, observed=f"it {what}")
    return None


def _schema_findings(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Checked on a frame with the dataset's columns, whose one value is the name of each type."""
    types = {field.name: type_name(field.type) for field in dataset.schema}
    chosen = [rule for rule in rules if rule.kind in ("columns", "type") or _judged(rule) == "table"]
    frame = pd.DataFrame({name: [kind] for name, kind in types.items()})
    for rule, verdict in zip(chosen, validator.verdicts(chosen, frame), strict=True):
        yield _finding(rule, verdict, _schema_observed(rule, types))


def _judged(rule: Rule) -> str:
    """What a named expectation is checked on: the columns (`table`), the `rows`, or the `whole` dataset."""
    return rule.given.interface.scope if isinstance(rule.given, Expect) else ""


def _schema_observed(rule: Rule, types: Mapping[str, str]) -> str:
    if rule.kind == "columns":
        return _columns_observed(rule.arguments["column_list"], list(types))
    return types[rule.columns[0]] if rule.columns else f"{counted(len(types), 'column')}: {', '.join(types)}"


def _columns_observed(expected: Sequence[str], actual: Sequence[str]) -> str:
    missing, further = (
        [name for name in expected if name not in actual],
        [name for name in actual if name not in expected],
    )
    parts = [f"{word}: {', '.join(names)}" for word, names in (("missing", missing), ("unexpected", further)) if names]
    if not parts and list(expected) != list(actual):
        parts = ["the order differs"]
    return "; ".join(parts) or f"{counted(len(actual), 'column')} in that order"


def _row_findings(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Checked on rows that stand for all; rules that these break are checked on every row, chunk by chunk."""
    chosen = [rule for rule in rules if rule.kind in _ROW_KINDS]
    if not chosen or not dataset.rows:
        yield from (Finding(rule, success=True, observed="no rows") for rule in chosen)
        return
    kept = _kept(validator, chosen, dataset)
    broken = [rule for rule in chosen if rule not in kept]
    judged = {**kept, **_on_every_row(validator, broken, dataset)}
    for rule in chosen:
        yield _finding(rule, judged[rule], _rows_observed(judged[rule].unexpected, dataset.rows))


def _kept(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> dict[Rule, Verdict]:
    """The verdict on each rule that all rows keep, from the few rows that stand for them."""
    valued, listed = _valued(rules), {name for rule in rules if rule.kind == "sets" for name in rule.columns}
    named = {name for rule in rules for name in rule.columns}
    full = named & never_null(dataset.directory) - valued
    columns = sorted(named - full)
    witnesses, done = Witnesses(listed, full), 0
    for table in chunks(dataset.directory, columns) if columns else ():
        witnesses.add(native_frame(table, done, valued))
        done += table.num_rows
        progress.report(done, dataset.rows)
    witnessed = [rule for rule in rules if not any(map(witnesses.crowded, rule.columns))]
    verdicts = validator.verdicts(witnessed, witnesses.frame())
    return {rule: verdict for rule, verdict in zip(witnessed, verdicts, strict=True) if verdict.success}


def _valued(rules: Sequence[Rule]) -> set[str]:
    """The columns whose values are looked at, not only whether they are null."""
    return {name for rule in rules if rule.kind != "not_null" for name in rule.columns}


def _on_every_row(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> dict[Rule, Verdict]:
    joined: list[Verdict] = []
    done = 0
    for table in chunks(dataset.directory, sorted({name for rule in rules for name in rule.columns})) if rules else ():
        verdicts = validator.verdicts(rules, native_frame(table, done, _valued(rules)))
        joined = [one.joined(other) for one, other in zip(joined, verdicts, strict=True)] if joined else verdicts
        done += table.num_rows
        progress.report(done, dataset.rows)
    return dict(zip(rules, joined, strict=True))


def _named_findings(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Named expectations that are checked on every row, chunk by chunk."""
    chosen = [rule for rule in rules if _judged(rule) == "rows"]
    columns = sorted({name for rule in chosen for name in rule.columns})
    joined: list[Verdict] = []
    done = 0
    for table in chunks(dataset.directory, columns) if chosen else ():
        verdicts = validator.verdicts(chosen, plain_frame(table, done))
        joined = [one.joined(other) for one, other in zip(joined, verdicts, strict=True)] if joined else verdicts
        done += table.num_rows
    if not joined:
        yield from (Finding(rule, success=True, observed="no rows") for rule in chosen)
    for rule, verdict in zip(chosen, joined, strict=False):
        if isinstance(rule.given, Expect):
            judged = replace(verdict, success=with_mostly(rule.given, verdict))
            yield _finding(rule, judged, _rows_observed(verdict.unexpected, verdict.judged))


def _query_findings(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """What DuckDB counts or measures over all rows."""
    chosen = [rule for rule in rules if isinstance(rule.given, WIDE) or _judged(rule) == "whole"]
    if not chosen:
        return
    if odd := _confusable(dataset.schema.names):
        yield from (Finding(rule, success=False, observed=odd) for rule in chosen)
        return
    with session(dataset.directory) as opened:
        for rule in chosen:
            if isinstance(rule.given, Expect):
                verdict, observed = by_figures(rule, opened, dataset.schema, dataset.rows)
                yield _finding(rule, verdict, observed) if verdict else Finding(rule, success=True, observed=observed)
            elif rule.given:
                scene = Scene(opened, dataset.schema, dataset.rows, dataset.baseline)
                yield _tallied(validator, rule, scene)


def _confusable(names: Sequence[str]) -> str:
    """Which columns DuckDB would take for others, for it knows no case and has names of its own; empty where none."""
    folded = [name.lower() for name in names]
    for name, fold in zip(names, folded, strict=True):
        if folded.count(fold) > 1:
            return f"could not be judged: column '{name}' and another differ in case alone"
        if fold in RESERVED:
            return f"could not be judged: no column may be called '{name}'"
    return ""


def _tallied(validator: Validator, rule: Rule, scene: Scene) -> Finding:
    try:
        result = tally(rule.given, scene)  # type: ignore[arg-type]  # one of WIDE, which are rules
    except duckdb.DataError:
        return Finding(rule, success=False, observed=f"could not be judged: {BEYOND}")
    return _counted(validator, rule, result)


def _counted(validator: Validator, rule: Rule, result: Tally) -> Finding:
    if result.breaks is None:
        return Finding(rule, success=True, observed=result.observed)
    (verdict,) = validator.verdicts([rule], pd.DataFrame({fact(rule): [result.breaks]}))
    finding = _finding(rule, verdict, result.observed)
    examples = tuple(short(example, 2 * LONGEST) for example in result.examples)
    unexpected = 0 if isinstance(rule.given, FIGURES) else result.breaks
    return replace(finding, unexpected=unexpected, examples=examples, row_numbers=result.row_numbers)


def _rows_observed(unexpected: int, rows: int) -> str:
    total = counted(rows, "row")
    return f"{unexpected:,} of {total} {worded(unexpected, 'breaks', 'break')} it" if unexpected else f"all of {total}"


def _fact_findings(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Checked on a frame of one row, which holds what was counted over all rows."""
    facts = {rule: measure(rule, dataset.directory, dataset.rows) for rule in rules if rule.kind in FACTS}
    judged = [rule for rule, counted in facts.items() if counted.value is not None]
    yield from (Finding(rule, success=True, observed=facts[rule].observed) for rule in facts if rule not in judged)
    frame = pd.DataFrame({fact(rule): [facts[rule].value] for rule in judged})
    for rule, verdict in zip(judged, validator.verdicts(judged, frame), strict=True):
        yield _finding(rule, verdict, facts[rule].observed)


def _key_findings(validator: Validator, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Checked on the rows that may share their key with another row."""
    for rule in rules:
        if rule.kind == "unique":
            frame, complete = candidates(dataset.directory, rule.columns)
            (verdict,) = validator.verdicts([rule], frame)
            total = counted(dataset.rows, "row")
            number = f"{'' if complete else 'at least '}{verdict.unexpected:,} of {total} share their key"
            observed = number if verdict.unexpected else f"all of {total}"
            yield _finding(rule, verdict, observed, at_least=not complete)


def _finding(rule: Rule, verdict: Verdict, observed: str, *, at_least: bool = False) -> Finding:
    if verdict.error:
        return Finding(
            rule, success=False, observed=f"could not be judged: {verdict.error}", expectation=verdict.expectation
        )
    per_row = rule.kind in (*_ROW_KINDS, "unique") or isinstance(rule.given, Expect)
    return Finding(
        rule=rule,
        success=verdict.success,
        observed=observed,
        expectation=verdict.expectation,
        unexpected=verdict.unexpected if per_row else 0,
        at_least=at_least,
        examples=shown(rule, verdict.examples) if per_row else (),
        row_numbers=verdict.row_numbers if per_row else (),
    )
