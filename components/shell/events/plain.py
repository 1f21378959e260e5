"""Events in their plainest form, told by cheap looks at whole columns.

Nearly all events are of this form; what is not, sound or unsound, is left to `judge`. Whatever is taken here is what
`judge` would have made of it.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from components.shell.events.batch import Mask, Places

INSTANT = pa.timestamp("us", "UTC")
_DAY_US = 86_400_000_000
_OLDEST_US = 1_262_304_000_000_000  # 2010, as in `judge`
LAST_MS = 253_402_300_799_999
_UUID = 36
_HEX, _DASH = 1, 2
_SHAPE = bytes([_HEX] * 8 + ([_DASH] + [_HEX] * 4) * 3 + [_DASH] + [_HEX] * 12)
_CLASSES = bytes(_DASH if letter == ord("-") else _HEX * (letter in b"0123456789abcdef") for letter in range(256))
# To the second, the millisecond or the microsecond.
_LENGTHS = (19, 23, 26)


def plain(
    columns: Mapping[str, pa.Array], kind: str, names: tuple[str, str | None], latest_us: int
) -> tuple[Mask, Places, Places]:
    """Which rows hold a plain event, and their event times and times known, in microseconds.

    `names` are the fields of the event's time and of its own id, if it has one; nothing became known after `latest_us`.

    A plain event has ids that are UUIDs in small letters, and a time to the second, millisecond or microsecond: of a
    view without an offset, of the others in UTC.
    """
    time, own = names
    sound = _known(pc.is_null(columns["broken"])) & _known(pc.equal(columns["event_type"], kind))
    for name in ("image_id", *([own] if own else [])):
        sound &= _are_uuids(columns[name])
    sound, happened = _instants(columns[time], sound, zoned=kind != "view")
    if "time" in columns:
        stamped = columns["time"].to_numpy()
        sound &= (stamped >= 0) & (stamped <= LAST_MS)
        known = np.where(sound, stamped, 0) * 1000
        latest = known + _DAY_US
    else:
        told = _known(pc.is_valid(columns["told"]))
        fine, known = _instants(columns["told"], told, zoned=True)
        sound &= fine | ~told
        known = np.where(told, known, happened)
        latest = np.where(told, known + _DAY_US, latest_us)
    sound &= (happened >= _OLDEST_US) & (happened <= latest) & (known <= latest_us)
    return sound, happened[sound], known[sound]


def _known(found: pa.Array) -> Mask:
    mask: Mask = pc.fill_null(found, False).to_numpy(zero_copy_only=False)
    return mask


def _bytes(texts: pa.Array) -> tuple[NDArray[np.uint8], Places, Places]:
    """The bytes of all texts, and where each begins and ends."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    return np.frombuffer(data or b"", np.uint8), bounds[:-1], bounds[1:]


def _are_uuids(texts: pa.Array) -> Mask:
    data, starts, ends = _bytes(texts)
    found: Mask = (ends - starts == _UUID) & _known(pc.is_valid(texts))
    if found.all() and len(texts):
        # They stand in a row.
        letters = data[starts[0] : ends[-1]].reshape(-1, _UUID)
    else:
        letters = data[starts[found][:, None] + np.arange(_UUID)]
    classes = letters.tobytes().translate(_CLASSES)
    # Mostly they all are, and looking at each takes longer.
    if classes != _SHAPE * len(letters):
        shapes = np.frombuffer(classes, np.uint8).reshape(-1, _UUID)
        found[found] = (shapes == np.frombuffer(_SHAPE, np.uint8)).all(axis=1)
    return found


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
    found = np.zeros(len(texts), np.int64)
    chosen = texts if fine.all() else texts.filter(pa.array(fine))
    try:
        instants = chosen.cast(INSTANT if zoned else pa.timestamp("us"))
    except pa.ArrowInvalid:
        return np.zeros(len(texts), np.bool_), found
    found[fine] = instants.cast(pa.int64()).to_numpy()
    return fine, found
