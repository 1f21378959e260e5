"""Pictures: what a run's report draws of the tables that a dataset fills, as values checked where they are written."""

from collections.abc import Mapping, Sequence
from dataclasses import field, fields
from typing import Any, ClassVar

from components.shell.errors import ConfigurationError
from components.shell.schema.contracts import family_of
from components.shell.schema.rule import ANY, BOOLEAN, NUMBER, TEXT
from components.shell.schema.tables import Table
from components.shell.schema.written import CallSite, call_site, malformed, near, value

SEE = "docs/report.md"
DAY = "date"
BUSIEST, MIDDLE = "busiest", "middle"
_WHICH = (BUSIEST, MIDDLE)
_KEY = (TEXT, NUMBER)
_VERSION_COLUMNS = ("known_at", "valid_to", "version", "is_deleted")


@value(SEE)
class Picture:
    """A drawing of one table: the dataset's own, or the one that `of` names among those it fills beside.

    A class says in `parts` which of its fields name columns, and of what kind these must be.
    """

    title: str = field(default="", kw_only=True)
    of: str = field(default="", kw_only=True)
    at: CallSite = field(default_factory=call_site, init=False, repr=False, compare=False)

    parts: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    looks_back: ClassVar[bool] = False
    """Whether it shows what the table held before the run."""

    def __post_init__(self) -> None:
        """Make lists tuples, so that the value can be hashed, and refuse numbers that are none of days or bars."""
        for one in fields(self):
            given = getattr(self, one.name)
            if isinstance(given, list):
                object.__setattr__(self, one.name, tuple(given))
            if isinstance(one.default, int) and not (isinstance(given, int) and given >= 1):
                raise self.wrong(f"{one.name} of {self.kind} must be a whole number from 1 on, not {given!r}", one.name)

    @property
    def kind(self) -> str:
        """What the picture is called where it is declared."""
        return type(self).__name__

    def named(self, part: str) -> tuple[str, ...]:
        """The columns that a field names."""
        given = getattr(self, part)
        return (given,) * bool(given) if isinstance(given, str) else tuple(given)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the picture is drawn from."""
        return tuple(dict.fromkeys(name for part in self.parts for name in self.named(part)))

    def check(self, own: str, tables: Mapping[str, Table]) -> None:
        """Nothing, if the picture can be drawn of its table, which is `own` where it names none.

        Raises:
            ConfigurationError: there is no such table or column, or a column of another kind; the near match is named.
        """
        table = tables.get(self.of or own)
        if table is None:
            raise self.wrong(f"{self.kind} is of table '{self.of}'{near(self.of, list(tables))}", self.of)
        types = {column.name: column.type for column in table.fields}
        for part, kinds in self.parts.items():
            for name in self.named(part):
                if name not in types:
                    what = f"{self.kind} names column '{name}', which {table.name} does not have"
                    raise self.wrong(f"{what}{near(name, list(types))}", name)
                if ANY not in kinds and _family(types[name]) not in kinds:
                    what = f"{part} of {self.kind} takes a {' or '.join(kinds)}, but '{name}' is {types[name]}"
                    raise self.wrong(what, name)

    def document(self) -> dict[str, Any]:
        """The picture as JSON; what is as it is without being said is left out."""
        current = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "at"}
        defaults = {one.name: one.default for one in fields(self)}
        plain = {
            name: list(content) if isinstance(content, tuple) else content
            for name, content in current.items()
            if content != defaults[name]
        }
        return {"kind": self.kind, **plain}

    def wrong(self, what: str, word: str = "") -> ConfigurationError:
        """The error that says what makes no sense, and where it is written."""
        return malformed(what, SEE, word, self.at)


def _family(type_: str) -> str:
    # Days are days of somebody's zone, which an instant does not have.
    return DAY if type_ == DAY else family_of(type_)


@value(SEE)
class Bars(Picture):
    """How many rows have each value of a column: the `most` frequent ones, and all others together."""

    column: str
    most: int = 16
    parts: ClassVar = {"column": (TEXT, NUMBER, BOOLEAN)}


@value(SEE)
class Histogram(Picture):
    """How the numbers of a column are spread."""

    column: str
    parts: ClassVar = {"column": (NUMBER,)}


@value(SEE)
class Tail(Picture):
    """How many values of `key` have how many rows, and which share the busiest hold; where `where` is above 0."""

    key: str
    where: str = ""
    parts: ClassVar = {"key": _KEY, "where": (NUMBER,)}


@value(SEE)
class Grid(Picture):
    """How many rows there are of each pair of values, and the mean of a third column."""

    down: str
    across: str
    mean: str = ""
    parts: ClassVar = {"down": _KEY, "across": _KEY, "mean": (NUMBER,)}


@value(SEE)
class Steps(Picture):
    """How many take each step of something, and how long that took them: numbers are summed over `key`'s rows.

    What a step `took` is a median of each row, and is shown as the mean of these, each by its number.
    """

    key: str
    step: str
    label: str
    number: str
    took: str
    parts: ClassVar = {"key": (TEXT,), "step": (NUMBER,), "label": (TEXT,), "number": (NUMBER,), "took": (NUMBER,)}


@value(SEE)
class Series(Picture):
    """The last `days` of one of a table's series: bars, lines over them, days that are shaded or marked.

    It is the `busiest` by its sum of `value`, or the one in the `middle`. A day of which that is 0 was filled; one
    without a row is a gap.
    """

    key: str
    day: str
    value: str
    lines: Sequence[str] = ()
    shaded: Sequence[str] = ()
    marked: str = ""
    days: int = 120
    which: str = BUSIEST
    parts: ClassVar = {
        "key": (TEXT,),
        "day": (DAY,),
        "value": (NUMBER,),
        "lines": (NUMBER,),
        "shaded": (BOOLEAN,),
        "marked": (BOOLEAN,),
    }
    looks_back: ClassVar[bool] = True

    def check(self, own: str, tables: Mapping[str, Table]) -> None:
        """Nothing, if it is known too which series is meant."""
        super().check(own, tables)
        if self.which not in _WHICH:
            raise self.wrong(f"which of Series is {self.which!r}{near(self.which, _WHICH)}", self.which)


@value(SEE)
class Total(Picture):
    """The sum of a column over the last `days` of all series."""

    day: str
    value: str
    shaded: Sequence[str] = ()
    days: int = 366
    parts: ClassVar = {"day": (DAY,), "value": (NUMBER,), "shaded": (BOOLEAN,)}
    looks_back: ClassVar[bool] = True


@value(SEE)
class Changes(Picture):
    """What the last `runs` have changed in a table of versions, and this one in which of the columns `compared`."""

    key: str
    compared: Sequence[str]
    runs: int = 14
    parts: ClassVar = {"key": _KEY, "compared": (ANY,)}
    looks_back: ClassVar[bool] = True

    def check(self, own: str, tables: Mapping[str, Table]) -> None:
        """Nothing, if the table keeps versions too."""
        super().check(own, tables)
        table = tables[self.of or own]
        if missing := next((name for name in _VERSION_COLUMNS if name not in [one.name for one in table.fields]), None):
            raise self.wrong(f"Changes is of a table of versions, and {table.name} has no '{missing}'", "Changes")


KINDS: Mapping[str, type[Picture]] = {
    kind.__name__: kind for kind in (Bars, Histogram, Tail, Grid, Steps, Series, Total, Changes)
}


def parse_picture(document: Mapping[str, Any]) -> Picture:
    """The picture that `document` made; numbers may have become floats on the way."""
    arguments: dict[str, Any] = {
        name: int(one) if isinstance(one, float) else one for name, one in document.items() if name != "kind"
    }
    return KINDS[document["kind"]](**arguments)
