"""Instants: aware, in UTC, to the microsecond."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from components.shell.errors import ConfigurationError

if TYPE_CHECKING:
    import pyarrow as pa

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# How far the clocks of those who pass `as_of` and of the database may be apart.
_TOLERANCE = timedelta(seconds=60)


def held(microseconds: int) -> datetime:
    """The instant so many microseconds after 1970; the first or last of the years 1 to 9999 for one beyond them."""
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return FIRST if microseconds < 0 else LAST


def parse_instant(text: str) -> datetime:
    """The instant that an ISO 8601 text with an offset names, in UTC.

    Raises:
        ConfigurationError: the text is no such instant, or has no offset.
    """
    todo = "write it as ISO 8601 with an offset, such as 2026-01-15T00:00:00Z"
    try:
        instant = datetime.fromisoformat(text.strip())
        in_utc = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ConfigurationError(f"'{text}' is not an instant", todo) from None
    if instant.tzinfo is None:
        raise ConfigurationError(f"'{text}' has no offset", todo)
    return in_utc


def run_instant(as_of: str, scheduled: str) -> datetime:
    """The instant that a run is about: `as_of` where it is given, else the time that the engine had it scheduled for.

    Raises:
        ConfigurationError: it is no instant with an offset, or neither is given.
    """
    name, text = ("as_of", as_of) if as_of.strip() else ("scheduled", scheduled)
    try:
        return parse_instant(text)
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error.message}", error.todo) from None


def format_instant(instant: datetime) -> str:
    """The instant as ISO 8601 in UTC with a `Z`; fractions only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_whole_day(instant: datetime) -> bool:
    """Whether a day begins at the instant in UTC."""
    return instant.astimezone(UTC).time() == time()


def boundary(instant: datetime, kind: "pa.DataType") -> "pa.Scalar":
    """The instant as a value of Arrow's type; as a day, the one that it begins.

    Raises:
        ConfigurationError: the type counts days, and none begins there.
    """
    import pyarrow as pa

    if not pa.types.is_date(kind):
        return pa.scalar(instant, kind)
    return pa.scalar(day(instant), kind)


def wall_clock(instants: "pa.Array | pa.ChunkedArray") -> "pa.Array | pa.ChunkedArray":
    """The instants as a clock in UTC shows them, in microseconds and of no zone; of nanoseconds, the one begun.

    Arrow looks up even UTC in the system's time zone data, which a slim image may lack.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = instants.type
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        instants = pc.floor_temporal(instants.cast(pa.timestamp("ns")), unit="microsecond")
    return instants.cast(pa.timestamp("us"))


def day(instant: datetime) -> date:
    """The day that begins at the instant, in UTC.

    Raises:
        ConfigurationError: none does.
    """
    if not is_whole_day(instant):
        raise ConfigurationError(
            f"{format_instant(instant)} is within a day, and the column counts whole days",
            "give the beginning of a day in UTC",
        )
    return instant.astimezone(UTC).date()


def refuse_future(as_of: datetime, now: datetime) -> None:
    """Nothing, if `as_of` has passed by the database's clock, which says `now`.

    Raises:
        ConfigurationError: it has not.
    """
    if as_of > now + _TOLERANCE:
        raise ConfigurationError(
            f"as_of {format_instant(as_of)} is in the future, the database's clock says {format_instant(now)}",
            "give an instant that has passed",
        )


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name in the tz database.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise unknown_zone(name) from None


def is_utc(name: str) -> bool:
    """Whether the days of that time zone are those of UTC.

    Raises:
        ConfigurationError: there is no such zone.
    """
    # Without an instant only a zone whose clocks never change has an offset.
    return zone_of(name).utcoffset(None) == timedelta()


def local_midnight(day: date, timezone: str) -> datetime:
    """The instant at which the local day begins, in UTC.

    Where clocks skip midnight it is the instant at which they do so; where they strike it twice, the first time.
    """
    return datetime.combine(day, time(), zone_of(timezone)).astimezone(UTC)


def unknown_zone(name: str) -> ConfigurationError:
    """The error of a time zone that is none."""
    return ConfigurationError(f"timezone '{name}' is unknown", "name one such as Europe/Berlin")
