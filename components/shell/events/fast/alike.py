"""Values that all look the same but for their texts, read by the places of these texts.

A producer writes event after event with the same code, so most values of a topic have the same length, the same keys
at the same places, and texts without a backslash. Reading such values needs no JSON reader, only a look whether each
of them is one: several times faster.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from components.shell.events.batch import Mask, Values

# Letters of ASCII that stand for themselves in JSON.
_TEXT = rb'"([ !#-\[\]-~]*)"'
_PAIR = _TEXT.replace(b"(", b"(?:") + rb" *: *" + _TEXT.replace(b"(", b"(?:")
_FLAT = re.compile(rb"\{ *" + _PAIR + rb"(?: *, *" + _PAIR + rb")* *\}")
_TEXTS = re.compile(_TEXT)
_LONGEST = 1000
_WORD = 8
# So many at a time stay in the processor's cache.
_ROWS = 4096
_ONES = np.uint64(0x0101010101010101)
_HIGH = _ONES * np.uint64(0x80)
_BLANK, _QUOTE, _BACKSLASH = (_ONES * np.uint64(ord(letter)) for letter in ' "\\')


def alike(values: Values, fields: Sequence[str]) -> tuple[Mask, dict[str, pa.Array]]:
    """Which values look like most others, and these fields of them, as text; null where they have no such field.

    None does unless nine in ten are of one length: picking out fewer would cost more than it saves.
    """
    lengths = np.where(values.missing, 0, values.ends - values.starts)
    numbers = np.bincount(lengths[lengths <= _LONGEST], minlength=1)
    length = int(numbers.argmax())
    rows = lengths == length
    model = values[int(rows.argmax())] if length and 10 * numbers[length] >= 9 * len(values) else None
    shape = _shape(model) if model else None
    if model is None or shape is None:
        return np.zeros(len(values), np.bool_), {name: pa.nulls(0, pa.string()) for name in fields}
    starts = values.starts[rows]
    same = np.ones(len(starts), np.bool_)
    spans = {name: shape[name] for name in fields if name in shape}
    columns = {name: np.empty((len(starts), end - begin), np.uint8) for name, (begin, end) in spans.items()}
    look, windows = _Look(model, list(shape.values())), _windows(values, length)
    for at in range(0, len(starts), _ROWS):
        part = slice(at, at + _ROWS)
        letters = windows[starts[part]]
        same[part] = look(letters)
        for name, (begin, end) in spans.items():
            columns[name][part] = letters[:, begin:end]
    rows[rows] = same
    return rows, {name: _column(columns.get(name), same) for name in fields}


def _shape(model: bytes) -> Mapping[str, tuple[int, int]] | None:
    """Where the text of each field begins and ends; None unless the value is an object of plain texts alone."""
    if not _FLAT.fullmatch(model):
        return None
    texts = list(_TEXTS.finditer(model))
    spans = {key[1].decode(): text.span(1) for key, text in zip(texts[::2], texts[1::2], strict=True)}
    return spans if 2 * len(spans) == len(texts) else None


def _windows(values: Values, length: int) -> NDArray[np.uint8]:
    """What stands at each place of the text, as long as a value; with what follows, for whole words are compared."""
    width = -(-length // _WORD) * _WORD
    return sliding_window_view(np.frombuffer(values.text + bytes(_WORD), np.uint8), width)


class _Look:
    """Tells which rows have letters that stand for themselves in these places, and those of the model in all others."""

    def __init__(self, model: bytes, texts: Sequence[tuple[int, int]]) -> None:
        width = -(-len(model) // _WORD) * _WORD
        inside = np.zeros(width, np.uint8)
        for begin, end in texts:
            inside[begin:end] = 0xFF
        outside = ~inside
        outside[len(model) :] = 0
        self._inside, self._outside = inside.view(np.uint64), outside.view(np.uint64)
        self._wanted = np.frombuffer(model.ljust(width), np.uint8).view(np.uint64)

    def __call__(self, letters: NDArray[np.uint8]) -> Mask:
        data = letters.view(np.uint64)
        wrong = data ^ self._wanted
        wrong &= self._outside
        # Where there is no text there is a blank to be looked at, which is fine.
        words = data & self._inside
        words |= _BLANK & ~self._inside
        # Each sets the highest bit of some byte of a word exactly when one of the word's bytes is wrong (Warren,
        # Hacker's Delight, 6-1): not of ASCII, below the blank, a quotation mark, a backslash.
        wrong |= words & _HIGH
        wrong |= _below(words, _BLANK)
        for letter in (_QUOTE, _BACKSLASH):
            wrong |= _below(words ^ letter, _ONES)
        # Few batches have such rows, and looking at each row takes longest.
        if not wrong.any():
            return np.ones(len(letters), np.bool_)
        matches: Mask = np.equal(wrong, 0).all(axis=1)
        return matches


def _below(words: NDArray[np.uint64], bound: np.uint64) -> NDArray[np.uint64]:
    """The highest bit of some byte, where a byte of a word is less than that of `bound`."""
    bits: NDArray[np.uint64] = words - bound
    bits &= ~words
    bits &= _HIGH
    return bits


def _column(letters: NDArray[np.uint8] | None, chosen: Mask) -> pa.Array:
    if letters is None:
        return pa.nulls(int(chosen.sum()), pa.string())
    texts = letters if chosen.all() else letters[chosen]
    bounds = np.arange(len(texts) + 1, dtype=np.int32) * texts.shape[1]
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(bounds), pa.py_buffer(texts))
