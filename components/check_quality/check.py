"""The work of `check_quality`: a dataset in, the findings of its contract out, in memory bounded by one chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from components.check_quality.contract import ANY, Contract, Rule
from components.check_quality.examples import shown
from components.check_quality.facts import FACTS, measure
from components.check_quality.frames import agreed_schema, chunks, family, native_frame, type_name
from components.check_quality.judge import Judge, Verdict, fact
from components.check_quality.keys import candidates
from components.check_quality.outcomes import Finding
from components.shell import datasets, progress

_ROW_KINDS = ("not_null", "sets", "ranges", "not_after_as_of")


@dataclass(frozen=True)
class Dataset:
    """A complete dataset: where it lies, its schema and its rows."""

    directory: Path
    schema: pa.Schema
    rows: int


def check(directory: Path, contract: Contract) -> tuple[int, tuple[Finding, ...]]:
    """The rows of the dataset, and what became of each rule of the contract, in the contract's order.

    Raises:
        ContractError: the dataset is unfinished.
    """
    dataset = Dataset(directory, agreed_schema(directory), datasets.read_manifest(directory).rows)
    unfit = [finding for rule in contract.rules if (finding := _unfit(rule, dataset.schema))]
    fit = [rule for rule in contract.rules if rule not in {finding.rule for finding in unfit}]
    judge = Judge()
    parts = (_schema_findings, _row_findings, _fact_findings, _key_findings)
    judged = [finding for part in parts for finding in part(judge, fit, dataset)]
    order = {rule: place for place, rule in enumerate(contract.rules)}
    return dataset.rows, tuple(sorted((*unfit, *judged), key=lambda finding: order[finding.rule]))


def _unfit(rule: Rule, schema: pa.Schema) -> Finding | None:
    """The finding on a rule that cannot be judged, for its column is missing or of the wrong kind."""
    for name in rule.columns:
        if name not in schema.names:
            return Finding(rule, success=False, observed=f"column '{name}' is missing")
        kind = schema.field(name).type
        if rule.family not in (ANY, family(kind)):
            return Finding(rule, success=False, observed=f"column '{name}' is {type_name(kind)}, not a {rule.family}")
        if rule.kind == "unique" and pa.types.is_nested(kind):
            return Finding(rule, success=False, observed=f"column '{name}' is {type_name(kind)}, which cannot be a key")
    return None


def _schema_findings(judge: Judge, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Judged on a frame that has the dataset's columns and, as their one value, the names of their types."""
    types = {field.name: type_name(field.type) for field in dataset.schema}
    chosen = [rule for rule in rules if rule.kind in ("columns", "type")]
    frame = pd.DataFrame({name: [kind] for name, kind in types.items()})
    for rule, verdict in zip(chosen, judge.verdicts(chosen, frame), strict=True):
        observed = (
            _columns_observed(rule.arguments["column_list"], list(types))
            if rule.kind == "columns"
            else types[rule.columns[0]]
        )
        yield _finding(rule, verdict, observed)


def _columns_observed(expected: Sequence[str], found: Sequence[str]) -> str:
    missing, further = (
        [name for name in expected if name not in found],
        [name for name in found if name not in expected],
    )
    parts = [f"{word}: {', '.join(names)}" for word, names in (("missing", missing), ("unexpected", further)) if names]
    if not parts and list(expected) != list(found):
        parts = ["the order differs"]
    return "; ".join(parts) or f"{len(found)} columns in that order"


def _row_findings(judge: Judge, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Judged on every row, chunk by chunk."""
    chosen = [rule for rule in rules if rule.kind in _ROW_KINDS]
    columns = sorted({name for rule in chosen for name in rule.columns})
    valued = {name for rule in chosen if rule.kind != "not_null" for name in rule.columns}
    joined: list[Verdict] = []
    done = 0
    for table in chunks(dataset.directory, columns) if chosen else ():
        verdicts = judge.verdicts(chosen, native_frame(table, done, valued))
        joined = [one.joined(other) for one, other in zip(joined, verdicts, strict=True)] if joined else verdicts
        done += table.num_rows
        progress.report(done, dataset.rows)
    if not joined:
        yield from (Finding(rule, success=True, observed="no rows") for rule in chosen)
    for rule, verdict in zip(chosen, joined, strict=False):
        yield _finding(rule, verdict, _rows_observed(verdict.unexpected, dataset.rows))


def _rows_observed(unexpected: int, rows: int) -> str:
    return f"{unexpected:,} of {rows:,} rows break it" if unexpected else f"all of {rows:,} rows"


def _fact_findings(judge: Judge, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Judged on a frame of one row that holds what was counted over all."""
    facts = {rule: measure(rule, dataset.directory, dataset.rows) for rule in rules if rule.kind in FACTS}
    judged = [rule for rule, counted in facts.items() if counted.value is not None]
    yield from (Finding(rule, success=True, observed=facts[rule].observed) for rule in facts if rule not in judged)
    frame = pd.DataFrame({fact(rule): [facts[rule].value] for rule in judged})
    for rule, verdict in zip(judged, judge.verdicts(judged, frame), strict=True):
        yield _finding(rule, verdict, facts[rule].observed)


def _key_findings(judge: Judge, rules: Sequence[Rule], dataset: Dataset) -> Iterator[Finding]:
    """Judged on the rows that may share their key with another."""
    for rule in rules:
        if rule.kind == "unique":
            frame, complete = candidates(dataset.directory, rule.columns)
            (verdict,) = judge.verdicts([rule], frame)
            number = f"{'' if complete else 'at least '}{verdict.unexpected:,} of {dataset.rows:,} rows share their key"
            observed = number if verdict.unexpected else f"all of {dataset.rows:,} rows"
            yield _finding(rule, verdict, observed, at_least=not complete)


def _finding(rule: Rule, verdict: Verdict, observed: str, *, at_least: bool = False) -> Finding:
    if verdict.error:
        return Finding(
            rule, success=False, observed=f"could not be judged: {verdict.error}", expectation=verdict.expectation
        )
    per_row = rule.kind in (*_ROW_KINDS, "unique")
    return Finding(
        rule=rule,
        success=verdict.success,
        observed=observed,
        expectation=verdict.expectation,
        unexpected=verdict.unexpected if per_row else 0,
        at_least=at_least,
        examples=shown(rule, verdict.examples) if per_row else (),
        places=verdict.places if per_row else (),
    )
