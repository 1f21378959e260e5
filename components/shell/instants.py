"""Instants: aware, in UTC, to the microsecond."""

from datetime import UTC, datetime

from components.shell.errors import ConfigurationError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


def format_instant(instant: datetime) -> str:
    """The instant as ISO 8601 in UTC with a `Z`; fractions only where there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
