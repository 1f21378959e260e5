"""Values of files come as the stated types have them, or leave."""

import gzip
import json
import math
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest

from components.shell.errors import ContractError
from components.shell.projection import TYPES
from tests.components.extract_files.conftest import CANARY, extracted, lay, rows

NOON, LEAP_DAY = datetime(2020, 7, 1, 12, tzinfo=UTC), date(2020, 2, 29)
# A stated type; of two files each a column and the values that come of it.
UUID_7 = UUID(int=7)
UUIDS = pa.array([UUID_7.bytes, None], pa.uuid())
MIXED: list[tuple[str, tuple[pa.Array, list[Any]], tuple[pa.Array, list[Any]]]] = [
    (
        "timestamptz",
        (pa.array([NOON], pa.timestamp("us", "UTC")), [NOON]),
        (pa.array([NOON.replace(tzinfo=None)]), [NOON.replace(hour=10)]),
    ),
    ("double", (pa.array([0.5], pa.float32()), [0.5]), (pa.array([0.1]), [0.1])),
    ("int", (pa.array([1]), [1]), (pa.array([2.0, math.nan, 2.5]), [2, None])),
    ("long", (pa.array([2**31]), [2**31]), (pa.array([7], pa.int32()), [7])),
    ("decimal(5,2)", (pa.array([1]), [1]), (pa.array([Decimal("1.25")]), [Decimal("1.25")])),
    ("date", (pa.array(["2020-02-29", "2021-02-29"]), [LEAP_DAY]), (pa.array([LEAP_DAY]), [LEAP_DAY])),
    ("string", (pa.nulls(1), [None]), (pa.array(["007"]), ["007"])),
    ("string", (pa.array(["007"]), ["007"]), (pa.nulls(1), [None])),
    ("string", (pa.array(["007"]).dictionary_encode(), ["007"]), (pa.array(["008"], pa.large_string()), ["008"])),
    ("", (pa.nulls(1), [None]), (pa.array([7]), [7])),
    ("", (pa.nulls(1), [None]), (pa.nulls(2), [None, None])),
    *((kind, (pa.nulls(1), [None]), (pa.nulls(2), [None, None])) for kind in (*TYPES, "decimal(5,2)", "list<uuid>")),
    ("~date", (pa.nulls(1), [None]), (pa.nulls(1), [None])),
    ("list<int>", (pa.array([[]], pa.list_(pa.null())), [[]]), (pa.array([[], None], pa.list_(pa.null())), [[], None])),
    *((kind, (UUIDS, [UUID_7, None]), (UUIDS, [UUID_7, None])) for kind in ("", "uuid", "~date")),
    *((kind, (UUIDS, [str(UUID_7), None]), (UUIDS, [str(UUID_7), None])) for kind in ("string", "~string")),
    *(
        (kind, (pa.array([b"abc", None], pa.binary(3)), [b"abc", None]), (pa.array([b"d"]), [b"d"]))
        for kind in ("", "binary")
    ),
    ("", (pa.array(['{"a": 1}'], pa.json_()), ['{"a": 1}']), (pa.array(["b"]), ["b"])),
    ("double", (pa.array([1.5], pa.float16()), [1.5]), (pa.array([1.5, None], pa.float16()), [1.5, None])),
    ("", (pa.array([[7]]), [[7]]), (pa.array([[], []]), [[], []])),
    ("list<string>", (pa.array([["a"]]), [["a"]]), (pa.array([[], []]), [[], []])),
]


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("kind", "one", "other"), MIXED)
def test_each_file_of_a_folder_has_its_own_types(
    tmp_path: Path, kind: str, one: tuple[pa.Array, list[Any]], other: tuple[pa.Array, list[Any]]
) -> None:
    """What is stated is held against each, whatever the file before it has; no value is read as another file's are."""
    laid = {"a": one, "b": other, "c": one}
    source = lay(tmp_path / "in", t={f"{name}__parquet": pa.table({"x": column}) for name, (column, _) in laid.items()})
    summary = extracted(tmp_path, source, {"t": [f"x {kind}".strip()]}, timezone="Europe/Berlin")
    held = Counter(value for _, values in laid.values() for value in map(_plain, values))
    assert Counter(_plain(row["x"]) for row in rows(tmp_path / "raw" / "t")) == held
    assert summary.rows_in == summary.rows_out + summary.rows_rejected == 2 * len(one[0]) + len(other[0])


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        ("", pa.array([1], pa.duration("us")), r"column t\.x is duration\[us\], not of a type that can be kept"),
        ("", pa.array([1]).cast(pa.decimal256(40, 2)), r"column t\.x is decimal256\(40, 2\), not of a type"),
        ("long", pa.array([1], pa.duration("s")), r"is duration.*, not long"),
        ("uuid", pa.array([b"a" * 16], pa.binary(16)), r"is binary, not uuid"),
        ("string", pa.array([[]], pa.list_(pa.null())), r"is list<element: null>, not string"),
        ("list<string>", pa.array([[UUID_7.hex]]), ""),
    ],
)
def test_a_type_that_cannot_be_kept_is_refused_where_it_is_asked_for(
    tmp_path: Path, kind: str, column: pa.Array, said: str
) -> None:
    """Where it is not, it hinders nobody; nobody sees a traceback of it."""
    source = lay(tmp_path / "in", t__parquet=pa.table({"x": column, "y": [1]}))
    assert extracted(tmp_path, source, {"t": ["y"]}).rows_out == 1
    if not said:
        assert extracted(tmp_path, source, {"t": [f"x {kind}"]}).rows_out == 1
        return
    with pytest.raises(ContractError, match=said):
        extracted(tmp_path, source, {"t": [f"x {kind}".strip()]})


@pytest.mark.parametrize("there", [[], ["name"]])
@pytest.mark.parametrize("form", ["csv", "csv__gz", "parquet"])
def test_columns_that_are_missing_come_as_nulls(tmp_path: Path, form: str, there: list[str]) -> None:
    """In every type, as many as there are rows, also where nothing that is asked for is there."""
    lines = f'name,email\na,{CANARY}\n"b\n",{CANARY}\nc,{CANARY}\n'
    content = {
        "csv": lines, "csv__gz": gzip.compress(lines.encode()), "parquet": pa.table({"name": ["a", "b\n", "c"]}),
    }[form]  # fmt: skip
    kinds = [*TYPES, "decimal(5,2)", "list<string>"]
    source = lay(tmp_path / "in", **{f"t__{form}": content})
    asked = {"t": [*there, *(f'"{kind}" {kind}?' for kind in kinds)]}
    summary = extracted(tmp_path, source, asked)
    assert (summary.rows_in, summary.rows_out) == (3, 3)
    assert summary.details["missing_columns"] == {"t": kinds}
    empty = dict.fromkeys(kinds)
    found = sorted(rows(tmp_path / "raw" / "t"), key=str)
    assert found == [{**empty, **({"name": name} if there else {})} for name in ("a", "b\n", "c")]


def test_a_file_of_which_nothing_is_asked_is_held_to_be_whole_too(tmp_path: Path) -> None:
    """A row too short is told, though none of its values would come."""
    source = lay(tmp_path / "in", t__csv="a,b\n1,2\n3\n")
    with pytest.raises(ContractError, match=r"t\.csv is broken or cut: row 3 has 1 value"):
        extracted(tmp_path, source, {"t": ["age int?"]})


# A stated type, texts that are such numbers, and texts that are nearly one.
EXACT = [
    (
        "long",
        ["9007199254740993", "9007199254740993.000", "-9223372036854775808", "9.007199254740993e15", "1.25e2", "7 "],
        [
            "9007199254740993.5", "9007199254740993.4", "-9007199254740993.5", "90071992547409935e-1", "1e-30",
            "0.9999999999999999999999999", "7.0000000000000000000000001", "9223372036854775808",
        ],
    ),
    ("int", ["2147483647.0", "0", "-0.0"], ["2147483646.9999999999", "1.00000000000000001", "1.5 "]),
    ("decimal(38,2)", ["1.25", "1.250", f"{'9' * 36}.99", "125e-2"], ["1.005", "1.254", f"1.25{'0' * 40}1"]),
    ("decimal(5,2)", ["4.25", f"4.25{'0' * 60}", "-0.00"], [f"4.25{'0' * 50}1", "4.2549", "4255e-3"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "good", "bad"), EXACT)
def test_no_digit_is_lost(tmp_path: Path, kind: str, good: list[str], bad: list[str]) -> None:
    """What a stated type holds comes exactly; what is near to such a number leaves, whatever a double makes of it."""
    source = lay(tmp_path / "in", t__csv="\n".join(["id,x", *(f"{text},{text}" for text in [*good, *bad])]) + "\n")
    extracted(tmp_path, source, {"t": ["id", f"x {kind}"]})
    kept = {row["id"]: row["x"] for row in rows(tmp_path / "raw" / "t")}
    assert kept == {text: Decimal(text) for text in good}
    assert sorted(json.loads(row["row"])["x"] for row in rows(tmp_path / "rejected")) == sorted(bad)


def test_no_digit_of_a_decimal_is_lost(tmp_path: Path) -> None:
    """As of a text: one that is no whole number, or has more digits than are stated, leaves."""
    told = [Decimal("9007199254740993.00"), Decimal("9007199254740993.50"), Decimal("-1.25")]
    table = pa.table({"id": ["a", "b", "c"], "x": pa.array(told, pa.decimal128(38, 2))})
    source = lay(tmp_path / "in", t__parquet=table)
    for kind, kept in (("long", {"a"}), ("decimal(38,1)", {"a", "b"}), ("decimal(38,2)", {"a", "b", "c"})):
        extracted(tmp_path, source, {"t": ["id", f"x {kind}"]})
        found = {row["id"]: row["x"] for row in rows(tmp_path / "raw" / "t")}
        assert found == {name: value for name, value in zip("abc", told, strict=True) if name in kept}
        assert {json.loads(row["row"])["id"] for row in rows(tmp_path / "rejected")} == set("abc") - kept


@pytest.mark.parametrize(("kind", "large", "beyond"), [("float", 2.0**127, "-1e39"), ("double", 2.0**1023, "-1e309")])
def test_a_number_beyond_the_largest_leaves_alone(tmp_path: Path, kind: str, large: float, beyond: str) -> None:
    """It is no infinite one, which only words say, and the rows beside it stay; of doubles the same is true."""
    told = [repr(large), beyond, "1e400", "-Infinity", "inf", "1e-400", "nan", ""]
    source = lay(
        tmp_path / "in",
        t__csv="\n".join(["id,x", *(f"{number},{text}" for number, text in enumerate(told))]) + "\n",
        doubles__parquet=pa.table({"id": list(range(len(told))), "x": [float(text or "nan") for text in told]}),
    )
    asked = ["id ~int", f"x {kind}"]
    summary = extracted(tmp_path, source, {"t": asked, "doubles": asked})
    kept = {0: large, 3: -math.inf, 4: math.inf, 5: 0.0, 6: None, 7: None}
    assert {row["id"]: row["x"] for row in rows(tmp_path / "raw" / "t")} == kept
    infinite = {2: math.inf} if kind == "float" else {1: -math.inf, 2: math.inf}
    assert {row["id"]: row["x"] for row in rows(tmp_path / "raw" / "doubles")} == {**kept, **infinite}
    gone = sorted((row["table"], row["reason"], json.loads(row["row"])["id"]) for row in rows(tmp_path / "rejected"))
    finite = [("doubles", "no float", 1)] if kind == "float" else []
    assert gone == [*finite, ("t", f"no {kind}", "1"), ("t", f"no {kind}", "2")]
    assert summary.rows_in == summary.rows_out + summary.rows_rejected
