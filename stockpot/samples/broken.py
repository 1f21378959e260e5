"""Records that are no events, one of each way in which producers go wrong."""

import re

_TIME = re.compile(r'"(viewed_at|created_at)": "[^"]*"')
_OFFSET = re.compile(r'(T[0-9:.]+)(?:Z|\+00:00)"')
_IMAGE = re.compile(r'"image_id": [^,}]+')
_DEPTH = 10_000


def _bad_utf8(value: str) -> bytes:
    return value.encode().replace(b'"event_type"', b'"event\xff\xfe_type"', 1)


def _truncated(value: str) -> bytes:
    return value.encode()[: len(value) // 2]


def _nul(value: str) -> bytes:
    return value.encode().replace(b'": "', b'": "\0', 1)


def _nan(value: str) -> bytes:
    return _TIME.sub(r'"\1": NaN', value).encode()


def _nested(value: str) -> bytes:
    return (value[:-1] + ', "more": ' + "[" * _DEPTH + "]" * _DEPTH + "}").encode()


def _wrong_type(value: str) -> bytes:
    return _IMAGE.sub('"image_id": {"id": 7}', value).encode()


def _without_time(value: str) -> bytes:
    return _TIME.sub('"at": null', value).encode()


def _without_offset(value: str) -> bytes:
    """A time without its offset, which only views may have; a view loses its type instead."""
    changed = _OFFSET.sub(r'\1"', value)
    return (changed if changed != value else value.replace('"event_type"', '"kind"', 1)).encode()


def _year_9999(value: str) -> bytes:
    return _TIME.sub(r'"\1": "9999-12-31T23:59:59.999999+00:00"', value).encode()


def _year_1970(value: str) -> bytes:
    return _TIME.sub(r'"\1": "1970-01-01T00:00:00.000000+00:00"', value).encode()


def _no_object(_value: str) -> bytes:
    return b'"heartbeat"'


def _empty(_value: str) -> bytes:
    return b"{}"


WAYS = (
    _bad_utf8, _truncated, _nul, _nan, _nested, _wrong_type, _without_time, _without_offset, _year_9999, _year_1970,
    _no_object, _empty,
)  # fmt: skip
