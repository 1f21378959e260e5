"""The findings about vectors, each held against its bound."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ibis.expr.types as ir

from components.shell import datasets
from components.shell.engine import Engine, count, engine
from components.validate_embeddings.facts import facts
from components.validate_embeddings.near import middle, sampled

_MEMORY = "1GB"
GONE = "share_of_vectors_gone_since_the_run_before"
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
        observation = {"expected": self.bound, "observed": f"{self.value:.4g}"}
        return {"rule": self.name, "columns": [kind], "state": state, **observation}


@dataclass(frozen=True)
class Bounds:
    """The share of the articles with a text that must have a vector, and the share of vectors that may be gone."""

    min_coverage: float = 0.99
    max_drop: float = 0.2


@dataclass(frozen=True)
class Validated:
    """All findings about so many vectors of a kind."""

    kind: str
    rows: int
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> list[Finding]:
        """Those that do not hold."""
        return [each for each in self.findings if not each.holds]

    @property
    def details(self) -> dict[str, Any]:
        """The findings by name, with their bounds."""
        return {each.name: asdict(each) | {"holds": each.holds} for each in self.findings}


def validate(kind: str, rows: Path, articles: Path, before: Path, bounds: Bounds) -> Validated:
    """What is found of the vectors of a kind; nothing where there are none and were none: the kind is off."""
    there = datasets.read_manifest(rows).rows
    with engine(_MEMORY) as backend:
        vectors, catalogue, previous = (backend.read_parquet(datasets.files(each)) for each in (rows, articles, before))
        previous = previous.filter(previous.kind == kind)
        findings = list(_gone(there, count(backend, previous), bounds.max_drop))
        if there:
            findings += _exact(facts(backend, vectors, catalogue), bounds.min_coverage)
        if there >= _FEW and all(each.holds for each in findings):
            findings += _about(backend, vectors, catalogue, previous)
    return Validated(kind, there, tuple(findings))


def _gone(present: int, previous: int, max_drop: float) -> Iterator[Finding]:
    """How much of the kind is gone: of all kinds together, one that is small could vanish unseen."""
    if previous:
        yield Finding(GONE, max(previous - present, 0) / previous, high=max_drop)


def _exact(counts: dict[str, Any], min_coverage: float) -> Iterator[Finding]:
    """What one vector alone can break."""
    yield Finding("dimensions", counts["dimensions"], high=1)
    yield Finding("vectors_of_another_length_than_told", counts["misfits"], high=0)
    yield Finding("vectors_that_are_not_finite", counts["not_finite"], high=0)
    yield Finding("vectors_without_length_1", counts["not_unit"], high=0)
    yield Finding("coverage", counts["covered"] / max(counts["texts"], 1), low=min_coverage)
    yield Finding("inputs_with_several_vectors", counts["several"], high=0)
    alike = 1 - counts["vectors"] / counts["inputs"]
    if counts["inputs"] >= _FEW:
        yield Finding("share_of_inputs_with_one_vector", alike, high=0.01)


def _about(backend: Engine, vectors: ir.Table, catalogue: ir.Table, previous: ir.Table) -> Iterator[Finding]:
    """What a sample says, and how the whole has moved."""
    sample = sampled(backend, vectors, catalogue)
    yield Finding("share_of_vectors_nearest_to_themselves", sample.own, low=1)
    yield Finding("mean_cosine_of_pairs", sample.pairs, high=0.9, is_error=False)
    if sample.by_chance * 2 <= 1:
        yield Finding("neighbours_of_one_group", sample.same_group, low=2 * sample.by_chance, is_error=False)
    if count(backend, previous):
        past = middle(backend, previous)
        cosine = float(sample.middle @ past) if sample.middle.shape == past.shape else 0.0
        yield Finding("cosine_of_the_middle_to_the_run_before", cosine, low=0.98, is_error=False)
