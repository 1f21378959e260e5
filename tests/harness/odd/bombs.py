"""Short inputs that stand for more than a machine holds, or that crash who reads them by recursion."""

import zlib
from collections.abc import Callable
from typing import Any

BRACKETS = "[" * 200_000
LONG_NUMBER = "9" * 5_000

YAML: dict[str, str] = {
    "brackets": BRACKETS,
    "braces": "{a: " * 50_000,
    "dashes": "- " * 100_000,
    "keys": "? " * 50_000,
    "laughs": "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30))]),
    "merged": "\n".join(["a0: &a0 {x: 1}", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 40))]),
    "alias in itself": "a: &a [*a]",
    "digits": f"a: {LONG_NUMBER}",
    "negative digits": f"a: [-{LONG_NUMBER}]",
    "hexadecimal digits": f"a: 0x{LONG_NUMBER}",
    "sixties": "a: 1" + ":1" * 5_000,
    "exponent": f"a: 1e{LONG_NUMBER}",
    "tagged digits": f"a: !!int '{LONG_NUMBER}'",
    "empty number": "a: !!int ''",
    "no such month": "a: 2026-99-99",
}
JSON: dict[str, str] = {"brackets": BRACKETS, "braces": '{"a":' * 50_000, "digits": f'{{"a": {LONG_NUMBER}}}'}

MEBIBYTE = 1 << 20


def gzipped(mebibytes: int) -> bytes:
    """So many MiB of zeros, packed by gzip."""
    return _streamed(zlib.compressobj(1, zlib.DEFLATED, 31), mebibytes)


def _streamed(packer: Any, mebibytes: int) -> bytes:
    return b"".join([*(packer.compress(bytes(MEBIBYTE)) for _ in range(mebibytes)), packer.flush()])


def arrow_packed(codec: str) -> Callable[[int], bytes]:
    """A function that packs so many MiB of zeros by a codec of Arrow's."""
    import pyarrow as pa  # noqa: PLC0415 - for those who ask for it

    def pack(mebibytes: int) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            for _ in range(mebibytes):
                stream.write(bytes(MEBIBYTE))
        return bytes(sink.getvalue())

    return pack
