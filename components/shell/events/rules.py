"""The instants and ids of events, as macros of DuckDB over texts: the one place where their forms are said.

`instant`: RFC 3339, with a blank or a small `t` for the T, a small `z`, a comma for the point and without seconds, too.
Digits beyond the microsecond are cut off; 24:00 is the midnight after; a leap second, `:60`, counts as the second after
it; an offset is at most 14 hours, as in XML Schema. Or a number, told apart by its size: seconds since 1970 below
10^11, milliseconds below 10^14, microseconds below 10^17, else nanoseconds. Without an offset the time is UTC.

`identity`: the normal form of an id of 1 to 128 letters of ASCII without blanks. `uuid_of`: that of a UUID.
"""

from components.shell import ids

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)([.,]\d+)?)?|24:00(:00([.,]0+)?)?"
_OFFSET = r"[Zz]|[+-]((0\d|1[0-3])(:?[0-5]\d)?|14(:?00)?)"
_NUMBER = r"-?\d{1,20}(\.\d+)?"

MACROS = rf"""
SET TimeZone = 'UTC';
{ids.MACROS}
CREATE MACRO is_number(given) AS regexp_full_match(given, '{_NUMBER}');
CREATE MACRO billionths(given) AS
    abs(regexp_extract(given, '^-?\d+')::HUGEINT) * 1000000000
    + rpad(left(regexp_extract(given, '\.(\d+)', 1), 9), 9, '0')::HUGEINT;
CREATE MACRO microseconds(given) AS billionths(given) // CASE
    WHEN billionths(given) < 100000000000000000000::HUGEINT THEN 1000::HUGEINT
    WHEN billionths(given) < 100000000000000000000000::HUGEINT THEN 1000000::HUGEINT
    WHEN billionths(given) < 100000000000000000000000000::HUGEINT THEN 1000000000::HUGEINT
    ELSE 1000000000000::HUGEINT END;
CREATE MACRO counted_time(given) AS
    make_timestamp(((CASE WHEN given LIKE '-%' THEN -1 ELSE 1 END) * microseconds(given))::BIGINT)::TIMESTAMPTZ;
CREATE MACRO clock_time(given) AS
    try_cast(replace(replace(upper(given), ',', '.'), ':60', ':59') AS TIMESTAMPTZ)
    + to_seconds(contains(given, ':60')::INTEGER);
CREATE MACRO instant(given) AS CASE
    WHEN regexp_full_match(given, '\d{{4}}-\d\d-\d\d[Tt ]({_CLOCK})({_OFFSET})?') AND left(given, 4) <> '0000'
    THEN clock_time(given)
    WHEN is_number(given) THEN counted_time(given) END;
CREATE MACRO has_offset(given) AS is_number(given) OR regexp_matches(given, '[Tt ].*({_OFFSET})$');
CREATE MACRO identity(given) AS CASE
    WHEN regexp_full_match(unpadded(given), '[!-~]{{1,128}}') THEN normal_id(given) END;
CREATE MACRO uuid_of(given) AS try_cast(normal_id(given) AS UUID)::VARCHAR;
"""
