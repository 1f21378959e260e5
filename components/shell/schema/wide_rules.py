"""Rules that Great Expectations has none for: vectors, series, pairs, trees, other tables, what came before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import ClassVar

from components.shell.counts import counted
from components.shell.schema.rule import (
    ANY,
    BOOLEAN,
    INSTANT,
    NUMBER,
    SEE,
    VECTOR,
    Rule,
    between,
    is_number,
    is_whole,
    names,
    spelled,
)
from components.shell.schema.rules import check_bounds, check_fractions, check_numbers, check_rows
from components.shell.schema.written import value

_STEP = re.compile(r"(?P<number>[1-9]\d*)(?P<unit>[dhms]?)")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "": ""}
OPERATORS = ("<", "<=", "=", "!=", ">=", ">")
_COMPARISON = re.compile(r"(?P<left>\w+) *(?P<operator>[<>=!]+) *(?P<right>\w+)")


@value(SEE)
class Vectors(Rule):
    """Every vector has so many elements, all finite and known; and, where bounds are given, such a length (L2).

    `dimension` is their number, or a column that holds it row by row.
    """

    column: str
    dimension: float | str
    min_norm: float | None = None
    max_norm: float | None = None
    part: ClassVar[str] = "vectors"
    family: ClassVar[str] = VECTOR

    def check(self) -> None:
        """See that the dimension counts and the bounds are numbers."""
        if not isinstance(self.dimension, str):
            check_rows(self, self.dimension)
        check_numbers(self, self.min_norm, self.max_norm)
        if self.min_norm is not None or self.max_norm is not None:
            check_bounds(self, self.min_norm, self.max_norm)

    @property
    def named(self) -> tuple[str, ...]:
        """The column, and the one that holds the dimension."""
        return (self.column, self.dimension) if isinstance(self.dimension, str) else (self.column,)

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why these are no vectors with a dimension; empty where they are."""
        kind = types.get(str(self.dimension), "int")
        if kind not in ("int", "long"):
            return (
                f"of column '{self.column}' takes its dimension from a whole number, but '{self.dimension}' is {kind}"
            )
        fits = families[self.column] == VECTOR
        return "" if fits else f"of column '{self.column}' is for a vector, but the column is {types[self.column]}"

    @property
    def text(self) -> str:
        """The promise in words."""
        bounded = self.min_norm is not None or self.max_norm is not None
        norm = f", norm {between(self.min_norm, self.max_norm)}" if bounded else ""
        if isinstance(self.dimension, str):
            return f"as many finite elements as {self.dimension}{norm}"
        return f"{counted(int(self.dimension), 'finite element')}{norm}"


@value(SEE)
class Continuous(Rule):
    """From its first value to its last, each series has one every `step`: `1d`, `15m`, `1h`, `30s`, or `1` of numbers.

    Rows of a series share the columns `per`; without any, all rows are one. A value that comes twice is no gap. Where
    `starts` is given, each series of whole numbers begins there: one that has lost its first row has a gap before it.
    """

    column: str
    step: str
    per: Sequence[str] = ()
    starts: int | None = field(default=None, kw_only=True)
    part: ClassVar[str] = "continuous"
    family: ClassVar[str] = ANY

    def check(self) -> None:
        """See that the step is one, and where series start."""
        if not isinstance(self.step, str) or not _STEP.fullmatch(self.step):
            raise self.wrong(
                f"{self.where} has a step of {self.step!r}; write it as 1d, 1h, 15m, 30s or 1", str(self.step)
            )
        object.__setattr__(self, "per", names(self.per, f"{self.where}.per", self.at) if self.per else ())
        if self.starts is not None:
            self._check_start(self.starts)

    def _check_start(self, starts: float) -> None:
        if not is_whole(starts) or self.unit:
            what = f"{self.where} starts at {starts!r} with a step of {self.step}; both must be whole numbers"
            raise self.wrong(what, "starts")
        # KFP makes floats of numbers.
        object.__setattr__(self, "starts", int(starts))

    @property
    def named(self) -> tuple[str, ...]:
        """The column, and those that name a series."""
        return (self.column, *self.per)

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why the column has no such steps; empty where it does."""
        type_ = types[self.column]
        units = {"date": ("days",), "int": ("",), "long": ("",)}.get(type_, ("days", "hours", "minutes", "seconds"))
        if (
            families[self.column] not in (NUMBER, INSTANT)
            or type_ in ("float", "double")
            or type_.startswith("decimal")
        ):
            return f"of column '{self.column}' is for whole numbers, days or instants, but the column is {type_}"
        return "" if self.unit in units else f"of column '{self.column}', which is {type_}, has a step of {self.step}"

    @property
    def number(self) -> int:
        """How many units a step has."""
        return int(self.step.rstrip("dhms"))

    @property
    def unit(self) -> str:
        """`days`, `hours`, `minutes`, `seconds`; empty for whole numbers."""
        return _UNITS[self.step.lstrip("0123456789")]

    @property
    def text(self) -> str:
        """The promise in words."""
        series = f" per {', '.join(self.per)}" if self.per else ""
        start = "" if self.starts is None else f" from {self.starts} on"
        return f"a row every {self.step}{series}{start}, without a gap"


@value(SEE)
class Compare(Rule):
    """`left <= right` in every row where both are known: one of <, <=, =, !=, >=, > between two columns.

    Numbers may be `tolerance` apart from what is promised, as computed fractions are.
    """

    that: str
    tolerance: float = field(default=0, kw_only=True)
    part: ClassVar[str] = "compare"
    form: ClassVar[str] = "each"
    short: ClassVar[str] = "that"

    def check(self) -> None:
        """See that it compares two columns."""
        match = _COMPARISON.fullmatch(self.that) if isinstance(self.that, str) else None
        if match is None or match["operator"] not in OPERATORS:
            known = f"; operators are {' '.join(OPERATORS)}"
            raise self.wrong(
                f"compare must be written 'first_day <= last_day', not {self.that!r}{known}", str(self.that)
            )
        if not is_number(self.tolerance) or self.tolerance < 0:
            raise self.wrong(
                f"the tolerance of compare must be a number from 0 on, not {self.tolerance!r}", "tolerance"
            )

    @property
    def sides(self) -> tuple[str, str, str]:
        """Left column, operator and right column."""
        match = _COMPARISON.fullmatch(self.that)
        return (match["left"], match["operator"], match["right"]) if match else ("", "", "")

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why the two cannot be compared; empty where they can."""
        left, right = self.named
        one, other = types[left], types[right]
        if families[left] != families[right] or families[left] in (VECTOR, "other"):
            return f"has '{left}', which is {one}, beside '{right}', which is {other}"
        if families[left] == INSTANT and one != other:
            return (
                f"has '{left}', which is {one}, beside '{right}', which is {other}; whose day it is depends on a zone"
            )
        if self.tolerance and families[left] != NUMBER:
            return f"has a tolerance for '{left}', which is {one}"
        return ""

    @property
    def named(self) -> tuple[str, ...]:
        """Both columns."""
        return self.sides[0], self.sides[2]

    @property
    def text(self) -> str:
        """The promise in words."""
        return " ".join(self.sides) + (f", {spelled(self.tolerance)} apart at most" if self.tolerance else "")


@value(SEE)
class References(Rule):
    """The values of `columns`, where all are known, are among those of `to` in `table`, or else in these very rows.

    A share of at least `min_share` of them is enough.
    """

    columns: Sequence[str]
    table: str = ""
    to: Sequence[str] = ()
    min_share: float = field(default=1, kw_only=True)
    part: ClassVar[str] = "references"
    form: ClassVar[str] = "each"

    def check(self) -> None:
        """Take the names in; where nothing else is said, the other table's are the same."""
        object.__setattr__(self, "columns", names(self.columns, self.part, self.at))
        object.__setattr__(self, "to", names(self.to or self.columns, "references.to", self.at))
        if len(self.columns) != len(self.to) or (not self.table and self.to == self.columns):
            raise self.wrong("references needs a table, or other columns `to`, as many as its own", "References")
        if self.table and "." not in self.table:
            raise self.wrong(f"the table of references must be written namespace.table, not {self.table!r}", self.table)
        check_fractions(self, self.min_share)

    @property
    def named(self) -> tuple[str, ...]:
        """The columns that refer, and those referred to where they are these rows' own."""
        return (*self.columns, *(() if self.table else self.to))

    @property
    def text(self) -> str:
        """The promise in words."""
        share = f"at least {self.min_share:.4g} " if self.min_share < 1 else ""
        return f"{share}among {', '.join(self.to)} of {self.table or 'these rows'}"


@value(SEE)
class Tree(Rule):
    """The rows are nodes: each `parent` is the `key` of another row, and no node is its own ancestor."""

    key: str
    parent: str
    part: ClassVar[str] = "trees"
    form: ClassVar[str] = "each"

    def check(self) -> None:
        """See that these are two columns."""
        names([self.key, self.parent], self.part, self.at)

    @property
    def named(self) -> tuple[str, ...]:
        """Key and parent."""
        return self.key, self.parent

    @property
    def text(self) -> str:
        """The promise in words."""
        return "a tree: parents are there, and nobody is their own ancestor"


@value(SEE)
class Distinct(Rule):
    """How many distinct known values there are: as a number (`min`, `max`), as a share of rows, or both."""

    columns: Sequence[str]
    min: float | None = None
    max: float | None = None
    min_share: float | None = field(default=None, kw_only=True)
    max_share: float | None = field(default=None, kw_only=True)
    part: ClassVar[str] = "distinct"
    form: ClassVar[str] = "each"

    def check(self) -> None:
        """See that there are bounds, and of which kind."""
        object.__setattr__(self, "columns", names(self.columns, self.part, self.at))
        check_rows(self, self.min, self.max)
        check_fractions(self, self.min_share, self.max_share)
        if self.min is not None or self.max is not None or not self.by_share:
            check_bounds(self, self.min, self.max)
        if self.by_share:
            check_bounds(self, self.min_share, self.max_share)

    @property
    def by_share(self) -> bool:
        """Whether a share is bounded."""
        return self.min_share is not None or self.max_share is not None

    @property
    def named(self) -> tuple[str, ...]:
        """The columns, together."""
        return tuple(self.columns)

    @property
    def text(self) -> str:
        """The promise in words."""
        number = f"{between(self.min, self.max)} distinct" if (self.min, self.max) != (None, None) else ""
        share = f"share of distinct {between(self.min_share, self.max_share)}" if self.by_share else ""
        return ", ".join(part for part in (number, share) if part)


@value(SEE)
class Change(Rule):
    """The rows against those before them: at most the share `max_drop` fewer, the share `max_growth` more.

    With `key`, at most the share `max_gone` of the keys before is missing. So an empty extract never deletes a
    catalogue. The first load has nothing before it and is not checked. What came before follows from the load mode.
    """

    max_drop: float | None = None
    max_growth: float | None = None
    key: Sequence[str] = field(default=(), kw_only=True)
    max_gone: float | None = field(default=None, kw_only=True)
    part: ClassVar[str] = "change"
    form: ClassVar[str] = "once"

    def check(self) -> None:
        """See that something is bounded, and that a key comes with its bound."""
        check_fractions(self, self.max_drop, self.max_gone)
        check_numbers(self, self.max_growth)
        object.__setattr__(self, "key", names(self.key, "change.key", self.at) if self.key else ())
        if (self.max_gone is None) != (not self.key):
            raise self.wrong("change needs key and max_gone together", "Change")
        if (self.max_drop, self.max_growth, self.max_gone) == (None, None, None):
            raise self.wrong("change needs max_drop, max_growth or max_gone", "Change")

    @property
    def named(self) -> tuple[str, ...]:
        """The key's columns."""
        return tuple(self.key)

    @property
    def text(self) -> str:
        """The promise in words."""
        shares = {
            "fewer rows": self.max_drop,
            "more rows": self.max_growth,
            f"of {', '.join(self.key)} gone": self.max_gone,
        }
        parts = [f"at most {100 * share:.4g} % {what}" for what, share in shares.items() if share is not None]
        return f"against what came before {', '.join(parts)}"


@value(SEE)
class Drift(Rule):
    """The mean of the known values (of a yes-no column: the share of yes) is at most `max` from that before."""

    column: str
    max: float
    part: ClassVar[str] = "drift"
    family: ClassVar[str] = NUMBER

    def check(self) -> None:
        """See that it is a number."""
        check_numbers(self, self.max)

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why there is no mean; empty where there is."""
        fits = families[self.column] in (NUMBER, BOOLEAN)
        return "" if fits else f"of column '{self.column}' is for a number, but the column is {types[self.column]}"

    @property
    def kind_of_columns(self) -> str:
        """Numbers and yes-no columns alike, which the step looks at."""
        return ANY

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"mean at most {spelled(self.max)} from what came before"
