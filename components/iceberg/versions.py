"""Versions: the columns that a table has which keeps what each key said, and from when to when."""

VERSION = "version"
KNOWN_AT = "known_at"
VALID_FROM = "valid_from"
VALID_TO = "valid_to"
IS_DELETED = "is_deleted"

VERSION_COLUMNS = (
    f"{VERSION} int!",
    f"{KNOWN_AT} timestamptz!",
    f"{VALID_FROM} timestamptz!",
    f"{VALID_TO} timestamptz",
    f"{IS_DELETED} boolean!",
)
"""As a table's definition lists them, behind the columns of its own."""

NAMES = (VERSION, KNOWN_AT, VALID_FROM, VALID_TO, IS_DELETED)
