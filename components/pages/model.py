"""What a page about a run shows, gathered before anything is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """A container task: the names on the way to it, the steps it waits for, and what it depends on besides.

    `notes` name loops and conditions around it, outermost first; `at_exit` marks a step that runs however its scope
    ended.
    """

    path: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    at_exit: bool = False

    @property
    def name(self) -> str:
        """The task's own name."""
        return self.path[-1]


@dataclass(frozen=True)
class StepOutcome:
    """How one step of the plan went; of a looped step, all its rounds together.

    `state` is one of succeeded, cached, failed, interrupted, cancelled, running, pending, omitted or skipped.
    `title` is its name for people, where it has one beside that in the plan. `waited` is from when to when it waited
    for the environment or image in which it runs, if it did; of several rounds the one that asked first. `figures` are
    the numbers in its summary, by their names for people.
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
    waited: tuple[datetime, datetime] | None = None
    figures: Mapping[str, str] = field(default_factory=dict)

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

    `address` is where that one's report lies, empty where that is not known. `has_columns` and `has_rules` say whether
    there was anything to compare.
    """

    run_id: str
    address: str = ""
    figures: Sequence[Change] = ()
    columns: Sequence[Change] = ()
    has_columns: bool = False
    rules: Sequence[Change] = ()
    has_rules: bool = False


@dataclass(frozen=True)
class Rejected:
    """The rows that a step has rejected, by reason, and where they lie below the run's directory."""

    step: str
    path: str
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
class RunPage:
    """What a page shows of a run wherever it was carried out, ready to be drawn.

    Where the receipt's rows were `committed_before`, another run has done so, and this one has committed nothing.
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
    receipt: Mapping[str, str] = field(default_factory=dict)
    committed_before: bool = False
    comparison: Comparison | None = None
    lineage: Lineage = field(default_factory=Lineage)

    @property
    def expectations(self) -> list[Expectation]:
        """The expectations of all contracts."""
        return [expectation for contract in self.contracts for expectation in contract.expectations]
