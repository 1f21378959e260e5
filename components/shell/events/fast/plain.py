"""Events in their plainest form, found by cheap looks at whole columns.

Nearly all events are of this form; what is not, sound or unsound, is left to `validate`. Whatever is taken here is what
`validate` would have made of it.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from components.shell.events.batch import Mask, Places
from components.shell.events.definition import ID, STRING, UUID, Event
from components.shell.events.forms import INSTANT, LAST_MS
from components.shell.events.texts import Texts

_MINUTE_US = 60_000_000
_UUID = 36
_HEX, _DASH = 1, 2
_SHAPE = bytes([_HEX] * 8 + ([_DASH] + [_HEX] * 4) * 3 + [_DASH] + [_HEX] * 12)
_CLASSES = bytes(_DASH if letter == ord("-") else _HEX * (letter in b"0123456789abcdef") for letter in range(256))
# To the second, the millisecond or the microsecond.
_LENGTHS = (19, 23, 26)


def plain(texts: Texts, event: Event, latest_us: int) -> tuple[Mask, Places, Places]:
    """Which rows hold a plain event, and their event times and times known, in microseconds.

    Nothing became known after `latest_us`. A plain event has ids that are UUIDs in small letters, other columns that
    are texts, and a time to the second, millisecond or microsecond: in UTC, or without an offset where that means UTC.
    """
    rows = len(texts.broken)
    if any(one.type not in _LOOKS for one in event.columns):
        nothing = np.zeros(0, np.int64)
        return np.zeros(rows, np.bool_), nothing, nothing
    sound = _known(pc.is_null(texts.broken)) & _known(pc.is_valid(texts.kinds))
    for one in (*event.columns, *([event.id] if event.id else [])):
        sound &= _LOOKS[one.type](texts.fields[one.path])
    sound, event_us = _instants(texts.fields[event.time.path], sound, zoned=not event.time.zone)
    ahead = event.ahead_minutes * _MINUTE_US
    if texts.times is not None:
        stamped = texts.times.to_numpy()
        sound &= (stamped >= 0) & (stamped <= LAST_MS)
        known = np.where(sound, stamped, 0) * 1000
        latest = known + ahead
    else:
        is_stated = _known(pc.is_valid(texts.stated))
        fine, known = _instants(texts.stated, is_stated, zoned=True)
        sound &= fine | ~is_stated
        known = np.where(is_stated, known, event_us)
        latest = np.where(is_stated, known + ahead, latest_us)
    sound &= (event_us >= _begin(event.since)) & (event_us <= latest) & (known <= latest_us)
    return sound, event_us[sound], known[sound]


def _begin(year: int) -> int:
    return int(np.datetime64(f"{year:04}-01-01", "us").astype(np.int64))


def _known(values: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return mask


def _bytes(texts: pa.Array) -> tuple[NDArray[np.uint8], Places, Places]:
    """The bytes of all texts, and where each begins and ends."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return np.frombuffer(data or b"", np.uint8), bounds[:-1], bounds[1:]


def _are_uuids(texts: pa.Array) -> Mask:
    data, starts, ends = _bytes(texts)
    valid: Mask = (ends - starts == _UUID) & _known(pc.is_valid(texts))
    if valid.all() and len(texts):
        # They stand in a row.
        letters = data[starts[0] : ends[-1]].reshape(-1, _UUID)
    else:
        letters = data[starts[valid][:, None] + np.arange(_UUID)]
    classes = letters.tobytes().translate(_CLASSES)
    # Mostly they all are, and looking at each takes longer.
    if classes != _SHAPE * len(letters):
        shapes = np.frombuffer(classes, np.uint8).reshape(-1, _UUID)
        valid[valid] = (shapes == np.frombuffer(_SHAPE, np.uint8)).all(axis=1)
    return valid


def _instants(texts: pa.Array, wanted: Mask, *, zoned: bool) -> tuple[Mask, Places]:
    """Which of the wanted texts are plain times, and what they say in microseconds; 0 for the others."""
    data, starts, ends = _bytes(texts)
    lengths = ends - starts
    fine = wanted & (lengths >= _LENGTHS[0])
    if zoned:
        utc = np.zeros(len(texts), np.bool_)
        utc[fine] = data[ends[fine] - 1] == ord("Z")
        lengths = lengths - np.where(utc, 1, 6)
        fine &= utc | _known(pc.ends_with(texts, "+00:00"))
    fine &= np.isin(lengths, _LENGTHS)
    micros = np.zeros(len(texts), np.int64)
    chosen = texts if fine.all() else texts.filter(pa.array(fine))
    try:
        instants = chosen.cast(INSTANT if zoned else pa.timestamp("us"))
    except pa.ArrowInvalid:
        return np.zeros(len(texts), np.bool_), micros
    micros[fine] = instants.cast(pa.int64()).to_numpy()
    return fine, micros


_LOOKS: Mapping[str, Callable[[pa.Array], Mask]] = {
    ID: _are_uuids,
    UUID: _are_uuids,
    STRING: lambda texts: _known(pc.is_valid(texts)),
}
