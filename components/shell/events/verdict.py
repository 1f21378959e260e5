"""The query that validates a batch of records of one definition; all of its text is written here or there.

Over `batch` with a text column for each path (`f0`, `f1`, …, in the order of `Event.fields`), `kind`, `broken`, and
`time` (milliseconds) or `stated` (text), it says for each row its values and, where it is no event, the reason.
"""

from collections.abc import Iterator, Sequence

from components.shell.events.definition import TIMESTAMP, Event, Field
from components.shell.events.forms import LAST_MS, OTHERWISE, VALUE

Check = tuple[str, str]


def query(event: Event, latest_us: int, *, stamped: bool) -> str:
    """The query.

    Records that no broker has stamped became known when they say so, or else when they happened; in no case later than
    `latest_us`.
    """
    names = raw_names(event, stamped=stamped)
    own = VALUE[event.id.type].format(names[event.id.path]) if event.id else "NULL::VARCHAR"
    reason = " ".join(f"WHEN {condition} THEN {_quoted(text)}" for condition, text in _checks(event, stamped=stamped))
    given = f"make_timestamp(CASE WHEN time BETWEEN 0 AND {LAST_MS} THEN time * 1000 END)::TIMESTAMPTZ"
    columns = "".join(f"{_value(one, names)} AS v{number}, " for number, one in enumerate(event.columns))
    taken = "".join(f'v{number} AS "{one.name}", ' for number, one in enumerate(event.columns))
    return f"""
    SELECT row, topic, partition, "offset", kind AS event_type, event_id, {taken} event_time, known_at,
           {_left_out(event)} AS left_out, CASE WHEN broken IS NOT NULL THEN broken {reason} END AS reason FROM (
        SELECT *, {"given" if stamped else "coalesce(given, event_time)"} AS known_at,
               coalesce(given + to_minutes({event.ahead_minutes}), now) AS latest
        FROM (
            SELECT *, {own} AS event_id, {columns} {_value(event.time, names)} AS event_time,
                   {given if stamped else "instant(stated)"} AS given, make_timestamp({latest_us})::TIMESTAMPTZ AS now
            FROM batch))
    """  # noqa: S608 - see above


def raw_names(event: Event, *, stamped: bool) -> dict[str, str]:
    """The column of each path in `batch`."""
    return {one.path: f"f{number}" for number, one in enumerate(event.fields(stamped=stamped))}


def other_kind(event: Event) -> str:
    """The reason why an event of another kind is none of this definition."""
    wanted = list(event.kinds)
    return f"{event.kind_path} is {'not' if len(wanted) == 1 else 'none of'} {', '.join(wanted)}"


def _checks(event: Event, *, stamped: bool) -> Iterator[Check]:
    """What is wrong with a record, and the reason reported; what comes first counts. A clock may run ahead by a day."""
    names, path = raw_names(event, stamped=stamped), event.time.path
    if event.kind_path:
        yield f"{names[event.kind_path]} IS NULL", f"no {event.kind_path}"
        yield "kind IS NULL", other_kind(event)
    if stamped:
        yield f"time < 0 OR time > {LAST_MS}", "the record has no time"
    else:
        yield "stated IS NOT NULL AND instant(stated) IS NULL", "known_at is no instant"
    yield "given > now", f"{'the time of the record' if stamped else 'known_at'} lies in the future"
    if event.id:
        yield from _checks_of(event.id, names, "event_id")
    for number, one in enumerate(event.columns):
        yield from _checks_of(one, names, f"v{number}")
    yield from _checks_of(event.time, names, "event_time")
    yield f"event_time < TIMESTAMPTZ '{event.since:04}-01-01 00:00:00Z'", f"{path} lies before {event.since}"
    yield "event_time > latest", f"{path} lies in the future"


def _checks_of(one: Field, names: dict[str, str], value: str) -> Iterator[Check]:
    raw = names[one.path]
    if one.required and not one.left_out_as:
        yield f"{raw} IS NULL", f"no {one.path}"
    yield f"{raw} IS NOT NULL AND {value} IS NULL", f"{one.path} {OTHERWISE[one.type]}"
    if one.type == TIMESTAMP and not one.zone:
        yield f"{raw} IS NOT NULL AND NOT has_offset({raw})", f"{one.path} has no offset"


def _value(one: Field, names: dict[str, str]) -> str:
    """The value, of the type that it has even where every row is null."""
    raw = names[one.path]
    expression = VALUE[one.type].format(raw)
    if one.default is None:
        return expression
    default = _quoted(one.default) if isinstance(one.default, str) else str(one.default)
    return f"CASE WHEN {raw} IS NULL THEN {default} ELSE {expression} END"


def _left_out(event: Event) -> str:
    """SQL for the word under which a sound record is counted that is no event; null for all others."""
    words: Sequence[Check] = [
        (f"v{number} IS NULL", one.left_out_as) for number, one in enumerate(event.columns) if one.left_out_as
    ]
    cases = " ".join(f"WHEN {condition} THEN {_quoted(word)}" for condition, word in words)
    return f"CASE {cases} END" if cases else "NULL::VARCHAR"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
