"""What all rules of a contract share: severity, where they are written, and their form as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, field, fields
from typing import Any, ClassVar, Self, TypeVar

from components.shell.errors import ConfigurationError
from components.shell.schema.written import CallSite, call_site, malformed, near, value

SEE = "docs/contracts.md"
ERROR, WARNING = "error", "warning"
NUMBER, INSTANT, BOOLEAN, TEXT, VECTOR, ANY = "number", "instant", "boolean", "text", "vector", "any"
R = TypeVar("R", bound="Rule")


@value(SEE)
class Rule:
    """A promise about rows.

    A rule's class says under which key of the contract's JSON it stands (`part`), and in which form (`form`):
    `by_column`, a dictionary of options by column; `each`, a list of options; `once`, options alone. Where `short`
    names a field, its bare value stands for the options.
    """

    severity: str = field(default=ERROR, kw_only=True)
    at: CallSite = field(default_factory=call_site, init=False, repr=False, compare=False)

    part: ClassVar[str] = ""
    form: ClassVar[str] = "by_column"
    short: ClassVar[str] = ""
    family: ClassVar[str] = ANY
    """What the columns have to be for the rule to make sense."""

    def __post_init__(self) -> None:
        """Hold the arguments against what the rule's own class says of them."""
        if self.severity not in (ERROR, WARNING):
            what = f"severity of {self.where} must be error or warning, not {self.severity!r}"
            raise self.wrong(what, str(self.severity))
        self.check()

    def check(self) -> None:
        """Nothing, if the arguments make sense.

        Raises:
            ConfigurationError: they do not.
        """

    @property
    def named(self) -> tuple[str, ...]:
        """The columns of the contract that the rule is about."""
        return (self.column,) if hasattr(self, "column") else ()

    @property
    def where(self) -> str:
        """The rule's place in the contract, such as `ranges.hour_of_day`."""
        return f"{self.part}.{self.named[0]}" if self.form == "by_column" and self.named else self.part

    @property
    def kind_of_columns(self) -> str:
        """What the columns have to be for the rule to make sense, its values considered."""
        return self.family

    def misfit(self, types: Mapping[str, str], families: Mapping[str, str]) -> str:
        """Why the rule makes no sense for columns of these types, as the end of a sentence; empty where it does."""
        wanted = self.kind_of_columns
        odd = (name for name in self.named if wanted not in (ANY, families[name]))
        some = f"an {wanted}" if wanted.startswith(tuple("aeiou")) else f"a {wanted}"
        return next((f"of column '{name}' is for {some}, but the column is {types[name]}" for name in odd), "")

    @property
    def text(self) -> str:
        """The promise in words."""
        raise NotImplementedError

    @classmethod
    def parse(cls, arguments: Mapping[str, Any]) -> Self:
        """The rule of these arguments, which come from JSON."""
        return cls(**arguments)

    def options(self) -> dict[str, Any]:
        """The arguments as JSON; what is as it is without being said is left out."""
        skipped = {"at", *(["column"] if self.form == "by_column" else [])}
        return {
            one.name: _plain(given)
            for one in fields(self)
            if one.name not in skipped and (given := getattr(self, one.name)) != one.default and given is not None
        }

    def wrong(self, what: str, word: str = "") -> ConfigurationError:
        """The error that says what makes no sense, and where it is written."""
        return senseless(what, word, self.at)


def senseless(what: str, word: str = "", at: CallSite | None = None) -> ConfigurationError:
    """The error that says what makes no sense in a contract, and where it is written."""
    error = malformed(what, SEE, word, at)
    if at is None or not at.file:
        error = malformed(f"the contract makes no sense: {what}", SEE, word, at)
    return error


def _plain(given: Any) -> Any:
    return list(given) if isinstance(given, tuple) else given


def encoded(rules: Sequence[Rule]) -> dict[str, Any]:
    """The rules as JSON, by part."""
    document: dict[str, Any] = {}
    for rule in rules:
        options: Any = rule.options()
        if rule.short and set(options) == {rule.short}:
            options = options[rule.short]
        if rule.form == "by_column":
            column, others = rule.named[0], document.setdefault(rule.part, {})
            if column in others:
                raise rule.wrong(f"{rule.where} is there twice", type(rule).__name__)
            others[column] = options
        elif rule.form == "each":
            document.setdefault(rule.part, []).append(options)
        elif rule.part in document:
            raise rule.wrong(f"{rule.part} is there twice", type(rule).__name__)
        else:
            document[rule.part] = options
    return document


def decoded(kind: type[R], document: object) -> Iterator[R]:
    """The rules that `encoded` wrote under the part of one kind.

    Raises:
        ConfigurationError: they are of no sense; the near match of an unknown key is named.
    """
    if kind.form == "by_column":
        if not isinstance(document, Mapping):
            raise senseless(f"{kind.part} must be a dictionary by column")
        for column, entry in sorted(document.items()):
            yield _build(kind, entry, f"{kind.part}.{column}", column=column)
    elif kind.form == "each":
        for entry in listed(document, kind.part):
            yield _build(kind, entry, kind.part)
    else:
        yield _build(kind, document, kind.part)


def _build(kind: type[R], entry: object, where: str, **more: str) -> R:
    known = [one.name for one in fields(kind) if one.init and one.name not in more]
    if not isinstance(entry, Mapping):
        if not kind.short:
            raise senseless(f"{where} must be a dictionary with {', '.join(known)}")
        entry = {kind.short: entry}
    for key in sorted(entry):
        if key not in known:
            raise senseless(f"{where} has no key '{key}'{near(key, known)}")
    needed = [
        one.name for one in fields(kind) if one.init and one.default is MISSING and one.default_factory is MISSING
    ]
    if missing := next((name for name in needed if name not in {*entry, *more}), None):
        raise senseless(f"{where} needs {missing}")
    return kind.parse({**more, **entry})


def listed(given: object, where: str, at: CallSite | None = None) -> list[Any]:
    """The entries of a list that has any.

    Raises:
        ConfigurationError: it is none, or empty.
    """
    if not isinstance(given, list | tuple) or not given:
        raise senseless(f"{where} must be a list with at least one entry", where, at)
    return list(given)


def names(given: object, where: str, at: CallSite | None = None) -> tuple[str, ...]:
    """The names of columns in a list, each once.

    Raises:
        ConfigurationError: it holds something else.
    """
    items = listed(given, where, at)
    if not all(isinstance(name, str) for name in items) or len(set(items)) < len(items):
        raise senseless(f"{where} must name columns, each once", where, at)
    return tuple(items)


def is_number(given: object) -> bool:
    """Whether it is a finite number, and not a truth value."""
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < float("inf")


def is_whole(given: object) -> bool:
    """Whether it is a whole number, which engines hand on as a double."""
    return isinstance(given, int | float) and is_number(given) and given == int(given)


def spelled(given: object) -> str:
    """A number or text for people; whole numbers without a fraction, as KFP makes floats of them."""
    return str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)


def between(low: object, high: object) -> str:
    """The bounds in words, of which one may be None."""
    if low is not None and high is not None:
        return f"from {spelled(low)} to {spelled(high)}"
    return f"at least {spelled(low)}" if high is None else f"at most {spelled(high)}"
