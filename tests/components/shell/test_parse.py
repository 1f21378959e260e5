"""Both ways to read a value see the same in it, and no value leaks into its neighbour."""

import json
import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shell.events import parse as parse_module
from components.shell.events.batch import listed
from components.shell.events.fast.alike import alike
from components.shell.events.fast.bulk import bulk
from components.shell.events.parse import one_by_one
from pipelines.gourmetgram import VIEW as VIEW_EVENT

FIELDS = VIEW_EVENT.fields(stamped=True)
PATHS = [field.path for field in FIELDS]
VIEW = b'{"event_type": "view", "image_id": "a", "viewed_at": "2026-01-10T12:00:00"}'
# Values that tempt a reader to be lenient, to merge neighbours or to split one in two.
TEMPTING = [
    b'{"image_id": "a"}',
    b'{"image_id": "a"}{"image_id": "b"}',
    b'{"image_id": "a"}\n{"image_id": "b"}',
    b'{"image_id":\n"a"}',
    b'{"image_id": [{}',
    b",{}]}",
    b"",
    b" ",
    b"{}",
    b'{"other": NaN}',
    b'{"other": [-Infinity]}',
    b'{"other": 1e999}',
    b'{"other": ' + b"1" * 5000 + b"}",
    b'{"image_id": "NaN: Infinity"}',
    b'{"image_id": null, "image_id": "b"}',
    b'{"image_id": "b", "image_id": null}',
    b'{"image_id": "b", "image_id": "c"}',
    b'{"other": 1, "other": 2}',
    b'{"image_id": "\\ud800"}',
    b'{"other": "\\udc00"}',
    b'{"image_id": "\\u0000"}',
    b'{"image_id": "x\0"}',
    b'{"other": "\xff"}',
    b'\xef\xbb\xbf{"image_id": "a"}',
    '{"image_id": "a"}'.encode("utf-16"),
    b'{"image_id": 1}',
    b'{"image_id": true}',
    b'{"image_id": {"a": 1}}',
    b'{"event_type": []}',
    b"[1]",
    b'"text"',
    b"null",
    b'{"image_id": "a",}',
    b"{'image_id': 'a'}",
    b'{"other": 01}',
    b'{"image_id": "a"} x',
    b'{"image_id": "a"',
    b'{"other": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"other": "' + b"[" * 10_000 + b'"}',
    b'{"other": "' + b"x" * (1 << 20) + b'"}',
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([None, VIEW, *TEMPTING]),
    st.binary(max_size=30),
    st.dictionaries(st.sampled_from(["image_id", "viewed_at", "x"]), st.none() | st.text() | st.integers()).map(
        lambda found: json.dumps(found, ensure_ascii=False).encode(errors="surrogatepass")
    ),
)


def parse(values: list[bytes | None]) -> pa.Table:
    """The values as the records of one batch."""
    return parse_module.parse(listed(values), FIELDS)


@settings(max_examples=300, derandomize=True)
@given(st.lists(VALUES, max_size=6))
def test_a_batch_reads_like_its_values_one_by_one(values: list[bytes | None]) -> None:
    """Whatever stands beside a value, it is read as if it stood alone."""
    assert parse(values).to_pylist() == one_by_one(values, FIELDS).to_pylist()


@pytest.mark.parametrize("value", TEMPTING, ids=lambda value: repr(value[:30]))
def test_both_readers_agree_on_tempting_values(value: bytes) -> None:
    """Where the fast reader takes a value between two sound ones, it sees what the plain one sees."""
    values = [VIEW, value, VIEW]
    assert parse(values).to_pylist() == one_by_one(values, FIELDS).to_pylist()


def test_any_byte_in_any_place_of_a_common_value() -> None:
    """Beside many values of one look, one with any other byte anywhere is read as if it stood alone."""
    changed = [VIEW[:place] + bytes([byte]) + VIEW[place + 1 :] for place in range(len(VIEW)) for byte in range(256)]
    values = [one for value in changed for one in (VIEW, value)]
    assert parse(values).equals(one_by_one(values, FIELDS))


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        (VIEW, True),
        (b'{ "image_id" : "",  "x":"}{, :"}', True),
        (b"{}", False),
        (b'{"image_id": 1}', False),
        (b'{"image_id": "a", "image_id": "b"}', False),
        (b'{"image_id": "\\u0061"}', False),
        (b'{"image_id": "\xc3\xa4"}', False),
        (b'{"x": "' + b"x" * 2000 + b'"}', False),
    ],
)
def test_values_of_one_look_need_no_reader(value: bytes, taken: bool) -> None:
    """Objects of plain texts are taken by their places; all others are left to the readers, and read the same."""
    values = [value] * 20
    rows, found = alike(listed(values), PATHS)
    assert rows.tolist() == [taken] * 20
    expected = one_by_one(values if taken else [], FIELDS)
    assert pa.table(found).equals(expected.select(PATHS))
    assert parse(values).equals(one_by_one(values, FIELDS))


REASONS = [
    (None, "no value"),
    (b"", "no JSON"),
    (b"\xff\xfe", "not UTF-8"),
    (b'{"event_type": "view", "image', "no JSON"),
    (b'{"image_id": "x\0"}', "no JSON"),
    (b'{"other": NaN}', "no JSON"),
    (b"[1]", "no JSON object"),
    (b'{"other": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deep"),
    (b'{"other": "' + b"x" * 10_000_000 + b'"}', "longer than 1 MiB"),
    (b'{"event_type": 5}', "event_type is no text"),
    (b'{"image_id": 5}', None),
    (b'{"image_id": "\\ud800"}', "image_id is no Unicode"),
    (b'{"other": "' + b"[" * 10_000 + b'"}', None),
    (b'{"other": "\\ud800"}', None),
]


@pytest.mark.parametrize(("value", "reason"), REASONS, ids=lambda value: repr(value)[:30])
def test_what_is_broken_has_its_reason(value: bytes | None, reason: str | None) -> None:
    """Each way to be no event has its own words."""
    assert parse([VIEW, value]).column("broken").to_pylist() == [None, reason]


def test_sound_batches_take_the_fast_way() -> None:
    """A batch without anything odd is never read value by value."""
    table = bulk(listed([VIEW] * 1000), FIELDS)
    assert isinstance(table, pa.Table)
    assert table.num_rows == 1000


def test_a_hostile_value_takes_one_pass() -> None:
    """A mebibyte of quotes, brackets and backslashes is rejected at once, not after minutes."""
    began = time.perf_counter()
    values = [b'"\\' * 500_000 + b"[" * 600, b'"' * 1_000_000 + b"[" * 600, b"\\" * 1_000_000 + b"[" * 600]
    assert parse(values).column("broken").null_count == 0
    assert time.perf_counter() - began < 5
