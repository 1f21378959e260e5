"""Files are there whole or not at all, whoever writes them and however often."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from components.shell.files import replacing, write_atomically


def test_many_write_one_file_at_once(tmp_path: Path) -> None:
    """Doubled steps write the same files: each write succeeds, a reader always sees one of them whole."""
    path = tmp_path / "deep" / "summary.json"
    contents = [bytes([ord("a") + writer]) * 100_000 for writer in range(8)]
    write_atomically(path, contents[0])

    def write_and_read(content: bytes) -> bytes:
        write_atomically(path, content)
        return path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(write_and_read, contents * 25))
    assert seen <= set(contents)
    assert list(path.parent.iterdir()) == [path]


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Where the new content cannot take its place, the old one stays and nothing lies beside it."""
    path = tmp_path / "results"
    (path / "kept").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_atomically(path, b"new")
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_on_the_way_leaves_what_was_there(tmp_path: Path) -> None:
    """Whoever writes piece by piece and fails, leaves the old content and no piece."""
    path = tmp_path / "run.json"
    path.write_bytes(b"old")

    def write() -> None:
        with replacing(path) as part:
            part.write_bytes(b"ne")
            raise OSError(28, "no room")

    with pytest.raises(OSError, match="no room"):
        write()
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"old"
