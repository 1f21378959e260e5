"""Files of values, a value a line, and what each reader of such files has to make of them.

Names are below the folder or prefix that is read.
"""

import bz2
import gzip
import lzma

import pyarrow as pa

from tests.harness.odd.events import view


def zstd(content: bytes) -> bytes:
    """The content in a frame of Zstandard."""
    packed: bytes = pa.Codec("zstd").compress(content, asbytes=True)
    return packed


def one(number: int) -> bytes:
    """A view of an image that no other line has."""
    return view(image_id=number)


ONE, TWO, THREE = one(1), one(2), one(3)
LINES = ONE + b"\n" + TWO + b"\n"
PADDED = view(image_id=1, note="x" * 100_000) + b"\r"

# What is read, and the images in the lines, by their number from 1 on.
READ: list[tuple[str, bytes, dict[int, str]]] = [
    *[
        (f"{number}{packing}/{name}{packing}", pack(LINES), {1: "1", 2: "2"})
        for number, name in enumerate(["a.jsonl", "a.ndjson", "a.json", "A.JSONL", "a.Json"])
        for packing, pack in (("", bytes), (".gz", gzip.compress), (".zst", zstd), (".GZ", gzip.compress))
    ],
    ("2026/01/10/11.jsonl", LINES, {1: "1", 2: "2"}),
    ("day=2026-01-10/_hour=11/a.jsonl", LINES, {1: "1", 2: "2"}),
    ("blank name ä/a b.c.json", LINES, {1: "1", 2: "2"}),
    ("bom.json", b"\xef\xbb\xbf" + LINES, {1: "1", 2: "2"}),
    ("boms.json", (b"\xef\xbb\xbf" + ONE + b"\n") * 2, {1: "1", 2: "1"}),
    ("bom and blank.json", b"\xef\xbb\xbf\n" + ONE + b"\n", {2: "1"}),
    ("crlf.json", LINES.replace(b"\n", b"\r\n"), {1: "1", 2: "2"}),
    ("cr.json", LINES.replace(b"\n", b"\r"), {1: "1", 2: "2"}),
    ("cr without end.json", ONE + b"\r" + TWO, {1: "1", 2: "2"}),
    ("mixed.json", ONE + b"\r\n" + TWO + b"\r\r" + THREE + b"\n\r", {1: "1", 2: "2", 4: "3"}),
    ("long cr.json", PADDED * 100, dict.fromkeys(range(1, 101), "1")),
    ("blank.json", b"\n \n" + ONE + b"\n\t\r\n\n" + TWO + b"\n \n", {3: "1", 6: "2"}),
    ("no end.json", ONE + b"\n" + TWO, {1: "1", 2: "2"}),
    ("single.json", ONE, {1: "1"}),
    ("members.json.gz", gzip.compress(ONE + b"\n") + gzip.compress(TWO + b"\n"), {1: "1", 2: "2"}),
    ("a line across members.json.gz", gzip.compress(LINES[:20]) + gzip.compress(LINES[20:]), {1: "1", 2: "2"}),
    ("zeros after it.json.gz", gzip.compress(LINES) + bytes(512), {1: "1", 2: "2"}),
    ("frames.json.zst", zstd(ONE + b"\n") + zstd(TWO + b"\n"), {1: "1", 2: "2"}),
    ("a line across frames.json.zst", zstd(LINES[:20]) + zstd(LINES[20:]), {1: "1", 2: "2"}),
    ("empty.json", b"", {}),
    ("empty, not packed.json.zst", b"", {}),
    ("empty, packed.json.gz", gzip.compress(b""), {}),
]

HIDDEN = [
    "_SUCCESS", "_committed_1", "_temporary/0/a.jsonl", "a/_temporary/0/a.jsonl", "_a.jsonl", ".a.jsonl", "._a.jsonl",
    ".a.jsonl.crc", "a.jsonl.crc", ".DS_Store", ".git/config", "a/.hidden/a.jsonl", "a.jsonl._COPYING_",
]  # fmt: skip

REFUSED = [
    "a.txt", "a.csv", "a.jsonl.bz2", "a.jsonl.xz", "a.jsonl.lz4", "a.jsonl.zip", "a.jsonl.tmp", "a.jsonl.gz.part",
    "a.avro", "a.gz", "a.zst", "jsonl", "a", "a.jsonl.gz.gz", "a.jsonl~", "day=1/b.log", "a.tar.gz", "README.md",
]  # fmt: skip

DAMAGED: list[tuple[str, bytes]] = [
    ("cut.json.gz", gzip.compress(LINES * 1000)[:-20]),
    ("cut in its end.json.gz", gzip.compress(LINES)[:-4]),
    ("cut in its second member.json.gz", gzip.compress(LINES) + gzip.compress(LINES)[:-9]),
    ("changed.json.gz", gzip.compress(LINES)[:-8] + bytes(8)),
    ("plain.json.gz", LINES),
    ("more after it.json.gz", gzip.compress(LINES) + LINES),
    ("cut.json.zst", zstd(LINES * 1000)[:-20]),
    ("plain.json.zst", LINES),
    ("more after it.json.zst", zstd(LINES) + LINES),
    ("utf-16.json", LINES.decode().encode("utf-16")),
    ("utf-16-be.json", b"\xfe\xff" + LINES.decode().encode("utf-16-be")),
    ("packed, though it does not say so.json", gzip.compress(LINES)),
    ("packed twice.json.gz", gzip.compress(gzip.compress(LINES))),
    ("a frame.json", zstd(LINES)),
    ("a skipped frame.json", b"\x50\x2a\x4d\x18\x01\0\0\0x" + zstd(LINES)),
    ("bzip.jsonl", bz2.compress(LINES)),
    ("xz.jsonl", lzma.compress(LINES)),
    ("zip.ndjson", b"PK\x03\x04" + bytes(100)),
    ("parquet.json", b"PAR1" + bytes(100) + b"PAR1"),
]
