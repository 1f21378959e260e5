"""Parquet files that stand for more than a machine holds are told from views, in little memory."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.read_views import bounded
from components.read_views.batches import rows
from components.shell.errors import ContractError

COLUMNS = {"image_id": "image_id", "viewed_at": "event_time"}
AT = "2026-01-10T12:00:00"


def repeated(text: str, count: int) -> pa.Array:
    """The text so many times, held once."""
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([text]))


def write(path: Path, image: pa.Array, **settings: object) -> Path:
    """A file with these ids."""
    pq.write_table(pa.table({"image_id": image, "event_time": repeated(AT, len(image))}), path, **settings)
    return path


@pytest.mark.parametrize("stored", [True, False])
def test_a_long_text_repeated_is_cut_and_held_once(tmp_path: Path, stored: bool) -> None:
    """1 KB that stands for 2.5 GB: every row comes, with a text that is no id, in a small part of that."""
    path = write(tmp_path / "x.parquet", repeated("a" * 25_000, 100_000), compression="zstd", store_schema=stored)
    assert path.stat().st_size < 3_000
    before, seen = pa.total_allocated_bytes(), 0
    most = 0
    for numbers, texts in rows(path, COLUMNS, ()):
        most = max(most, pa.total_allocated_bytes() - before)
        seen += len(numbers)
        assert texts["image_id"][0].as_py() == "a" * bounded.LONGEST
        assert texts["viewed_at"][0].as_py() == AT
    assert seen == 100_000
    assert most < 200 << 20


def test_a_page_that_inflates_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Brotli makes a page of 100 MB of a few bytes; no reader is asked to."""
    settings = {"compression": "brotli", "use_dictionary": False, "data_page_size": 1 << 30, "write_statistics": False}
    path = write(tmp_path / "x.parquet", pa.array(["a" * (1 << 20)] * 100), **settings)
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(bounded, "_MEMORY", "64MB")
    with pytest.raises(ContractError, match="a page of it takes more than 64MB of memory"):
        list(rows(path, COLUMNS, ()))


def test_rows_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may hold a million rows, or a thousand for each of its bytes, and no more; here a thousandth of that."""
    monkeypatch.setattr(bounded, "_ROWS_OF_ANY_FILE", 1_000)
    monkeypatch.setattr(bounded, "_ROWS_OF_A_BYTE", 1)
    path = write(tmp_path / "x.parquet", repeated("x", 20_000))
    with pytest.raises(ContractError, match=r"it stands for 20,000 rows in [\d,]+ bytes"):
        list(rows(path, COLUMNS, ()))


def test_a_column_that_is_no_text_is_told_unread(tmp_path: Path) -> None:
    """Bytes could be anything."""
    path = write(tmp_path / "x.parquet", pa.array([b"x" * 100] * 10))
    with pytest.raises(ContractError, match="image_id is binary"):
        list(rows(path, COLUMNS, ()))
