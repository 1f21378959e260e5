"""Rows as people and programs read them: every odd value comes out as what it is, in every form."""

import csv
import json
import math
import random
import re
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stockpot.display.rows import write_rows
from stockpot.display.values import plain_rows
from tests.harness.odd.numbers import SPELLINGS

NAMES = [f"c{place}" for place in range(len(SPELLINGS))]
TEXTS = [one.text for one in SPELLINGS]


@pytest.fixture
def odd() -> pa.Table:
    """One row with all odd values side by side."""
    return pa.table([one.array for one in SPELLINGS], names=NAMES)


@pytest.fixture
def written(tmp_path):
    """What is written of a table in a form, as a path."""

    def write(table: pa.Table, form: str):
        path = tmp_path / f"rows.{form}"
        write_rows(table.to_reader(), form, path)
        return path

    return write


def test_json_says_what_each_value_is(odd, written, capsys):
    """Instants and what JSON has no number for are strings, whole numbers exact; who may round them is told which."""
    (row,) = json.loads(written(odd, "json").read_text(), parse_float=str, parse_constant=pytest.fail)
    assert [None if value is None else str(value) for value in row.values()] == TEXTS
    told = capsys.readouterr().err
    assert told.startswith("note: ")
    large = [name for name, one in zip(NAMES, SPELLINGS, strict=True) if one.kind in (pa.int64(), pa.uint64())]
    assert f"note: {', '.join(large)} hold whole numbers beyond 2^53" in told


def test_large_numbers_are_told_of_however_deep_they_lie(written, capsys):
    """In structs, lists and maps too; where all are small nothing is said."""
    large = {"s": [{"x": 2**60}], "l": [[None, -(2**60)]], "m": pa.array([[("k", 2**60)]], pa.map_("string", "int64"))}
    written(pa.table({**large, "small": [[1]]}), "json")
    assert "note: s, l, m hold whole numbers" in capsys.readouterr().err


def test_decimals_have_no_exponent(written):
    """As Postgres and Spark print them, with all their places."""
    kind = pa.decimal128(12, 10)
    table = pa.table({"d": pa.array([Decimal(0), Decimal("-0.0000000001"), Decimal("1.5")], kind)})
    assert written(table, "csv").read_text().split() == ["d", "0.0000000000", "-0.0000000001", "1.5000000000"]


def test_no_text_ends_what_postgres_reads(written):
    """A backslash and a point alone on a line end its COPY unless they stand in quotes."""
    assert written(pa.table({"x": ["\\.", "a"]}), "csv").read_text() == 'x\n"\\."\na\n'


def test_a_terminal_obeys_no_value(written):
    """Controls and what nobody sees are spelled out for people, in names too; letters of any script are as they are."""
    text = written(pa.table({"n\x1b[2J": ["\x1b[31mred\x07 \u202eü 中", "a\tb\nc"]}), "table").read_text()
    assert text.splitlines()[0].strip() == "n\\x1b[2J"
    assert "\\x1b[31mred\\x07 \\u202eü 中" in text
    assert "a b c" in text


def test_csv_tells_an_empty_text_from_null(odd, written):
    """Each value as it is; Postgres' rule: nothing is null, quotes around nothing are an empty text."""
    path = written(odd, "csv")
    (line,) = path.read_text().splitlines()[1:]
    assert line == ",".join('""' if text == "" else text or "" for text in TEXTS)
    (read,) = duckdb.read_csv(str(path), all_varchar=True, quotechar='"', allow_quoted_nulls=False).fetchall()
    assert list(read) == TEXTS


def test_people_see_each_value(odd, written):
    """Null, NaN and both infinities as such, no year out of range."""
    line = written(odd, "table").read_text().splitlines()[2]
    for text in (text for text in TEXTS if text and len(text) <= 40):
        assert re.search(rf"(^|\s){re.escape(text)}(\s|$)", line), text
    assert line.split().count("null") == 2


def test_parquet_keeps_everything(odd, written):
    """The same types and values; NaN is like nothing, so it is asked for by itself."""
    found, unlike = pq.read_table(written(odd, "parquet")), NAMES[TEXTS.index("NaN")]
    assert math.isnan(found[unlike][0].as_py())
    assert found.drop_columns([unlike]).equals(odd.drop_columns([unlike]))


def test_nested_values_are_spelled_like_others():
    """Instants in lists, structs and maps, with nulls among them."""
    at = pa.timestamp("us", "UTC")
    kinds = {
        "list": (pa.list_(at), [0, None], ["1970-01-01T00:00:00Z", None]),
        "struct": (pa.struct([("at", at), ("x", pa.float64())]), {"at": 2**63 - 1, "x": float("inf")},
                   {"at": "+294247-01-10T04:00:54.775807Z", "x": "Infinity"}),
        "map": (pa.map_(pa.string(), pa.date32()), [("k", 0), ("n", None)], [["k", "1970-01-01"], ["n", None]]),
        "fixed": (pa.list_(pa.decimal128(3, 1), 1), [Decimal("1.5")], ["1.5"]),
    }  # fmt: skip
    counted = {
        "list": pa.list_(pa.int64()), "struct": pa.struct([("at", pa.int64()), ("x", pa.float64())]),
        "map": pa.map_(pa.string(), pa.int32()),
    }  # fmt: skip
    for name, (kind, value, text) in kinds.items():
        array = pa.array([value, None], counted.get(name, kind)).cast(kind)
        assert plain_rows(pa.record_batch([array], names=["x"])) == [(text,), (None,)]


def test_a_coded_column_of_instants_is_spelled():
    """Dictionaries of instants are instants."""
    array = pa.array([0, None, 0], pa.timestamp("us")).dictionary_encode()
    assert [row[0] for row in plain_rows(pa.record_batch([array], names=["x"]))] == [
        "1970-01-01T00:00:00", None, "1970-01-01T00:00:00",
    ]  # fmt: skip


def test_days_agree_with_numpy():
    """Over all the days that 32 bits can count: the same year, month and day as numpy's own calendar."""
    numbers = random.Random(7)
    days = [numbers.randrange(-(2**31), 2**31) for _ in range(2000)]
    found = [row[0] for row in plain_rows(pa.record_batch([pa.array(days, pa.int32()).cast(pa.date32())], names=["x"]))]
    for day, text in zip(days, found, strict=True):
        year, month, rest = re.fullmatch(r"([+-]?\d+)-(\d\d)-(\d\d)", text).groups()
        known = re.fullmatch(r"(-?\d+)-(\d\d)-(\d\d)", str(np.datetime64(day, "D"))).groups()
        assert (int(year), month, rest) == (int(known[0]), *known[1:])


def test_columns_of_one_name_stay_apart(written):
    """Two columns of one name are two values in csv."""
    path = written(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"]), "csv")
    assert path.read_text() == "x,x\n1,2\n"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "a;=1", "plain", ""]


def test_no_text_is_a_formula(tmp_path, capsys):
    """In a spreadsheet, that is; numbers stay numbers, names of columns are texts, and `raw` leaves all as it is."""
    table = pa.table(
        {
            "=name": FORMULAS,
            "n": pa.array(range(-5, 6)),
            "d": pa.array([Decimal(-place) for place in range(11)], pa.decimal128(5, 1)),
            "b": [b"\xfb\xef\xbe"] * 11,
        }
    )
    path = tmp_path / "rows.csv"
    write_rows(table.to_reader(), "csv", path)
    with path.open(newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["'=name", "n", "d", "b"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in FORMULAS[:8]), *FORMULAS[8:]]
    assert [row[1:] for row in rows[:2]] == [["-5", "0.0", "'++++"], ["-4", "-1.0", "'++++"]]
    assert '"a;=1"' in path.read_text()
    assert capsys.readouterr().err.startswith("note: texts in =name, b that a spreadsheet would take for formulas")
    write_rows(table.to_reader(), "csv", path, raw=True)
    with path.open(newline="") as file:
        assert [row[0] for row in csv.reader(file)] == ["=name", *FORMULAS]
