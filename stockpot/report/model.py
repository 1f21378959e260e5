"""What a report shows, gathered before anything is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from stockpot.display.graph import Step

if TYPE_CHECKING:
    from stockpot.report.pictures.model import Drawn


@dataclass(frozen=True)
class StepOutcome:
    """How one step of the plan went; of a looped step, all its rounds together.

    `state` is one of succeeded, cached, failed, interrupted, cancelled, running, pending, omitted or skipped.
    `title` is its name for people, where it has one beside that in the plan.
    """

    step: Step
    state: str
    started: datetime | None = None
    finished: datetime | None = None
    attempts: int = 0
    rounds: int = 1
    reason: str = ""
    error: str = ""
    rows_in: int | None = None
    rows_out: int | None = None
    rows_rejected: int | None = None
    removed: Mapping[str, int] = field(default_factory=dict)
    title: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or self.step.name

    @property
    def seconds(self) -> float | None:
        """Wall-clock time, where the step has begun and ended."""
        return (self.finished - self.started).total_seconds() if self.started and self.finished else None


@dataclass(frozen=True)
class Expectation:
    """One line of the data contract; `state` is met, warned or failed."""

    rule: str
    columns: Sequence[str]
    state: str
    expected: str = ""
    observed: str = ""


@dataclass(frozen=True)
class Bars:
    """A distribution: how many rows lie in each bin, split by group; `note` says what the numbers are of.

    `moments` are mean and standard deviation, where the values are numbers.
    """

    title: str
    labels: Sequence[str]
    groups: Sequence[str]
    counts: Sequence[Sequence[int]]
    note: str = ""
    moments: tuple[float, float] | None = None

    @property
    def totals(self) -> list[int]:
        """Rows per bin over all groups."""
        return [sum(column) for column in zip(*self.counts, strict=True)]


@dataclass(frozen=True)
class Share:
    """A part of a whole, such as the flagged rows at one decision point."""

    label: str
    part: int
    whole: int


@dataclass(frozen=True)
class Distributions:
    """What the rows look like: bars per feature, the label's share per group, the share of true per yes-no feature.

    `rows` were counted, out of `of`.
    """

    source: str = ""
    rows: int = 0
    of: int = 0
    label: str = ""
    label_shares: Sequence[Share] = ()
    shares: Sequence[Share] = ()
    bars: Sequence[Bars] = ()
    categories: Sequence[Bars] = ()


@dataclass(frozen=True)
class Contract:
    """What became of one data contract, and how the step is called that held the rows against it."""

    step: str
    expectations: Sequence[Expectation]


@dataclass(frozen=True)
class Change:
    """What something was in the run before and is now, as text, and by how much that is more or less."""

    name: str
    before: str
    now: str
    change: str = ""


@dataclass(frozen=True)
class Comparison:
    """The run beside an earlier one: figures, the columns that have moved, and the rules that came out otherwise.

    `has_columns` and `has_rules` say whether there was anything to compare.
    """

    run_id: str
    figures: Sequence[Change] = ()
    columns: Sequence[Change] = ()
    has_columns: bool = False
    rules: Sequence[Change] = ()
    has_rules: bool = False


@dataclass(frozen=True)
class Rejected:
    """The rows that a step has rejected, by reason, and where they lie below the run's directory."""

    step: str
    place: str
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Sample:
    """A few rows of a table as texts, by column; the columns `hidden` are not shown, whatever they hold."""

    table: str
    columns: Mapping[str, Sequence[str]]
    hidden: Sequence[str] = ()


@dataclass(frozen=True)
class Origin:
    """A table, the state in which it was read or left, and how many of its rows."""

    name: str
    state: str
    rows: int | None


@dataclass(frozen=True)
class Lineage:
    """What a run has read, and what it has made of that."""

    read: Sequence[Origin] = ()
    written: Sequence[Origin] = ()


@dataclass(frozen=True)
class Report:
    """One run, ready to be drawn; `pages` are whole HTML documents that steps have left, by step.

    Where the receipt's rows were `committed_before`, another run has done so, and this one has committed nothing.
    `rows` are those that it has committed, None where it commits nothing at all. `command` is what was called, in full;
    `last_words` are the ends of the logs of the steps that failed, by step.
    """

    pipeline: str
    title: str
    description: str
    run_id: str
    outcome: str
    started: datetime | None
    finished: datetime | None
    steps: Sequence[StepOutcome]
    error: str = ""
    next_command: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    contracts: Sequence[Contract] = ()
    pages: Mapping[str, str] = field(default_factory=dict)
    receipt: Mapping[str, str] = field(default_factory=dict)
    committed_before: bool = False
    rows: int | None = None
    pictures: "Sequence[Drawn]" = ()
    distributions: Distributions = field(default_factory=Distributions)
    comparison: Comparison | None = None
    rejected: Sequence[Rejected] = ()
    sample: Sample | None = None
    lineage: Lineage = field(default_factory=Lineage)
    command: str = ""
    last_words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def expectations(self) -> list[Expectation]:
        """The expectations of all contracts."""
        return [found for contract in self.contracts for found in contract.expectations]
