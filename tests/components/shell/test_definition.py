"""Definitions of events: what they say is what comes out, and what is wrong with one is told where it is written."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from components.shell.errors import ConfigurationError
from components.shell.events.batch import Batch, listed
from components.shell.events.definition import Event, Field, own_id, parse_events, time
from components.shell.events.validate import Validator, schema, widened
from pipelines.gourmetgram import EVENTS, FLAG, VIEW

STAMP = 1_768_046_400_000
SALE = Event(
    "sale",
    time("when.at", zone="UTC"),
    own_id("key"),
    [
        Field("customer_id", path="who.customer", required=False),
        Field("device", "uuid", required=False),
        Field("note", "string", required=False, default="none"),
        Field("pieces", "long", required=False, default=1),
        Field("price", "double"),
        Field("gift", "boolean", required=False, default=False),
        Field("paid_at", "timestamp", required=False),
    ],
    kind_path="",
    since=2000,
    ahead_minutes=5,
)
SHOP = Event(
    "event",
    time("at", zone="UTC"),
    columns=[Field("source_type", "string", "event_type")],
    kinds={"view": "view", "product_view": "view", "add_to_cart": "cart"},
    other="other",
)


def judged(event: Event, *values: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of the events among these values, and the reasons of the others; both ways to read them agree."""
    count = len(values)
    stamps = np.full(count, STAMP, np.int64)
    texts = listed([json.dumps(value).encode() for value in values])
    found = Validator()(Batch("t", np.zeros(count, np.int32), np.arange(count), stamps, texts), event)
    return found.events.to_pylist(), found.rejected["reason"].to_pylist()


def sale(**changes: Any) -> dict[str, Any]:
    """A sound sale, changed."""
    return {"key": "a-b", "when": {"at": "2026-01-10T12:00:00"}, "price": 9.5, **changes}


@pytest.mark.usefixtures("either_way")
def test_every_type_has_its_values() -> None:
    """Fields are taken from where the definition says, in its types, with its defaults."""
    full = {"who": {"customer": 7.0}, "device": "{0A000000-0000-4000-8000-00000000000B}", "note": " x", "pieces": "-3"}
    (plain, told), reasons = judged(SALE, sale(), sale(**full, gift=True, paid_at="2026-01-10T11:00:00+01:00"))
    assert reasons == []
    noon = datetime(2026, 1, 10, 12, tzinfo=UTC)
    wanted = {"event_type": "sale", "event_id": "a-b", "event_time": noon, "known_at": noon, "price": 9.5}
    nothing = {"customer_id": None, "device": None, "paid_at": None}
    assert plain == {**plain, **wanted, **nothing, "note": "none", "pieces": 1, "gift": False}
    device, paid = "0a000000-0000-4000-8000-00000000000b", datetime(2026, 1, 10, 10, tzinfo=UTC)
    given = {"customer_id": "7", "device": device, "note": " x", "pieces": -3, "gift": True, "paid_at": paid}
    assert told == {**told, **wanted, **given}
    assert list(plain) == schema([SALE]).names


REFUSED = [
    ({"key": None}, "no key"),
    ({"key": ""}, "key is no id"),
    ({"when": "2026-01-10"}, "no when.at"),
    ({"when": {"at": "1999-12-31T00:00:00"}}, "when.at lies before 2000"),
    ({"when": {"at": "2026-01-10T12:05:00.000001"}}, "when.at lies in the future"),
    ({"who": {"customer": 5.5}}, "who.customer is no id"),
    ({"device": "0a"}, "device is no UUID"),
    ({"note": []}, "note is no text"),
    ({"pieces": 1.5}, "pieces is no whole number of 64 bits"),
    ({"pieces": 1 << 63}, "pieces is no whole number of 64 bits"),
    ({"pieces": True}, "pieces is no whole number of 64 bits"),
    ({"price": None}, "no price"),
    ({"price": "cheap"}, "price is no number"),
    ({"price": 1e120}, None),
    ({"price": 10**400}, "price is no number"),
    ({"gift": "yes"}, "gift is neither true nor false"),
    ({"gift": 1}, "gift is neither true nor false"),
    ({"paid_at": "2026-01-10T11:00:00"}, "paid_at has no offset"),
    ({"paid_at": "soon"}, "paid_at is no instant"),
]


@pytest.mark.usefixtures("either_way")
def test_values_of_another_type_have_their_reason() -> None:
    """Each is rejected in words that name its path, between sound ones."""
    events, reasons = judged(SALE, *(one for changes, _ in REFUSED for one in (sale(), sale(**changes))))
    assert reasons == [reason for _, reason in REFUSED if reason]
    assert len(events) == 2 * len(REFUSED) - len(reasons)


@pytest.mark.usefixtures("either_way")
def test_the_kind_is_read_from_the_record() -> None:
    """Words are mapped to kinds, by the definition or by a parameter; what is unknown is another kind, or rejected."""
    values = [{"event_type": word, "at": "2026-01-10T11:00:00"} for word in ("product_view", "add_to_cart", "buy")]
    events, reasons = judged(SHOP, *values, {"at": "2026-01-10T11:00:00"}, {"event_type": 1})
    assert [(row["event_type"], row["source_type"]) for row in events] == [
        ("view", "product_view"),
        ("cart", "add_to_cart"),
        ("other", "buy"),
    ]
    assert reasons == ["no event_type", "event_type is no text"]
    events, reasons = judged(replace(SHOP, other=""), *values)
    assert [row["event_type"] for row in events] == ["view", "cart"]
    assert reasons == ["event_type is none of view, product_view, add_to_cart"]
    events, reasons = judged(replace(SHOP, other="*"), *values, {"at": "2026-01-10T11:00:00"})
    assert ([row["event_type"] for row in events], reasons) == (["view", "cart", "buy"], ["no event_type"])
    events, _ = judged(SHOP.renamed({"buy": "buy"}), *values)
    assert [row["event_type"] for row in events] == ["other", "other", "buy"]


def test_a_dataset_of_several_kinds_has_the_columns_of_all() -> None:
    """What an event has not is null; a column is never null only where all have it and never are without it."""
    wanted = schema([VIEW, SALE])
    assert [one.name for one in wanted if not one.nullable and one.name in ("image_id", "price")] == []
    assert schema(EVENTS.values()).field("image_id").nullable is False
    count = 1
    batch = Batch("t", np.zeros(count, np.int32), np.arange(count), np.full(count, STAMP, np.int64), listed([b"x"]))
    found = widened(Validator()(batch, VIEW).events, wanted)
    assert found.schema == wanted


def test_a_definition_is_itself_after_its_way_through_kfp() -> None:
    """Its JSON says all of it; KFP loses the order of keys, and hands on every number as a double."""
    for events in (list(EVENTS.values()), [SALE], [SHOP]):
        text = json.dumps([event.describe() for event in events], sort_keys=True)
        assert list(parse_events(json.loads(text, parse_int=float)).values()) == events


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: Field("Image"), "its name must be a column's"),
    (lambda: Field("price", "doubel"), "its type 'doubel' is unknown, did you mean 'double'?"),
    (lambda: Field("price", path="a..b"), "its path 'a..b' is none"),
    (lambda: Field("price", path="broken"), "its path 'broken' is none"),
    (lambda: Field("price", zone="UTC"), "its zone 'UTC' must be"),
    (lambda: Field("paid_at", "timestamp", zone="CET"), "its zone 'CET' must be"),
    (lambda: Field("pieces", "long", default=1), "which is never used"),
    (lambda: Field("pieces", "long", required=False, default="1"), "its default '1' is no long"),
    (lambda: Field("pieces", "long", required=False, default=True), "its default True is no long"),
    (lambda: Field("image_id", required=False, default="x"), "has no default"),
    (lambda: Field("image_id", left_out_as="No image"), "must be a word"),
    (lambda: replace(VIEW, kind="a view"), "its kind must be a word"),
    (lambda: replace(VIEW, time=Field("event_time", "long")), "its time must be a timestamp"),
    (lambda: replace(VIEW, id=own_id("n", "double")), "its id must be required"),
    (lambda: replace(VIEW, columns=[Field("event_id")]), "every table of events has a column event_id"),
    (lambda: replace(VIEW, columns=[Field("a"), Field("a")]), "it has column a twice"),
    (lambda: replace(VIEW, columns=[Field("a"), Field("b", "long", "a")]), "a is read as id and as long"),
    (lambda: Field("price", "double", required=False, default=float("nan")), "is too large"),
    (lambda: replace(VIEW, id=own_id("n", "string")), "its id must be required, and of type id or uuid"),
    (lambda: replace(VIEW, kinds=["view"]), "are no mapping"),
    (lambda: replace(VIEW, known="known_at"), "write a list of them"),
    (lambda: replace(VIEW, kinds={"view": "a b"}), "name 'a b', which is no word"),
    (lambda: replace(VIEW, kind_path="", other="x"), "say which one in kind_path"),
    (lambda: replace(VIEW, kind_path="a b"), "its path 'a b' is none"),
    (lambda: replace(VIEW, since=20100), "since 20100 is no year"),
    (lambda: replace(VIEW, ahead_minutes=-1), "ahead_minutes -1 is no number"),
    (lambda: parse_events([]), "it is empty"),
    (lambda: parse_events(["view"]), "'view' is no JSON object"),
    (lambda: parse_events([{"kind": "view"}]), "it has no time"),
    (lambda: parse_events([{**VIEW.describe(), "colums": []}]), "no key 'colums', did you mean 'columns'?"),
    (lambda: parse_events([{**VIEW.describe(), "id": {"nam": "x"}}]), "no key 'nam', did you mean 'name'?"),
    (lambda: parse_events([VIEW.describe(), VIEW.describe()]), "it is there twice"),
    (
        lambda: parse_events([VIEW.describe(), replace(FLAG, columns=[Field("image_id", "long")]).describe()]),
        "it is id in one event and long in another",
    ),
]


@pytest.mark.parametrize(("make", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_is_wrong_is_told_where_it_is_written(make: Callable[[], object], why: str) -> None:
    """A definition that makes no sense is never made."""
    with pytest.raises(ConfigurationError) as error:
        make()
    assert why in str(error.value)
