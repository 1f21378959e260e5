"""What a check keeps of how its rows look: the label's share, and the mean and spread of columns."""

import math
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.check_quality.moments import _MOST_COLUMNS, figures
from components.shell.datasets import write_dataset


def kept(directory: Path, label: str = "", **columns: Any) -> dict[str, Any]:
    """What is kept of rows with these columns."""
    table = pa.table(columns)
    write_dataset(directory / "rows", table.schema, table.to_batches(max_chunksize=2))
    return figures(directory / "rows", label)


def test_the_label_and_the_spread_of_columns(tmp_path: Path) -> None:
    """Of numbers those that are known; of yes and no, and of the label, the share of all rows."""
    columns = {"views": [1, None, 3, 8], "flagged": [True, None, False, False], "click": [1, 1, 1, None]}
    found = kept(tmp_path, "click", **columns)
    assert found == {
        "label": "click",
        "label_share": 0.75,
        "moments": {"click": (0.75, 0.433), "views": (4.0, 2.944), "flagged": (0.25, 0.433)},
    }


def test_nothing_is_said_of_people_ids_and_texts(tmp_path: Path) -> None:
    """What is called as if it were personal or secret is not told by a mean either; and no rows tell nothing."""
    columns = {"latitude": [1.5], "pin_password": [7], "user_id": [3], "note": ["x"], "seen": [1]}
    assert kept(tmp_path, "nobody", **columns) == {"moments": {"seen": (1.0, 0.0)}}
    assert kept(tmp_path, "a", a=pa.array([], pa.int64())) == {}


def test_odd_numbers_are_told_as_far_as_they_go(tmp_path: Path) -> None:
    """A mean keeps the digits that count beside its spread, however far from zero; what has no end is left out."""
    columns = {
        "year": [2023.0, 2024.0, math.nan, math.inf],
        "second": [1_700_000_000, 1_700_000_001, 1_700_000_002, 1_700_000_003],
        "huge": [1.7e308, 1.7e308, -1.7e308, -1.7e308],
        "unknown": pa.nulls(4, pa.float64()),
    }
    found = kept(tmp_path, **columns)["moments"]
    assert found == {"year": (2023.5, 0.5), "second": (1_700_000_001.5, 1.118)}


def test_a_receipt_has_room_for_so_many(tmp_path: Path) -> None:
    """The label is among them wherever it stands."""
    columns = {f"c{number}": [number] for number in range(40)}
    found = kept(tmp_path, "c39", **columns)["moments"]
    assert (len(found), "c39" in found, "c30" in found, "c31" in found) == (_MOST_COLUMNS, True, True, False)
