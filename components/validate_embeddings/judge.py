"""The findings about vectors, each held against its bound."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from components.shell import datasets
from components.shell.engine import Engine, count, engine, records
from components.validate_embeddings.facts import facts
from components.validate_embeddings.near import middle, sampled

_MEMORY = "1GB"
_FEW = 20
"""Below so many vectors, what a sample says is chance."""


@dataclass(frozen=True)
class Finding:
    """What was found, and what it may be at least and at most; one that does not hold is a warning or an error."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    is_error: bool = True

    @property
    def holds(self) -> bool:
        """Whether it is within its bounds; NaN is not."""
        above = self.low is None or self.value >= self.low
        return above and (self.high is None or self.value <= self.high)

    @property
    def bound(self) -> str:
        """What is right, in words."""
        return f"at least {self.low:g}" if self.low is not None else f"at most {self.high:g}"

    @property
    def sentence(self) -> str:
        """What was found, and the bound that it breaks."""
        return f"{self.name.replace('_', ' ')} is {self.value:.4g}, {self.bound} is right"

    def expectation(self, kind: str) -> dict[str, Any]:
        """The same as the run's report shows it, of the kind of vectors as others are of a column."""
        state = "met" if self.holds else "failed" if self.is_error else "warned"
        told = {"expected": self.bound, "observed": f"{self.value:.4g}"}
        return {"rule": self.name, "columns": [kind], "state": state, **told}


@dataclass(frozen=True)
class Judged:
    """All findings about so many vectors of a kind."""

    kind: str
    rows: int
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> list[Finding]:
        """Those that do not hold."""
        return [each for each in self.findings if not each.holds]

    @property
    def told(self) -> dict[str, Any]:
        """The findings by name, with their bounds."""
        return {each.name: asdict(each) | {"holds": each.holds} for each in self.findings}


def judged(rows: Path, articles: Path, before: Path, min_coverage: float) -> Judged:
    """What is found of the vectors; nothing of none, where the kind is off."""
    rows_there = datasets.read_manifest(rows).rows
    if not rows_there:
        return Judged("", 0, ())
    with engine(_MEMORY) as backend:
        vectors, catalogue, held = (backend.read_parquet(datasets.files(each)) for each in (rows, articles, before))
        kind = str(records(backend, vectors.agg(kind=vectors.kind.max()))[0]["kind"])
        held = held.filter(held.kind == kind)
        found = list(_exact(facts(backend, vectors, catalogue), min_coverage))
        if rows_there >= _FEW and all(each.holds for each in found):
            found += _about(backend, vectors, catalogue, held)
    return Judged(kind, rows_there, tuple(found))


def _exact(told: dict[str, Any], min_coverage: float) -> Iterator[Finding]:
    """What one vector alone can break."""
    yield Finding("dimensions", told["dimensions"], high=1)
    yield Finding("vectors_of_another_length_than_told", told["misfits"], high=0)
    yield Finding("vectors_that_are_not_finite", told["not_finite"], high=0)
    yield Finding("vectors_without_length_1", told["not_unit"], high=0)
    yield Finding("coverage", told["covered"] / max(told["texts"], 1), low=min_coverage)
    yield Finding("inputs_with_several_vectors", told["several"], high=0)
    alike = 1 - told["vectors"] / told["inputs"]
    if told["inputs"] >= _FEW:
        yield Finding("share_of_inputs_with_one_vector", alike, high=0.01)


def _about(backend: Engine, vectors: ir.Table, catalogue: ir.Table, held: ir.Table) -> Iterator[Finding]:
    """What a sample says, and how the whole has moved."""
    found = sampled(backend, vectors, catalogue)
    yield Finding("mean_cosine_of_pairs", found.pairs, high=0.9, is_error=False)
    if found.by_chance * 2 <= 1:
        yield Finding("neighbours_of_one_group", found.same_group, low=2 * found.by_chance, is_error=False)
    if count(backend, held):
        past = middle(backend, held)
        cosine = float(found.middle @ past) if found.middle.shape == past.shape else 0.0
        yield Finding("cosine_of_the_middle_to_the_run_before", cosine, low=0.98, is_error=False)
