"""Definitions of events: what a pipeline says of the records that it reads (docs/events.md).

A pipeline writes them as values, and steps get them as JSON. Whatever is wrong is reported where it is written.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeAlias

from components.shell.bounds import require_within
from components.shell.errors import ConfigurationError

ID, UUID, STRING, LONG, DOUBLE, BOOLEAN, TIMESTAMP = "id", "uuid", "string", "long", "double", "boolean", "timestamp"
_TYPES = (ID, UUID, STRING, LONG, DOUBLE, BOOLEAN, TIMESTAMP)
_PYTHON: Mapping[str, tuple[type, ...]] = {LONG: (int,), DOUBLE: (int, float), BOOLEAN: (bool,)}
_KEYS = (ID, UUID)
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# The column in which the readers of values say why one is none.
_TAKEN = "broken"
# What every table of events has.
FIXED = ("topic", "partition", "offset", "event_type", "event_id", "event_time", "known_at", "loaded_as_of")
ITSELF = "*"
"""As `other`: a text that `kinds` do not name stands for a kind of that name."""
_DAY_MINUTES = 24 * 60
AS_DEFINED = -1
"""In place of the minutes that a run is given: those of the definition."""
_TOO_LARGE = 1 << 63
Default: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Field:
    """A field of a record: its column, its type, and its path, keys between dots; the column's name where empty.

    Without a value the record is rejected if the field is `required`; if not, it has the `default`; or the record is
    no event at all, and is counted under `left_out_as`. A `timestamp` without an offset is one in UTC where `zone` says
    so, else it is rejected.
    """

    name: str
    type: str = ID
    path: str = ""
    required: bool = True
    default: Default = None
    left_out_as: str = ""
    zone: str = ""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        object.__setattr__(self, "path", self.path or self.name)
        _check_field(self)

    @property
    def nullable(self) -> bool:
        """Whether an event may be without it."""
        return not (self.required or self.left_out_as or self.default is not None)


def time(path: str, zone: str = "") -> Field:
    """The field of an event's time."""
    return Field("event_time", TIMESTAMP, path, zone=zone)


def own_id(path: str, type: str = ID) -> Field:  # noqa: A002 - as the field says it
    """The field of an event's own id, by which repeated deliveries are recognised."""
    return Field("event_id", type, path)


@dataclass(frozen=True)
class Event:
    """What is an event of this kind.

    `id` is its own id; events without one are known by where they lie in their topic. Its kind stands in the text at
    `kind_path`, if that is not empty: `kinds` say which kind each text stands for, and `other` for which all others do,
    `*` that each is a kind of its own; they are rejected where that is empty. Nothing happened before the year `since`,
    or more than `ahead_minutes` after it became known, which the first field of `known` says where no broker has
    stamped the record.
    """

    kind: str
    time: Field
    id: Field | None = None
    columns: Sequence[Field] = ()
    kind_path: str = "event_type"
    kinds: Mapping[str, str] = field(default_factory=dict)
    other: str = ""
    known: Sequence[str] = ("known_at", "timestamp")
    since: int = 2010
    ahead_minutes: int = _DAY_MINUTES

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not isinstance(self.kinds, Mapping):
            raise _wrong(f"event {self.kind!r}", f"its kinds {self.kinds!r} are no mapping of texts to kinds")
        if isinstance(self.known, str):
            raise _wrong(f"event {self.kind!r}", f"known {self.known!r} is one text: write a list of them")
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "known", tuple(self.known))
        object.__setattr__(self, "kinds", dict(self.kinds) or {self.kind: self.kind})
        _check_event(self)

    def describe(self) -> dict[str, Any]:
        """The JSON object that `parse_events` reads; what a definition need not say is left out."""
        changed = {
            name: value
            for name, value in _non_defaults(self).items()
            if name != "kinds" or value != {self.kind: self.kind}
        }
        return {name: _plain(value) for name, value in changed.items()}

    def fields(self, *, stamped: bool) -> list[Field]:
        """The fields by which a record is validated, that a broker has stamped, or a line; each path once."""
        kind = [Field("event_type", STRING, self.kind_path)] if self.kind_path else []
        known = [] if stamped else [Field("known_at", TIMESTAMP, path) for path in self.known]
        wanted = [*kind, *self.columns, self.time, *([self.id] if self.id else []), *known]
        return list({one.path: one for one in reversed(wanted)}.values())[::-1]

    def renamed(self, kinds: Mapping[str, str]) -> "Event":
        """The same with other words for its kinds; as it is where there are none.

        Raises:
            ConfigurationError: they are no texts, or the kind is not read from the record.
        """
        return replace(self, kinds=kinds) if kinds and self.kind_path else self

    def within(self, minutes: int) -> "Event":
        """The same with other `ahead_minutes`; as it is where they are those `AS_DEFINED`.

        Raises:
            ConfigurationError: a run may not be told so.
        """
        return replace(self, ahead_minutes=minutes_ahead(minutes, self.ahead_minutes))


def _non_defaults(value: Field | Event) -> dict[str, Any]:
    """The fields of a definition that differ from their defaults."""
    every = {one.name: (getattr(value, one.name), one.default) for one in fields(value)}
    return {name: current for name, (current, default) in every.items() if current != default}


def _plain(value: Any) -> Any:
    if isinstance(value, Field):
        return _non_defaults(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _check_field(one: Field) -> None:
    if not isinstance(one.name, str) or not _NAME.fullmatch(one.name):
        raise _wrong(f"field {one.name!r}", "its name must be a column's, in small letters, digits and _")
    what = f"field {one.name}"
    if one.type not in _TYPES:
        raise _wrong(what, f"its type {one.type!r} is unknown{_near(one.type, _TYPES)}")
    if not isinstance(one.path, str) or not _PATH.fullmatch(one.path) or one.path == _TAKEN:
        raise _wrong(what, f"its path {one.path!r} is none, write keys with dots between them")
    if one.zone not in ("", "UTC") or (one.zone and one.type != TIMESTAMP):
        raise _wrong(what, f"its zone {one.zone!r} must be 'UTC', of a timestamp, or empty")
    if one.left_out_as and not _NAME.fullmatch(one.left_out_as):
        raise _wrong(what, f"left_out_as {one.left_out_as!r} must be a word of small letters, digits and _")
    if one.default is not None:
        _check_default(one, what)


def _check_default(one: Field, what: str) -> None:
    if one.required or one.left_out_as:
        raise _wrong(what, "it has a default, which is never used: set required=False, and no left_out_as")
    wanted = _PYTHON.get(one.type, (str,))
    if not isinstance(one.default, wanted) or (isinstance(one.default, bool) and one.type != BOOLEAN):
        raise _wrong(what, f"its default {one.default!r} is no {one.type}")
    if isinstance(one.default, int | float) and not abs(one.default) < _TOO_LARGE:
        raise _wrong(what, f"its default {one.default!r} is too large")
    if one.type in (ID, UUID, TIMESTAMP):
        raise _wrong(what, f"a field of type {one.type} has no default: leave it null with required=False")


def _check_event(event: Event) -> None:
    if not isinstance(event.kind, str) or not _WORD.fullmatch(event.kind):
        raise _wrong(f"event {event.kind!r}", "its kind must be a word")
    what = f"event {event.kind}"
    if event.time.type != TIMESTAMP or event.time.nullable or event.time.left_out_as:
        raise _wrong(what, "its time must be a timestamp that is required")
    if event.id and (event.id.type not in _KEYS or event.id.nullable or event.id.left_out_as):
        raise _wrong(what, f"its id must be required, and of type {' or '.join(_KEYS)}")
    _check_columns(event, what)
    _check_kinds(event, what)
    if not isinstance(event.since, int) or not 1 <= event.since <= 9999:  # noqa: PLR2004 - years
        raise _wrong(what, f"since {event.since!r} is no year")
    if not isinstance(event.ahead_minutes, int) or event.ahead_minutes < 0:
        raise _wrong(what, f"ahead_minutes {event.ahead_minutes!r} is no number of minutes")


def _check_columns(event: Event, what: str) -> None:
    names = [one.name for one in event.columns]
    if fixed := next((name for name in names if name in FIXED), None):
        raise _wrong(what, f"every table of events has a column {fixed}: give the field another name")
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise _wrong(what, f"it has column {twice} twice")
    types: dict[str, str] = {}
    for one in (*event.fields(stamped=False), *event.columns, event.time):
        if types.setdefault(one.path, one.type) != one.type:
            raise _wrong(what, f"{one.path} is read as {types[one.path]} and as {one.type}")


def _check_kinds(event: Event, what: str) -> None:
    words = [*event.kinds, *event.kinds.values(), *([event.other] if event.other not in ("", ITSELF) else [])]
    if odd := next((word for word in words if not isinstance(word, str) or not _WORD.fullmatch(word)), None):
        raise _wrong(what, f"its kinds name {odd!r}, which is no word")
    if not event.kind_path and (set(event.kinds.values()) != {event.kind} or event.other):
        raise _wrong(what, "its kinds are read from a field: say which one in kind_path")


def minutes_ahead(future_minutes: int, defined: int = _DAY_MINUTES) -> int:
    """How far ahead an event may lie in a run that is told so; what is `defined`, a day, where that is `AS_DEFINED`.

    Raises:
        ConfigurationError: a run may not be told so, for no clock runs ahead by more than a day.
    """
    require_within("future_minutes", future_minutes, AS_DEFINED, _DAY_MINUTES)
    return defined if future_minutes == AS_DEFINED else future_minutes


def parse_events(value: Sequence[Any]) -> dict[str, Event]:
    """The definitions by kind, in their order, as `Event.describe` wrote them.

    Raises:
        ConfigurationError: something is missing, unknown, repeated or malformed; the first such thing is named.
    """
    if not isinstance(value, list | tuple) or not value:
        raise _wrong("a list of events", "it is empty")
    events = [_event(one) for one in value]
    kinds = [event.kind for event in events]
    if twice := next((kind for kind in kinds if kinds.count(kind) > 1), None):
        raise _wrong(f"event {twice}", "it is there twice")
    columns(events)
    return dict(zip(kinds, events, strict=True))


def columns(events: Iterable[Event]) -> list[Field]:
    """The columns of a table that holds these events, beside those that every one has; each as it is in all of them.

    Raises:
        ConfigurationError: two events have one of them in different types.
    """
    every = list(events)
    by_name: dict[str, Field] = {}
    for one in (one for event in every for one in event.columns):
        if (before := by_name.setdefault(one.name, one)).type != one.type:
            raise _wrong(f"column {one.name}", f"it is {before.type} in one event and {one.type} in another")
        if one.nullable:
            by_name[one.name] = replace(one)
    everywhere = {name for name in by_name if all(name in {one.name for one in event.columns} for event in every)}
    return [
        one if one.name in everywhere else Field(one.name, one.type, one.path, required=False)
        for one in by_name.values()
    ]


def _event(value: Any) -> Event:
    document = _known(value, "an event", [one.name for one in fields(Event)])
    what = f"event {document.get('kind')!r}"
    if missing := next((name for name in ("kind", "time") if name not in document), None):
        raise _wrong(what, f"it has no {missing}")
    parts: dict[str, Any] = {
        "time": _field(document["time"]),
        "columns": tuple(map(_field, document.get("columns") or ())),
    }
    # KFP hands on every number as a double.
    numbers = {name: _whole(document[name]) for name in ("since", "ahead_minutes") if name in document}
    own = {"id": _field(document["id"])} if document.get("id") else {}
    return Event(**(document | parts | numbers | own))


def _field(value: Any) -> Field:
    document = _known(value, "a field", [one.name for one in fields(Field)])
    if document.get("type") == LONG and "default" in document:
        document["default"] = _whole(document["default"])
    return Field(**document) if "name" in document else Field("")


def _known(value: Any, what: str, known: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(what, f"{value!r} is no JSON object")
    if unknown := sorted(set(value) - set(known)):
        raise _wrong(what, f"it has no key '{unknown[0]}'{_near(unknown[0], known)}")
    return dict(value)


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _near(wrong: object, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(str(wrong), known, n=1)
    return f", did you mean '{near[0]}'?" if near else f", known are {', '.join(known)}"


def _wrong(what: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"the definition of {what} is wrong: {why}", "see docs/events.md")
