"""The cheap look at whole columns says the same as the careful one at each record."""

import json
import uuid

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.shell.events import judge as judge_module
from components.shell.events.batch import Batch, listed
from components.shell.events.judge import Judge

STAMP = 1_768_046_400_000
JUDGE = Judge()
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
STAMPS = st.sampled_from([STAMP, 0, -1, 1 << 60, 253_402_300_799_999])


@st.composite
def records(draw: st.DrawFn, kind: str) -> bytes:
    """A record that is an event of `kind`, or nearly one."""
    time = "viewed_at" if kind == "view" else "created_at"
    names = {time: TIMES, "image_id": IDS, "known_at": TIMES} | ({} if kind == "view" else {f"{kind}_id": IDS})
    drawn = {name: draw(values) for name, values in names.items()}
    return json.dumps({"event_type": draw(st.sampled_from([kind, kind, kind, "like"])), **drawn}).encode()


def judged(kind: str, values: list[bytes], times: "np.ndarray | None") -> tuple[list, list, int]:
    """What the judge makes of the values, as rows."""
    places = np.zeros(len(values), np.int32), np.arange(len(values), dtype=np.int64)
    found = JUDGE(Batch("t", *places, times, listed(values)), kind)
    return found.events.to_pylist(), found.rejected.to_pylist(), found.on_no_image


@pytest.mark.parametrize("kind", ["view", "comment", "flag"])
@pytest.mark.parametrize("stamped", [True, False])
@settings(max_examples=60, derandomize=True, deadline=None)
@given(data=st.data())
def test_the_cheap_look_changes_nothing(kind: str, stamped: bool, data: st.DataObject) -> None:
    """Whatever the records, events, rejected records and their order are those of the careful look alone."""
    values = data.draw(st.lists(records(kind), min_size=1, max_size=8))
    stamps = data.draw(st.lists(STAMPS, min_size=len(values), max_size=len(values)))
    times = np.array(stamps, np.int64) if stamped else None
    with pytest.MonkeyPatch.context() as patch:
        nothing = np.zeros(len(values), np.bool_), np.zeros(0, np.int64), np.zeros(0, np.int64)
        patch.setattr(judge_module, "plain", lambda *_: nothing)
        careful = judged(kind, values, times)
    assert judged(kind, values, times) == careful


def test_ordinary_events_pass_the_cheap_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Events as the product writes them never reach the careful look, which costs many times more."""
    monkeypatch.setattr(Judge, "_closely", lambda *_: pytest.fail("looked at closely"))
    own, image = (str(uuid.UUID(int=number)) for number in (1, 2))
    view = {"event_type": "view", "image_id": image, "viewed_at": "2026-01-10T11:00:00.250000"}
    flag = {"event_type": "flag", "flag_id": own, "image_id": image, "created_at": "2026-01-10T11:00:00+00:00"}
    for kind, value in (("view", view), ("flag", flag)):
        events, _, _ = judged(kind, [json.dumps(value).encode()] * 3, np.full(3, STAMP, np.int64))
        assert len(events) == 3
        assert pa.Table.from_pylist(events, schema=judge_module.EVENTS).num_rows == 3
