"""A picture as CLIP wants it: upright, without transparency, 224 by 224, in numbers around zero."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import TiffImageFile

from components.embed_images.room import Room
from components.vectors.arrays import Floats

SIDE = 224
_MOST = 50_000_000
"""Pixels: beyond them a file is no photograph of an article, or made to fill the memory of whoever opens it."""
_ROOM = Room(_MOST)
"""What all threads have decoded at once: some formats take 20 bytes for a pixel while they are."""
_STRIP = 1_000_000
"""Pixels that are laid over white at once: of the whole image that would take it four times."""
_NARROW = 100
"""Times as long as wide: the rest of it would be thrown away, after it had filled the memory."""
_MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
_SPREAD = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)
BROKEN, HUGE, VAGUE = "image_broken", "image_too_large", "image_range_unknown"
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N", "F")
"""Pillow's modes of grey with more than 8 bits: it cuts them off at 255, where they should be scaled."""
_OF_16_BITS = ("PNG", "JPEG2000", "PPM")
"""Formats of which Pillow gives such grey by 16 bits, whatever the file has."""
# Blocks of large images go back to the system then; of smaller ones the C library keeps those of each thread.
Image.core.set_block_size(64 << 20)  # type: ignore[attr-defined]  # its documentation names it, its types do not
_BITS, _MEANING, _WHITE_IS_ZERO = 258, 262, 0
"""Of TIFF the tags that say how many bits a value has, and what its least one means."""


@dataclass(frozen=True)
class Picture:
    """The numbers of a picture, channels first; and whether it moves, of which the first frame counts, or is CMYK."""

    pixels: Floats
    moves: bool = False
    is_cmyk: bool = False


def is_deep(content: bytes) -> bool:
    """Whether the bytes of a file are an image in grey of more than 8 bits, as its head says."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            return opened.mode in _DEEP
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - `picture` gives the reason
        return False


def picture(content: bytes) -> Picture | str:
    """The picture in the bytes of a file, or the reason why there is none."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > _MOST or max(opened.size) > _NARROW * min(opened.size):
                return HUGE
            if not _bits(opened):
                return VAGUE
            moves, is_cmyk = bool(getattr(opened, "is_animated", False)), opened.mode == "CMYK"
            with _ROOM.taken(opened.width * opened.height):
                return Picture(_prepared(opened), moves, is_cmyk)
    except Image.DecompressionBombError:
        return HUGE
    # That says nothing of the image: the machine has no room for it now.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - decoders raise whatever befits their format, and readers of EXIF too
        return BROKEN


def _bits(opened: Image.Image) -> int:
    """How many bits a value of a channel has; 0 where the format leaves open how far they go.

    Signed or of 32 bits, whole or not, nobody says which value is white.
    """
    if opened.mode not in _DEEP:
        return 8
    if opened.format in _OF_16_BITS:
        return 16
    if isinstance(opened, TiffImageFile) and opened.mode.startswith("I;16"):
        return int(opened.tag_v2.get(_BITS, (16,))[0])
    return 0


def _of_8_bits(upright: Image.Image) -> Image.Image:
    """The image with its grey scaled; what is transparent by its value is white, for nothing else lies under it."""
    values = np.asarray(upright)
    grey = (values >> (_bits(upright) - 8)).astype(np.uint8)
    if isinstance(upright, TiffImageFile) and upright.tag_v2.get(_MEANING) == _WHITE_IS_ZERO:
        grey = 255 - grey
    clear = upright.info.get("transparency")
    return Image.fromarray(grey if clear is None else np.where(values == clear, np.uint8(255), grey))


def _on_white(image: Image.Image) -> Image.Image:
    """The image as it looks on white paper, made strip by strip."""
    canvas = Image.new("RGB", image.size)
    high = max(1, _STRIP // image.width)
    for top in range(0, image.height, high):
        strip = image.crop((0, top, image.width, min(top + high, image.height))).convert("RGBA")
        white = Image.new("RGBA", strip.size, "white")
        canvas.paste(Image.alpha_composite(white, strip).convert("RGB"), (0, top))
    return canvas


def _prepared(opened: Image.Image) -> Floats:
    # In place, and nothing copied that is as it should be: a large image is held twice at most.
    ImageOps.exif_transpose(opened, in_place=True)
    upright = _of_8_bits(opened) if opened.mode in _DEEP else opened
    plain = _on_white(upright) if upright.has_transparency_data else upright
    plain = plain if plain.mode == "RGB" else plain.convert("RGB")
    scale = SIDE / min(plain.size)
    width, height = (max(SIDE, int(side * scale)) for side in plain.size)
    small = plain.resize((width, height), Image.Resampling.BICUBIC)
    left, top = round((width - SIDE) / 2), round((height - SIDE) / 2)
    cut = np.asarray(small.crop((left, top, left + SIDE, top + SIDE)), np.float32)
    return ((cut / 255 - _MEAN) / _SPREAD).transpose(2, 0, 1).astype(np.float32)
