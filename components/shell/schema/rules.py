"""Rules about the values of one dataset, which Great Expectations judges (docs/contracts.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, time
from typing import Any, ClassVar

from components.shell.counts import counted, worded
from components.shell.errors import ConfigurationError
from components.shell.instants import format_instant, parse_instant
from components.shell.schema.rule import (
    BOOLEAN,
    INSTANT,
    NUMBER,
    SEE,
    TEXT,
    Rule,
    between,
    is_number,
    is_whole,
    listed,
    names,
    spelled,
)
from components.shell.schema.written import value

Bound = float | str | None
_WHOSE = "whose day it is depends on a zone"


def check_bounds(rule: Rule, low: Bound, high: Bound) -> None:
    """Nothing, if there are bounds and the lower is not above the upper.

    Raises:
        ConfigurationError: else.
    """
    if low is None and high is None:
        raise rule.wrong(f"{rule.where} needs min, max or both", type(rule).__name__)
    if low is not None and high is not None and _comes_after(low, high):
        raise rule.wrong(f"{rule.where} has a min of {spelled(low)} above its max of {spelled(high)}", "min")


def _comes_after(low: Any, high: Any) -> bool:
    return bool((instant(low) > instant(high)) if isinstance(low, str) else low > high)


def instant(text: str) -> datetime:
    """The instant that a bound names; of a day, which has no time, its beginning in UTC.

    Raises:
        ConfigurationError: it names none.
    """
    return datetime.combine(date.fromisoformat(text), time(), UTC) if is_day(text) else parse_instant(text)


def is_day(text: str) -> bool:
    """Whether the text names a day, without a time."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def check_numbers(rule: Rule, *given: Bound) -> None:
    """Nothing, if all that is given is a number.

    Raises:
        ConfigurationError: else.
    """
    if wrong := next((one for one in given if one is not None and not is_number(one)), None):
        what = f"{rule.where} needs numbers, or instants such as '2020-01-01T00:00:00Z' for both bounds, not {wrong!r}"
        raise rule.wrong(what, str(wrong))


def check_rows(rule: Rule, *given: Bound) -> None:
    """Nothing, if all that is given is a number of rows.

    Raises:
        ConfigurationError: else.
    """
    for one in given:
        if one is not None and not (is_whole(one) and float(one) >= 0):
            raise rule.wrong(f"a number of rows must be whole and not negative, not {one!r}", str(one))


def check_fractions(rule: Rule, *given: Bound) -> None:
    """Nothing, if all that is given lies between 0 and 1.

    Raises:
        ConfigurationError: else.
    """
    for one in given:
        if one is not None and not (is_number(one) and 0 <= float(one) <= 1):
            raise rule.wrong(f"{rule.where} needs fractions from 0 to 1, not {one!r}", str(one))


def _from(rows: float) -> str:
    return f", judged from {counted(int(rows), 'row')} on" if rows > 1 else ""


@value(SEE)
class Unique(Rule):
    """No two rows share these columns."""

    columns: Sequence[str]
    part: ClassVar[str] = "unique"
    form: ClassVar[str] = "once"
    short: ClassVar[str] = "columns"

    def check(self) -> None:
        """Take the names in."""
        object.__setattr__(self, "columns", names(self.columns, self.part, self.at))

    def misfit(self, types: Mapping[str, str], _families: Mapping[str, str]) -> str:
        """Why one of the columns cannot be a key; empty where all can."""
        nested = (name for name in self.named if types[name].startswith(("list<", "struct<")))
        return next((f"names column '{name}', which is {types[name]} and cannot be a key" for name in nested), "")

    @property
    def named(self) -> tuple[str, ...]:
        """The key's columns."""
        return tuple(self.columns)

    @property
    def text(self) -> str:
        """The promise in words."""
        return "unique together" if len(self.columns) > 1 else "unique"


@value(SEE)
class OneOf(Rule):
    """Every value is one of these, all numbers or all texts."""

    column: str
    values: Sequence[float] | Sequence[str]
    part: ClassVar[str] = "sets"
    short: ClassVar[str] = "values"

    def check(self) -> None:
        """See that all are of one kind."""
        given = listed(self.values, self.where, self.at)
        if not all(is_number(one) for one in given) and not all(isinstance(one, str) for one in given):
            raise self.wrong(f"{self.where} must hold numbers or texts, not both", self.column)
        object.__setattr__(self, "values", tuple(given))

    @property
    def kind_of_columns(self) -> str:
        """What the values are."""
        return TEXT if isinstance(self.values[0], str) else NUMBER

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"one of {', '.join(map(spelled, self.values))}"


@value(SEE)
class Between(Rule):
    """Every value lies between the bounds, which belong to the range: numbers, or ISO 8601 instants or days."""

    column: str
    min: Bound = None
    max: Bound = None
    part: ClassVar[str] = "ranges"

    def check(self) -> None:
        """See that both bounds are of one kind, and in order."""
        given = [one for one in (self.min, self.max) if one is not None]
        if not (given and all(isinstance(one, str) for one in given)):
            check_numbers(self, *given)
        for one in given if self.kind_of_columns == INSTANT else ():
            try:
                instant(str(one))
            except ConfigurationError as error:
                raise self.wrong(f"{self.where}: {error.message}", str(one)) from None
        check_bounds(self, self.min, self.max)

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why the bounds are none of such values; empty where they are."""
        return Rule.misfit(self, types, families) or self.untimely(types[self.column])

    def untimely(self, type_: str) -> str:
        """Why days are held against instants, or instants against days; empty where they are not."""
        bounds = [one for one in (self.min, self.max) if isinstance(one, str)]
        odd = next((one for one in bounds if is_day(one) != (type_ == "date")), None)
        return "" if odd is None else f"of column '{self.column}', which is {type_}, has the bound '{odd}'; {_WHOSE}"

    @property
    def kind_of_columns(self) -> str:
        """What the bounds are."""
        return INSTANT if isinstance(self.max if self.min is None else self.min, str) else NUMBER

    @property
    def text(self) -> str:
        """The promise in words."""
        if self.kind_of_columns == NUMBER:
            return between(self.min, self.max)
        low, high = (None if one is None else format_instant(instant(str(one))) for one in (self.min, self.max))
        return between(low, high)


@value(SEE)
class RowCount(Rule):
    """The number of rows."""

    min: float | None = None
    max: float | None = None
    part: ClassVar[str] = "row_count"
    form: ClassVar[str] = "once"

    def check(self) -> None:
        """See that the bounds count rows."""
        check_rows(self, self.min, self.max)
        check_bounds(self, self.min, self.max)

    @property
    def text(self) -> str:
        """The promise in words."""
        last = self.min if self.max is None else self.max
        return f"{between(self.min, self.max)} {worded(last, 'row')}"


@value(SEE)
class Share(Rule):
    """The share of true among the known values; not judged below `from_rows` of them."""

    column: str
    min: float | None = None
    max: float | None = None
    from_rows: float = field(default=1, kw_only=True)
    part: ClassVar[str] = "shares"
    family: ClassVar[str] = BOOLEAN

    def check(self) -> None:
        """See that the bounds are fractions."""
        check_fractions(self, self.min, self.max)
        check_rows(self, self.from_rows)
        check_bounds(self, self.min, self.max)

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"share of true {between(self.min, self.max)}{_from(self.from_rows)}"


@value(SEE)
class Mean(Rule):
    """The mean of the known values; not judged below `from_rows` of them."""

    column: str
    min: float | None = None
    max: float | None = None
    from_rows: float = field(default=1, kw_only=True)
    part: ClassVar[str] = "means"
    family: ClassVar[str] = NUMBER

    def check(self) -> None:
        """See that the bounds are numbers."""
        check_numbers(self, self.min, self.max)
        check_rows(self, self.from_rows)
        check_bounds(self, self.min, self.max)

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"mean {between(self.min, self.max)}{_from(self.from_rows)}"


@value(SEE)
class Ordered(Rule):
    """No instant is earlier than the one in the row before."""

    column: str
    part: ClassVar[str] = "ordered"
    form: ClassVar[str] = "each"
    short: ClassVar[str] = "column"
    family: ClassVar[str] = INSTANT

    def check(self) -> None:
        """See that it is a name."""
        names([self.column], self.part, self.at)

    @property
    def text(self) -> str:
        """The promise in words."""
        return "never earlier than the row before"


@value(SEE)
class MaxGap(Rule):
    """Between neighbouring rows no more time passes than that; not judged below `from_rows` rows."""

    column: str
    max_hours: float
    from_rows: float = field(default=1, kw_only=True)
    part: ClassVar[str] = "gaps"
    family: ClassVar[str] = INSTANT

    def check(self) -> None:
        """See that the hours are a number."""
        check_numbers(self, self.max_hours)
        check_rows(self, self.from_rows)

    @property
    def text(self) -> str:
        """The promise in words."""
        return f"no gap of more than {spelled(self.max_hours)} {worded(self.max_hours, 'hour')}{_from(self.from_rows)}"


@value(SEE)
class NotAfterAsOf(Rule):
    """No instant is later than the run's `as_of`."""

    column: str
    part: ClassVar[str] = "not_after_as_of"
    form: ClassVar[str] = "each"
    short: ClassVar[str] = "column"
    family: ClassVar[str] = INSTANT

    def check(self) -> None:
        """See that it is a name."""
        names([self.column], self.part, self.at)

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why the column cannot be held against an instant; empty where it can."""
        return Rule.misfit(self, types, families) or self.untimely(types[self.column])

    def untimely(self, type_: str) -> str:
        """Why the column has days and no instants; empty where it has instants."""
        return (
            f"of column '{self.column}' is for an instant, but the column is date; {_WHOSE}" if type_ == "date" else ""
        )

    @property
    def text(self) -> str:
        """The promise in words."""
        return "not after as_of"
