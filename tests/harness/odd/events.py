"""Values that are views, or nearly so, and what each reader of events has to see in them.

They are lines of a file: nobody has stamped them, so that a view became known when it says so, or else when it
happened. What is expected is the view's image, its time and when it became known, or the reason why it is none.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from tests.harness.odd.ids import PLAIN, SPELLINGS

View: TypeAlias = tuple[str, datetime, datetime]
Case: TypeAlias = tuple[bytes, View | str]

ELEVEN = datetime(2026, 1, 10, 11, tzinfo=UTC)
SECOND, MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)
SECONDS = 1_768_042_800
VIEW = b'{"event_type": "view", "image_id": "%b", "viewed_at": "2026-01-10T11:00:00"}' % PLAIN.encode()


def view(**changes: Any) -> bytes:
    """A sound view, changed; a field changed to ... is left out, and bytes stand for themselves."""
    sound = {"event_type": "view", "image_id": PLAIN, "viewed_at": "2026-01-10T11:00:00", **changes}
    there = {name.encode(): value for name, value in sound.items() if value is not ...}
    return b"{" + b", ".join(b'"%b": %b' % (name, _json(value)) for name, value in there.items()) + b"}"


def _json(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def at(instant: datetime, known_at: datetime | None = None, image: str = PLAIN) -> View:
    """The view of an image at an instant."""
    return image, instant, known_at or instant


NO_INSTANT, OLD, FUTURE = "viewed_at is no instant", "viewed_at lies before 2010", "viewed_at lies in the future"

TIMES: list[tuple[Any, datetime | str]] = [
    # Texts.
    ("2026-01-10T11:00:00", ELEVEN),
    ("2026-01-10 11:00:00", ELEVEN),
    ("2026-01-10t11:00:00z", ELEVEN),
    ("2026-01-10T11:00:00Z", ELEVEN),
    ("2026-01-10T11:00Z", ELEVEN),
    ("2026-01-10T11:00", ELEVEN),
    ("2026-01-10T11:00:00+00:00", ELEVEN),
    ("2026-01-10T11:00:00-00:00", ELEVEN),
    ("2026-01-10T16:30:00+05:30", ELEVEN),
    ("2026-01-10T06:00:00-0500", ELEVEN),
    ("2026-01-10T12:00:00+01", ELEVEN),
    ("2026-01-11T01:00:00+14:00", ELEVEN),
    ("2026-01-09T21:00:00-14:00", ELEVEN),
    ("2026-01-10T11:00:00.5", ELEVEN + SECOND / 2),
    ("2026-01-10T11:00:00,5", ELEVEN + SECOND / 2),
    ("2026-01-10T11:00:00.000001", ELEVEN + MICROSECOND),
    ("2026-01-10T11:00:00.0000019", ELEVEN + MICROSECOND),
    ("2026-01-10T11:00:00.123456789Z", ELEVEN + 123456 * MICROSECOND),
    ("2026-01-10T11:00:00.99999999999999999999Z", ELEVEN + SECOND - MICROSECOND),
    ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ("2016-12-31T15:59:60.25-08:00", datetime(2017, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
    ("2026-01-10T10:59:60", ELEVEN),
    ("2026-01-10T24:00:00", datetime(2026, 1, 11, tzinfo=UTC)),
    ("2026-01-10T24:00:00.000Z", datetime(2026, 1, 11, tzinfo=UTC)),
    ("2025-12-31T24:00Z", datetime(2026, 1, 1, tzinfo=UTC)),
    ("2024-02-29T23:59:59", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ("2010-01-01T00:00:00", datetime(2010, 1, 1, tzinfo=UTC)),
    ("2026-01-10T11:00:00+25:00", NO_INSTANT),
    ("2026-01-10T11:00:00+14:60", NO_INSTANT),
    ("2026-01-10T11:00:00+14:01", NO_INSTANT),
    ("2026-01-10T11:00:00-15:00", NO_INSTANT),
    ("2026-01-10T11:00:00+1", NO_INSTANT),
    ("2026-01-10T11:00:00 +01:00", NO_INSTANT),
    ("2026-01-10T11:00:00 UTC", NO_INSTANT),
    ("2026-01-10T11:00:00.", NO_INSTANT),
    ("2026-01-10T11:00:61", NO_INSTANT),
    ("2026-01-10T11:60:00", NO_INSTANT),
    ("2026-01-10T25:00:00", NO_INSTANT),
    ("2026-01-10T24:00:01", NO_INSTANT),
    ("2026-01-10T24:00:00.1", NO_INSTANT),
    ("2026-01-10T11", NO_INSTANT),
    ("2026-01-10", NO_INSTANT),
    ("2026-02-30T00:00:00", NO_INSTANT),
    ("2025-02-29T00:00:00", NO_INSTANT),
    ("2026-13-01T00:00:00", NO_INSTANT),
    ("2026-00-10T00:00:00", NO_INSTANT),
    ("2026-W02-6T11:00:00", NO_INSTANT),
    ("2026-010T11:00:00", NO_INSTANT),
    ("20260110T110000Z", NO_INSTANT),
    ("10000-01-01T00:00:00", NO_INSTANT),
    ("+2026-01-10T11:00:00", NO_INSTANT),
    ("-2026-01-10T11:00:00", NO_INSTANT),
    ("26-01-10T11:00:00", NO_INSTANT),
    ("0000-01-01T00:00:00", NO_INSTANT),
    ("0001-01-01T00:00:00Z", OLD),
    ("1970-01-01T00:00:00", OLD),
    ("2009-12-31T23:59:59.999999", OLD),
    ("9999-12-31T23:59:59", FUTURE),
    ("9999-12-31T23:59:59-14:00", FUTURE),
    (" 2026-01-10T11:00:00", NO_INSTANT),
    ("2026-01-10T11:00:00 ", NO_INSTANT),
    ("\uff12\uff10\uff12\uff16-01-10T11:00:00", NO_INSTANT),
    ("\u0662\u0660\u0662\u0666-01-10T11:00:00", NO_INSTANT),
    ("2026\u201001\u201010T11:00:00", NO_INSTANT),
    ("2026-01-10T11:00:00\u0000", NO_INSTANT),
    ("10/01/2026 11:00", NO_INSTANT),
    ("Sat Jan 10 11:00:00 2026", NO_INSTANT),
    ("yesterday", NO_INSTANT),
    ("infinity", NO_INSTANT),
    ("", NO_INSTANT),
    (..., "no viewed_at"),
    (None, "no viewed_at"),
    # Numbers, and texts of them: seconds, milliseconds, microseconds, nanoseconds.
    (SECONDS, ELEVEN),
    (SECONDS * 1000, ELEVEN),
    (SECONDS * 1000 + 1, ELEVEN + SECOND / 1000),
    (SECONDS * 1_000_000 + 1, ELEVEN + MICROSECOND),
    (SECONDS * 1_000_000_000 + 1999, ELEVEN + MICROSECOND),
    (str(SECONDS), ELEVEN),
    (str(SECONDS * 1000), ELEVEN),
    (f"{SECONDS}.25", ELEVEN + SECOND / 4),
    (b"1768042800.5", ELEVEN + SECOND / 2),
    (b"1768042800.0000019", ELEVEN + MICROSECOND),
    (b"1768042800000.5", ELEVEN + SECOND / 2000),
    (b"1768042800000000.9", ELEVEN),
    (b"1768042800.123456", ELEVEN + 123456 * MICROSECOND),
    (b"1.7680428e9", ELEVEN),
    (b"17680428E+2", ELEVEN),
    (b"1768042800.0", ELEVEN),
    (1_262_304_000, datetime(2010, 1, 1, tzinfo=UTC)),
    (1_262_303_999, OLD),
    (0, OLD),
    (b"-0", OLD),
    (-1, OLD),
    (-SECONDS, OLD),
    (-SECONDS * 1000, OLD),
    ("20260110", OLD),
    (99_999_999_999, FUTURE),
    (100_000_000_000, OLD),
    (99_999_999_999_999, FUTURE),
    (100_000_000_000_000, OLD),
    (99_999_999_999_999_999, FUTURE),
    (100_000_000_000_000_000, OLD),
    (99_999_999_999_999_999_999, FUTURE),
    (100_000_000_000_000_000_000, NO_INSTANT),
    (b"1" * 5000, NO_INSTANT),
    (b"1e999999999", NO_INSTANT),
    (b"1e-999999999", NO_INSTANT),
    (f"+{SECONDS}", NO_INSTANT),
    (f"{SECONDS}e0", NO_INSTANT),
    (f"{SECONDS},5", NO_INSTANT),
    ("1_768_042_800", NO_INSTANT),
    ("\uff11\uff17\uff16\uff18\uff10\uff14\uff12\uff18\uff10\uff10", NO_INSTANT),
    ("0x69623b30", NO_INSTANT),
    (b"NaN", "no JSON"),
    (b"Infinity", "no JSON"),
    (b"-Infinity", "no JSON"),
    (b"01768042800", "no JSON"),
    (b"+1768042800", "no JSON"),
    (True, NO_INSTANT),
    ([SECONDS], NO_INSTANT),
    ({"$date": "2026-01-10T11:00:00Z"}, NO_INSTANT),
]  # fmt: skip

NO_ID = "image_id is no id"
IDS: list[tuple[Any, str]] = [
    *[(text, normal or NO_ID) for text, normal in SPELLINGS],
    (5, "5"),
    (0, "0"),
    (-5, "-5"),
    (b"-0", "0"),
    (b"5.0", "5"),
    (b"5e2", "500"),
    (9_007_199_254_740_993, "9007199254740993"),
    (18_446_744_073_709_551_616, "18446744073709551616"),
    (b"5.5", NO_ID),
    (b"1" * 5000, NO_ID),
    (b"NaN", "no JSON"),
    (True, NO_ID),
    ([PLAIN], NO_ID),
    ({"$oid": "0a"}, NO_ID),
    ("a b", NO_ID),
    (" a", NO_ID),
    ("a\t", NO_ID),
    ("a\u0000", NO_ID),
    ("\u00e4", NO_ID),
    ("\uff15", NO_ID),
    ("x" * 129, NO_ID),
    ("\ud800", "image_id is no Unicode"),
    (..., "no image_id"),
    (None, "no image_id"),
]

KNOWN: list[tuple[dict[str, Any], datetime | str]] = [
    ({"known_at": "2026-01-10T11:00:05Z"}, ELEVEN + 5 * SECOND),
    ({"known_at": "2026-01-10T11:00:05"}, ELEVEN + 5 * SECOND),
    ({"known_at": SECONDS + 5}, ELEVEN + 5 * SECOND),
    ({"timestamp": (SECONDS + 6) * 1000}, ELEVEN + 6 * SECOND),
    ({"timestamp": "2026-01-10T11:00:06"}, ELEVEN + 6 * SECOND),
    ({"known_at": "2026-01-10T11:00:05Z", "timestamp": 0}, ELEVEN + 5 * SECOND),
    ({"known_at": None, "timestamp": None}, ELEVEN),
    ({"known_at": "2026-01-09T11:00:00Z"}, ELEVEN - timedelta(days=1)),
    ({"known_at": "2026-01-09T10:59:59Z"}, FUTURE),
    ({"known_at": "soon"}, "known_at is no instant"),
    ({"known_at": "9999-01-01T00:00:00Z"}, "known_at lies in the future"),
    ({"timestamp": 99_999_999_999_999}, "known_at lies in the future"),
]

VALUES: list[Case] = [
    (VIEW, at(ELEVEN)),
    (VIEW.replace(b", ", b" ,\t"), at(ELEVEN)),
    (b"\xef\xbb\xbf" + VIEW, at(ELEVEN)),
    (b"  " + VIEW + b"  ", at(ELEVEN)),
    (VIEW.replace(b"view", b"\\u0076iew", 1), at(ELEVEN)),
    # Of a key that comes twice the last one counts.
    (VIEW[:-1] + b', "image_id": "b"}', at(ELEVEN, image="b")),
    (VIEW[:-1] + b', "image_id": null}', "no image_id"),
    (VIEW[:-1] + b', "viewed_at": 1768042801}', at(ELEVEN + SECOND)),
    (VIEW[:-1] + b', "event_type": "like"}', "event_type is not view"),
    (VIEW[:-1] + b', "Image_Id": "b"}', at(ELEVEN)),
    # Depth is depth, not the count of brackets.
    (VIEW[:-1] + b', "x": ' + b"[" * 499 + b"]" * 499 + b"}", at(ELEVEN)),
    (VIEW[:-1] + b', "x": ' + b"[" * 500 + b"]" * 500 + b"}", "nested too deep"),
    (VIEW[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    (VIEW[:-1] + b', "x": ' + b"[" * 100_000 + b"}", "nested too deep"),
    (VIEW[:-1] + b', "x": [' + b"[], " * 5000 + b"{}]}", at(ELEVEN)),
    (VIEW[:-1] + b', "x": "' + b"[{" * 5000 + b'"}', at(ELEVEN)),
    # What other fields hold is no concern of anybody, as long as it is JSON.
    (VIEW[:-1] + b', "x": ' + b"1" * 5000 + b"}", at(ELEVEN)),
    (VIEW[:-1] + b', "x": 1e999}', at(ELEVEN)),
    (VIEW[:-1] + b', "x": "\\ud800"}', at(ELEVEN)),
    (VIEW[:-1] + b', "x": NaN}', "no JSON"),
    (VIEW[:-1] + b', "x": [-Infinity]}', "no JSON"),
    (VIEW[:-1] + b', "x": "NaN"}', at(ELEVEN)),
    (VIEW[:-1] + b', "x": "\xff"}', "not UTF-8"),
    (VIEW[:-1] + b', "x": "\xed\xa0\x80"}', "not UTF-8"),
    (VIEW[:-1] + b', "x": "\t"}', "no JSON"),
    (VIEW[:-1] + b', "x": "\0"}', "no JSON"),
    (VIEW + b"\0", "no JSON"),
    (VIEW[:-1] + b",}", "no JSON"),
    (VIEW[:-1], "no JSON"),
    (VIEW + VIEW, "no JSON"),
    (VIEW + b" x", "no JSON"),
    (VIEW.replace(b'"', b"'"), "no JSON"),
    (VIEW + b" // x", "no JSON"),
    (VIEW[:-1] + b', "x": "' + b"x" * ((1 << 20) - len(VIEW) - 9) + b'"}', at(ELEVEN)),
    (VIEW[:-1] + b', "x": "' + b"x" * ((1 << 20) - len(VIEW) - 8) + b'"}', "longer than 1 MiB"),
    (VIEW[:-1] + b', "x": "' + b"x" * 10_000_000 + b'"}', "longer than 1 MiB"),
    (VIEW.decode().encode("utf-16"), "not UTF-8"),
    (VIEW.decode().encode("utf-16-le"), "no JSON"),
    (VIEW.replace(b"view", b"v\xefew", 1), "not UTF-8"),
    (b"[" + VIEW + b"]", "no JSON object"),
    (b'"view"', "no JSON object"),
    (b"5", "no JSON object"),
    (b"null", "no JSON object"),
    (b"{}", "no event_type"),
    (b"x", "no JSON"),
    (view(event_type=...), "no event_type"),
    (view(event_type=None), "no event_type"),
    (view(event_type=""), "event_type is not view"),
    (view(event_type="View"), "event_type is not view"),
    (view(event_type=1), "event_type is no text"),
    (view(event_type=["view"]), "event_type is no text"),
]  # fmt: skip

_REASONS = {NO_ID, "no JSON", "no image_id", "image_id is no Unicode"}
VIEWS: list[Case] = [
    *[(view(viewed_at=given), seen if isinstance(seen, str) else at(seen)) for given, seen in TIMES],
    *[(view(image_id=given), seen if seen in _REASONS else at(ELEVEN, image=seen)) for given, seen in IDS],
    *[(view(**fields), seen if isinstance(seen, str) else at(ELEVEN, seen)) for fields, seen in KNOWN],
    *VALUES,
]
