"""The SQL of each type of a field: its value, and the reason for a text that has none."""

import pyarrow as pa

from components.shell.events.definition import BOOLEAN, DOUBLE, ID, LONG, STRING, TIMESTAMP, UUID

INSTANT = pa.timestamp("us", "UTC")
LAST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""

ARROW = {
    ID: pa.string(),
    UUID: pa.string(),
    STRING: pa.string(),
    LONG: pa.int64(),
    DOUBLE: pa.float64(),
    BOOLEAN: pa.bool_(),
    TIMESTAMP: INSTANT,
}
VALUE = {
    ID: "identity({0})",
    UUID: "uuid_of({0})",
    STRING: "{0}",
    LONG: r"CASE WHEN regexp_full_match({0}, '-?\d{{1,19}}') THEN try_cast({0} AS BIGINT) END",
    DOUBLE: r"CASE WHEN regexp_full_match({0}, '-?\d{{1,128}}(\.\d+)?') AND isfinite(try_cast({0} AS DOUBLE)) "
    "THEN try_cast({0} AS DOUBLE) END",
    BOOLEAN: "CASE {0} WHEN 'true' THEN true WHEN 'false' THEN false END",
    TIMESTAMP: "instant({0})",
}
"""SQL over a column of texts; null for one that is not of the type."""

OTHERWISE = {
    ID: "is no id",
    UUID: "is no UUID",
    STRING: "is no text",
    LONG: "is no whole number of 64 bits",
    DOUBLE: "is no number",
    BOOLEAN: "is neither true nor false",
    TIMESTAMP: "is no instant",
}
