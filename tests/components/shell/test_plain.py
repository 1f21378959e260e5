"""The cheap look at whole columns says the same as the careful one at each record."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shell.events import switch
from components.shell.events.batch import Batch, listed
from components.shell.events.fast import plain as fast
from components.shell.events.validate import Validator, schema
from pipelines.gourmetgram import EVENTS

STAMP = 1_768_046_400_000
DAY_MS = 86_400_000
# Its latest instant is noon of 2026-01-11, to which the stamps and times below come as close as can be.
JUDGE = Validator(datetime.fromtimestamp(STAMP / 1000, UTC))
IDS = st.one_of(
    st.uuids().map(str),
    st.uuids().map(lambda found: str(found).upper()),
    st.sampled_from(
        [None, "", "x" * 36, "0a000000-0000-4000-8000-00000000000g", "0a0000000000-4000-8000-00000000000b-"]
    ),
    st.text(max_size=3),
)
DAYS = st.sampled_from(
    ["2026-01-10", "2026-02-30", "2024-02-29", "1970-01-01", "9999-12-31", "2010-01-01", "2026-01-11"]
)
CLOCKS = st.sampled_from(
    [
        "T11:00:00",
        " 11:00:00",
        "T11:00",
        "T12:00:00.000001",
        "T24:00:00",
        "T11:00:60",
        "T11:00:00.1",
        "T11:00:00.123",
        "T11:00:00,123",
        "T11:00:00.1234567",
        "t11:00:00",
        "",
    ]
)
ZONES = st.sampled_from(["", "Z", "+00:00", "-00:00", "+02:00", "+0000", "z", "+25:00", "+14:60"])
NUMBERS = st.sampled_from([STAMP, STAMP // 1000, STAMP * 1000, STAMP * 1_000_000, 1_768_042_800.5, 0, -1, 10**25])
TIMES = st.one_of(
    st.builds("{}{}{}".format, DAYS, CLOCKS, ZONES), st.none(), st.text(max_size=3), NUMBERS, NUMBERS.map(str)
)
STAMPS = st.sampled_from([STAMP] * 8 + [STAMP + DAY_MS, STAMP + DAY_MS + 1, 0, -1, 1 << 60, 253_402_300_799_999])
# What the product writes, and at the edges: the first and the last instant that count, and those just beyond.
PLAIN_IDS = st.uuids().map(str)
PLAIN_TIMES = st.sampled_from(
    [
        "2026-01-10T11:00:00",
        "2026-01-10T11:00:00.123",
        "2026-01-10 11:00:00.123456",
        "2024-02-29T23:59:59",
        "2010-01-01T00:00:00",
        "2009-12-31T23:59:59.999999",
        "2026-01-11T12:00:00",
        "2026-01-11T12:00:00.000001",
        "2026-01-12T12:00:00",
    ]
)
PLAIN_ZONES = st.sampled_from(["Z", "+00:00"])


@st.composite
def records(draw: st.DrawFn, kind: str) -> bytes:
    """A record that is an event of `kind`, or nearly one; in half of the cases as the product writes it."""
    plain = draw(st.booleans())
    ids = PLAIN_IDS if plain else IDS
    zoned = st.builds("{}{}".format, PLAIN_TIMES, PLAIN_ZONES)
    happened = TIMES if not plain else PLAIN_TIMES if kind == "view" else zoned
    known = st.one_of(st.none(), zoned) if plain else TIMES
    time = "viewed_at" if kind == "view" else "created_at"
    names = {time: happened, "image_id": ids, "known_at": known} | ({} if kind == "view" else {f"{kind}_id": ids})
    drawn = {name: draw(values) for name, values in names.items()}
    return json.dumps({"event_type": draw(st.sampled_from([kind] * 7 + ["like"])), **drawn}).encode()


def judged(kind: str, values: list[bytes], times: "np.ndarray | None") -> tuple[list, list, int]:
    """What the judge makes of the values, as rows."""
    places = np.zeros(len(values), np.int32), np.arange(len(values), dtype=np.int64)
    found = JUDGE(Batch("t", *places, times, listed(values)), EVENTS[kind])
    return found.events.to_pylist(), found.rejected.to_pylist(), found.left_out


@pytest.mark.parametrize("kind", ["view", "comment", "flag"])
@pytest.mark.parametrize("stamped", [True, False])
def test_the_cheap_look_changes_nothing(kind: str, stamped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the records, events, rejected records and their order are those of the careful look alone."""
    cheap, taken, mixed, drawn = fast.plain, 0, 0, 0

    def counted(*given: Any) -> Any:
        nonlocal taken, mixed, drawn
        found = cheap(*given)
        taken, drawn = taken + int(found[0].sum()), drawn + len(found[0])
        mixed += bool(found[0].any() and not found[0].all())
        return found

    @settings(max_examples=25, derandomize=True)
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        values = data.draw(st.lists(records(kind), min_size=1, max_size=16))
        stamps = data.draw(st.lists(STAMPS, min_size=len(values), max_size=len(values)))
        times = np.array(stamps, np.int64) if stamped else None
        monkeypatch.setattr(switch, "is_fast", lambda: False)
        careful = judged(kind, values, times)
        monkeypatch.setattr(switch, "is_fast", lambda: True)
        assert judged(kind, values, times) == careful

    monkeypatch.setattr(fast, "plain", counted)
    compare()
    # Else nothing was compared.
    assert taken > drawn // 12, f"{taken} of {drawn} records passed the cheap look"
    assert mixed > 5, f"{mixed} batches held both"


def test_ordinary_events_pass_the_cheap_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events as the product writes them never reach the careful look, which costs many times more."""
    monkeypatch.setattr(Validator, "_sorted", lambda *_: pytest.fail("looked at closely"))
    own, image = (str(uuid.UUID(int=number)) for number in (1, 2))
    view = {"event_type": "view", "image_id": image, "viewed_at": "2026-01-10T11:00:00.250000"}
    flag = {"event_type": "flag", "flag_id": own, "image_id": image, "created_at": "2026-01-10T11:00:00+00:00"}
    for kind, value in (("view", view), ("flag", flag)):
        events, _, _ = judged(kind, [json.dumps(value).encode()] * 3, np.full(3, STAMP, np.int64))
        assert len(events) == 3
        assert pa.Table.from_pylist(events, schema=schema([EVENTS[kind]])).num_rows == 3
