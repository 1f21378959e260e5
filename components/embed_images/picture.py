"""A picture as CLIP wants it: upright, without transparency, 224 by 224, in numbers around zero."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from components.vectors.arrays import Floats

SIDE = 224
_MOST = 50_000_000
"""Pixels: beyond them a file is no photograph of an article, or made to fill the memory of whoever opens it."""
_NARROW = 100
"""Times as long as wide: the rest of it would be thrown away, after it had filled the memory."""
_MEAN = np.array((0.48145466, 0.4578275, 0.40821073), np.float32)
_SPREAD = np.array((0.26862954, 0.26130258, 0.27577711), np.float32)
BROKEN, HUGE = "image_broken", "image_too_large"


@dataclass(frozen=True)
class Picture:
    """The numbers of a picture, channels first; and whether it moves, of which the first frame counts, or is CMYK."""

    pixels: Floats
    moves: bool = False
    is_cmyk: bool = False


def picture(content: bytes) -> Picture | str:
    """The picture in the bytes of a file, or the reason why there is none."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > _MOST or max(opened.size) > _NARROW * min(opened.size):
                return HUGE
            moves, is_cmyk = bool(getattr(opened, "is_animated", False)), opened.mode == "CMYK"
            return Picture(_prepared(opened), moves, is_cmyk)
    except Image.DecompressionBombError:
        return HUGE
    # That says nothing of the image: the machine has no room for it now.
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - decoders raise whatever befits their format, and readers of EXIF too
        return BROKEN


def _prepared(opened: Image.Image) -> Floats:
    upright = ImageOps.exif_transpose(opened)
    if upright.has_transparency_data:
        alpha = upright.convert("RGBA")
        white = Image.new("RGBA", alpha.size, "white")
        white.alpha_composite(alpha)
        upright = white
    plain = upright.convert("RGB")
    scale = SIDE / min(plain.size)
    width, height = (max(SIDE, int(side * scale)) for side in plain.size)
    small = plain.resize((width, height), Image.Resampling.BICUBIC)
    left, top = round((width - SIDE) / 2), round((height - SIDE) / 2)
    cut = np.asarray(small.crop((left, top, left + SIDE, top + SIDE)), np.float32)
    return ((cut / 255 - _MEAN) / _SPREAD).transpose(2, 0, 1).astype(np.float32)
