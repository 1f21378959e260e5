"""What large files and images cost in memory, however many threads there are."""

import io
import json
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from components.embed_images import picture as product
from components.embed_images.picture import picture
from components.embed_images.room import Room
from tests.components.vectors import tiny

ROOT = Path(__file__).resolve().parents[3]
LIMIT = 900
"""MiB, of a step with three threads: what tests import takes 300, and one of the images 400."""
SIDE = 7000
STEP = """
import json, sys
from pathlib import Path
import components
components._begin_step()
from components.embed_images import compute
from tests.components.embed_images.test_step import done
from tests.harness.memory import own_peak

root = Path(sys.argv[1])
compute.processors = lambda: 3
shop = {name: f"{name}.png" for name in ("1", "2", "3", "sparse")}
rows, reasons, _ = done(root / "done", root / "model", root, shop)
vectors = {name: row["vector"] for name, row in rows.items()}
print(json.dumps({"vectors": vectors, "reasons": reasons, "peak": own_peak()}))
"""


def large() -> bytes:
    """The file of an image of 49 megapixels, half transparent black, written row by row."""
    row = b"\0" + b"\0\0\0\x80" * SIDE
    packed = zlib.compressobj(1)
    parts = [packed.compress(row) for _ in range(SIDE)]

    def chunk(name: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")

    head = SIDE.to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    body = chunk(b"IDAT", b"".join(parts) + packed.flush())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def test_large_files_do_not_fill_a_pod(tmp_path: Path) -> None:
    """Three of nearly 50 megapixels at once, and one of 4 GiB, of which nobody has said what it is."""
    tiny.image_model(tmp_path / "model")
    content = large()
    for name in ("1", "2", "3"):
        (tmp_path / f"{name}.png").write_bytes(content)
    with (tmp_path / "sparse.png").open("wb") as file:
        file.truncate(4 << 30)
    words = [sys.executable, "-c", STEP, str(tmp_path)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["reasons"] == {"sparse": "image_too_large"}
    assert set(told["vectors"]) == {"1", "2", "3"}
    for vector in told["vectors"].values():
        assert np.allclose(vector, tiny.of_colour(127, 127, 127), atol=1e-2)
    assert told["peak"] < LIMIT, told["peak"]


def test_strips_are_the_whole_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever their height, one that does not divide the image's too; transparent by pixel, by value or by palette."""
    values = np.random.default_rng(3).integers(0, 256, (301, 240, 4), np.uint8)
    clear = Image.fromarray(values)
    plain, (red, green, blue) = clear.convert("RGB"), values[5, 5, :3].tolist()
    palette = plain.quantize(64)
    for image, more in ((clear, {}), (plain, {"transparency": (red, green, blue)}), (palette, {"transparency": 7})):
        target = io.BytesIO()
        image.save(target, "PNG", **more)
        whole = picture(target.getvalue())
        with monkeypatch.context() as patched:
            patched.setattr(product, "_STRIP", 240 * 37)
            cut = picture(target.getvalue())
        assert not isinstance(whole, str)
        assert not isinstance(cut, str)
        assert np.array_equal(whole.pixels, cut.pixels)


def test_room_is_never_overdrawn() -> None:
    """Whoever needs more than is free waits, and what failed gives back what it had."""
    room, held, seen = Room(10), list[int](), list[int]()

    def take(pixels: int) -> None:
        with room.taken(pixels):
            held.append(pixels)
            seen.append(sum(held))
            time.sleep(0.002)
            held.remove(pixels)

    with pytest.raises(ZeroDivisionError), room.taken(10):
        take(1 // 0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(take, [10, 3, 4, 3, 7, 10, 1, 1, 1, 9] * 3))
    assert (held, len(seen), max(seen)) == ([], 30, 10)
