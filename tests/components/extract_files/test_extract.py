"""What lies in files comes whole and typed, or is refused in one line with nothing written."""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.extract_files import extract as step
from components.extract_files.extract import Request, extract
from components.shell import datasets
from components.shell.datasets import MANIFEST
from components.shell.errors import ConfigurationError, ContractError
from components.shell.extracts import Places
from components.shell.instants import local_midnight
from tests.components.extract_files.conftest import CANARY, SALES, TABLES, extracted, lay, rows
from tests.conftest import ObjectStore, endpoints

LINES = (
    "t_dat,customer_id,article_id,price\n"
    "2020-09-20,00ab,0108775015,0.0508305084745762\n"
    "2020-09-20,00ab,0108775015,0.0508305084745762\n"
    '2020-09-21,00cd,0108775044,"12.5"\n'
)
CUSTOMERS = (
    f"customer_id,FN,Active,age,postal_code\n00ab,1.0,1.0,49.0,{CANARY}\n00cd,,,,{CANARY}\n00ef,,0,NaN,{CANARY}\n"
)


def test_the_public_files_come_as_an_extract_from_postgres_does(tmp_path: Path) -> None:
    """Zeros stay, equal lines too, what is not there is null and told, and nothing personal is anywhere."""
    source = lay(tmp_path / "in", transactions_train__csv=LINES, customers__csv=CUSTOMERS)
    written = datetime(2022, 2, 7, tzinfo=UTC)
    for path in source.iterdir():
        os.utime(path, (written.timestamp(), written.timestamp()))
    summary = extracted(tmp_path, source)
    twice = {
        "transaction_id": None, "t_dat": date(2020, 9, 20), "customer_id": "00ab", "article_id": "0108775015",
        "price": Decimal("0.050830508"),
    }  # fmt: skip
    found = rows(tmp_path / "raw" / "sales")
    assert found[:2] == [twice, twice]
    assert (found[2]["article_id"], found[2]["price"]) == ("0108775044", Decimal("12.5"))
    assert [(row["age"], row["active"]) for row in rows(tmp_path / "raw" / "customers")] == [
        (49, True), (None, None), (None, False),
    ]  # fmt: skip
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (6, 6, 0)
    lacking = {"sales": ["transaction_id"], "customers": ["signup_date"]}
    assert summary.details["missing_columns"] == lacking
    told = json.loads((tmp_path / "raw" / MANIFEST).read_text())
    assert told["source"]["taken_at"] == "2022-02-07T00:00:00Z"
    for table in told["tables"]:
        assert [each["name"] for each in table["columns"] if each.get("missing")] == lacking[table["name"]]
    everything = b"".join(path.read_bytes() for path in tmp_path.glob("r*/**/*") if path.is_file())
    assert everything
    assert CANARY.encode() not in everything


BIG = "t_dat,customer_id,article_id,price\n" + "".join(f"2020-09-20,{n:08x},0{n},1.25\n" for n in range(20_000))


def cut_parquet() -> bytes:
    """The first half of a Parquet file, with the footer of the whole behind it."""
    sink = io.BytesIO()
    table = pa.table(
        {name: [str(n) for n in range(50_000)] for name in ("t_dat", "customer_id", "article_id", "price")}
    )
    pq.write_table(table, sink)
    whole = sink.getvalue()
    return whole[: len(whole) // 2] + bytes(100) + whole[len(whole) // 2 + 100 :]


def short_column() -> bytes:
    """A Parquet file of 3,000 rows, whose last column has one less."""
    sink = io.BytesIO()
    columns = ("t_dat", "customer_id", "article_id", "price")
    pq.write_table(pa.table({name: [str(n) for n in range(3000)] for name in columns}), sink)
    whole = sink.getvalue()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    # As Thrift has 3,000 and 2,999: the last in a page's statistics, before it in the page's own header.
    rows, fewer = b"\xf0\x2e", b"\xee\x2e"
    at = whole.rindex(rows, 0, whole.rindex(rows, 0, footer))
    return whole[:at] + fewer + whole[at + len(rows) :]


IDS = {
    name: pa.table({"t_dat": ["2020-09-20"], "customer_id": ids, "article_id": ids, "price": [1.5]})
    for name, ids in (("a", ["0108775015"]), ("b", [108775015]))
}
WRONG: list[tuple[Mapping[str, Any], type[Exception], str]] = [
    ({}, ConfigurationError, "has no file sales or transactions_train (.parquet, .csv, .csv.gz) below"),
    ({"transaction_train__csv": LINES}, ConfigurationError, "did you mean transaction_train?"),
    ({"sales__csv": LINES, "sales__parquet": pa.table({"a": [1]})}, ConfigurationError, "in files of several forms"),
    (
        {"sales__csv": LINES, "sales__csv__gz": gzip.compress(LINES.encode())},
        ConfigurationError,
        ": sales.csv and sales.csv.gz - leave one of them",
    ),
    ({"sales__csv": LINES, "sales": {"part__csv": LINES}}, ConfigurationError, ": sales.csv and sales/part.csv"),
    (
        {"sales__parquet": pa.table({"a": [1]}), "sales": {"part__parquet": pa.table({"a": [1]})}},
        ConfigurationError,
        ": sales.parquet and sales/part.parquet",
    ),
    (
        {"sales": {"a__csv": LINES, "a__csv__b__csv": LINES, "a__csv__gz": gzip.compress(LINES.encode())}},
        ConfigurationError,
        ": sales/a.csv and sales/a.csv.gz",
    ),
    (
        {"sales": {"2019__csv": LINES, "2020__CSV": LINES, "2021__csv__zst": b"", "year=2022": {"a__csv": LINES}}},
        ConfigurationError,
        "is no file of sales (.parquet, .csv, .csv.gz): sales/2020.CSV, sales/2021.csv.zst, sales/year=2022/ - unpack",
    ),
    ({"sales": {"year=2022": {"a__csv": LINES}}}, ConfigurationError, ": sales/year=2022/ - unpack or rename it"),
    ({"sales": {f"{n}__txt": "" for n in "abcd"}}, ConfigurationError, "sales/a.txt, sales/b.txt, sales/c.txt, … - un"),
    ({"sales__csv": LINES, "sales__parquet": {"a__parquet": IDS["a"]}}, ConfigurationError, ": sales.parquet/ - "),
    ({"sales": LINES}, ConfigurationError, "is no file of sales (.parquet, .csv, .csv.gz): sales - unpack"),
    ({"sales__csv": ""}, ContractError, "sales.csv is empty"),
    ({"sales__csv": LINES.replace("customer_id", "customerid")}, ContractError, "did you mean customerid?"),
    ({"sales__csv": LINES.replace("price", "t_dat")}, ContractError, "sales.csv has two columns 't_dat'"),
    ({"sales__csv": LINES + "2020-09-22,00ef\n"}, ContractError, "row 5 has 2 values, and there are 4 columns"),
    ({"sales__csv": LINES + f"2020-09-22,{CANARY},0,1,2,3\n"}, ContractError, "row 5 has 6 values"),
    ({"sales__csv": LINES + "2020-09-22,00"}, ContractError, "is broken or cut: row 5 has 2 values"),
    ({"sales__csv": LINES + '2020-09-22,00,"0' + "1,2\n" * 9}, ContractError, "is broken or cut: row 5 has 3"),
    ({"sales__csv": LINES.encode() + b"2020-09-22,\xff,0,1\n"}, ContractError, "sales.csv is no UTF-8"),
    ({"sales__csv__gz": gzip.compress(BIG.encode())[:-30]}, ContractError, "sales.csv.gz is broken or cut: Truncated"),
    ({"sales__csv__gz": b"no gzip"}, ContractError, "sales.csv.gz is broken or cut"),
    ({"sales__parquet": cut_parquet()}, ContractError, "sales.parquet is broken or cut: Corrupt snappy"),
    ({"sales__parquet": b"PAR1 half"}, ContractError, "sales.parquet is broken or cut: Parquet magic bytes not found"),
    ({"sales__parquet": short_column()}, ContractError, "broken or cut: its pages do not hold what its footer says"),
    (
        {"sales__csv": LINES, "customers__parquet": pa.table({"customer_id": [7]})},
        ContractError,
        "column customers.customer_id is int64, not string",
    ),
    (
        {"sales__csv": LINES, "customers": {f"{kind}__parquet": ids for kind, ids in IDS.items()}},
        ContractError,
        "column customers.customer_id is int64 in b.parquet, not string",
    ),
    (
        {"transactions_train": {f"{kind}__parquet": ids for kind, ids in IDS.items()}},
        ContractError,
        "column transactions_train.article_id is int64 in b.parquet, and string in a.parquet",
    ),
]


@pytest.mark.parametrize(("files", "error", "message"), WRONG)
def test_what_is_wrong_is_told_in_one_line(
    tmp_path: Path, files: Mapping[str, Any], error: type[Exception], message: str
) -> None:
    """The code says whose matter it is, no line of the file is told, and no manifest is there."""
    source = lay(tmp_path / "in", **files)
    lay(tmp_path / "raw", **{MANIFEST: "of a run before"})
    with pytest.raises(error) as raised:
        extracted(tmp_path, source)
    assert message in str(raised.value)
    assert CANARY not in str(raised.value)
    assert not (tmp_path / "raw" / MANIFEST).exists()


def test_parameters_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    """Sources, places, names and zones, with the near match; and what is personal, whatever it is called."""
    source = lay(tmp_path / "in", sales__csv=LINES, customers__csv=CUSTOMERS)
    wrong: list[tuple[dict[str, Any], str]] = [
        (
            {"names": {"sales.t_day": "day"}},
            "names has 'sales.t_day', which nobody asks for; did you mean sales.t_dat?",
        ),
        ({"names": {"order.id": "x"}, "elsewhere": ["orders.id"]}, "did you mean orders.id?"),
        ({"names": {"sales.price": "prize"}}, "table sales has no column 'prize', did you mean price?"),
        ({"names": {"customers": "people"}}, "table customers has no file people"),
        ({"names": {"customers.age": "postal_code"}}, "customers.age is personal"),
        ({"tables": {"customers": ["customer_id", "postal_code"]}}, "customers.postal_code is personal"),
        ({"tables": {"customers": ["customer_id", "*"]}}, "customers.postal_code is personal"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"source_path": "in"}, "write an absolute path or s3://bucket/prefix"),
        ({"source_path": str(tmp_path / "nowhere")}, "nothing is there at all"),
        ({"source": "file"}, "there is no source 'file'; did you mean files?"),
        ({"source": "postgre"}, "did you mean postgres? - choose one of postgres, files"),
        (
            {"source": "rwa", "sources": ["postgres", "files", "raw"]},
            "there is no source 'rwa'; did you mean raw? - choose one of postgres, files, raw",
        ),
    ]
    for given, message in wrong:
        request = Request(**{"tables": TABLES, "source": "files", "source_path": str(source), **given})
        with pytest.raises(ConfigurationError) as raised:
            extract(request, Places(tmp_path / "raw", tmp_path / "rejected"))
        assert message in str(raised.value)
    assert not (tmp_path / "raw" / MANIFEST).exists()


def test_names_lead_to_files_and_columns_of_others(tmp_path: Path) -> None:
    """Our names come out; one mapping may say more than is asked for."""
    source = lay(tmp_path / "in", verkauf__csv=LINES.replace("t_dat", "tag").replace("price", "preis"))
    names = {"sales": "verkauf", "sales.t_dat": "tag", "sales.price": "preis", "orders.order_id": "nr"}
    summary = extracted(tmp_path, source, {"sales|other": SALES}, names=names, elsewhere=["orders.order_id"])
    assert summary.rows_out == 3
    assert rows(tmp_path / "raw" / "sales")[0]["t_dat"] == date(2020, 9, 20)


def test_values_that_do_not_fit_leave_with_a_reason(tmp_path: Path) -> None:
    """In is out and rejected: each kind of value, one too many of each."""
    kinds = [
        "id", "i int?", "l long?", "d double?", "m decimal(5,2)?", "r ~decimal(5,2)?", "b boolean?", "day date?",
        "at timestamptz?",
    ]  # fmt: skip
    lines = ["id,i,l,d,m,r,b,day,at"]
    fine = [
        "0,1,2,3,4.25,4.256,true,2020-02-29,2020-01-01 12:00:00+02:00",
        "1,-7.0,9007199254740993,1e3,999.99,-0.004,FALSE,0001-01-01,2020-07-01T12:00:00Z",
        "2,NaN,,nan,,,NaN,9999-12-31,2020-07-01 12:00",
    ]
    odd = {
        "i": "1.5", "l": "99999999999999999999", "d": "x", "m": "4.256", "r": "1000", "b": "2", "day": "2021-02-29",
        "at": "yesterday",
    }  # fmt: skip
    infinite = {"i": "2147483648", "m": "1000", "day": "infinity", "at": "infinity"}
    names = lines[0].split(",")
    for wrong in (odd, infinite):
        lines += [",".join("9" if name == "id" else (value if name == column else "") for name in names)
                  for column, value in wrong.items()]  # fmt: skip
    source = lay(tmp_path / "in", t__csv="\n".join([lines[0], *fine, *lines[1:]]) + "\n")
    summary = extracted(tmp_path, source, {"t": kinds}, timezone="Europe/Stockholm")
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (15, 3, 12)
    first, second, third = sorted(rows(tmp_path / "raw" / "t"), key=lambda row: str(row["id"]))
    noon = datetime(2020, 7, 1, 12, tzinfo=UTC)
    assert first == {
        "id": "0", "i": 1, "l": 2, "d": 3.0, "m": Decimal("4.25"), "r": Decimal("4.26"), "b": True,
        "day": date(2020, 2, 29), "at": datetime(2020, 1, 1, 10, tzinfo=UTC),
    }  # fmt: skip
    assert (second["i"], second["l"], second["d"], second["m"]) == (-7, 2**53 + 1, 1000.0, Decimal("999.99"))
    assert (second["r"], second["b"], second["day"], second["at"]) == (Decimal("0.00"), False, date(1, 1, 1), noon)
    assert {name: third[name] for name in ("i", "l", "d", "m", "r", "b")} == dict.fromkeys(
        ("i", "l", "d", "m", "r", "b")
    )
    assert third["at"] == datetime(2020, 7, 1, 10, tzinfo=UTC)
    rejected = rows(tmp_path / "rejected")
    told = sorted((row["column"], row["reason"]) for row in rejected)
    reasons = {"i": "int", "l": "long", "d": "double", "m": "decimal(5,2)", "r": "decimal(5,2)", "b": "boolean",
               "day": "date", "at": "timestamptz"}  # fmt: skip
    assert told == sorted((name, f"no {reasons[name]}") for name in [*odd, *infinite])
    assert {json.loads(row["row"])[row["column"]] for row in rejected} == {*odd.values(), *infinite.values()}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Europe/Stockholm", "America/Havana", "Asia/Beirut"])
def test_a_day_for_an_instant_is_known_when_it_is_over(tmp_path: Path, zone: str) -> None:
    """It counts at no cut up to its own day's beginning and at the next day's; a time is the instant that it is."""
    # Some of them have 23 or 25 hours, and some begin an hour late or twice.
    days = [date(2026, 1, 15), *(date(2026, month, day) for month in (3, 10, 11) for day in (1, 7, 8, 28, 29))]
    source = lay(tmp_path / "in", t__csv="id,at\n" + "".join(f"{day},{day}\n" for day in days))
    extracted(tmp_path, source, {"t": ["id", "at timestamptz"]}, timezone=zone)
    found = {row["id"]: row["at"] for row in rows(tmp_path / "raw" / "t")}
    for day in days:
        begins, over = (local_midnight(day + timedelta(days=number), zone) for number in (0, 1))
        assert begins < found[str(day)] < over
        assert found[str(day)].astimezone(ZoneInfo(zone)).date() == day
    timed = lay(tmp_path / "timed", t__csv="id,at\n1,2026-01-15 00:00:00\n2,2026-01-15T00:00+02:00\n3, 2026-01-15 \n")
    extracted(tmp_path, timed, {"t": ["id", "at timestamptz"]})
    assert [row["at"] for row in sorted(rows(tmp_path / "raw" / "t"), key=lambda row: row["id"])] == [
        datetime(2026, 1, 15, tzinfo=UTC),
        datetime(2026, 1, 14, 22, tzinfo=UTC),
        datetime(2026, 1, 15, 23, 59, 59, 999999, tzinfo=UTC),
    ]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    """Numbers of pandas become what is stated; ids that are numbers stay numbers, for the step that refuses them."""
    naive = pa.array([datetime(2020, 7, 1, 12)] * 2, pa.timestamp("ns"))  # noqa: DTZ001 - that is the case
    table = pa.table(
        {
            "t_dat": pa.array([date(2020, 9, 20)] * 2),
            "customer_id": pa.array(["00ab", "00cd"]).dictionary_encode(),
            "article_id": pa.array([108775015] * 2),
            "price": pa.array([0.0508305084745762, float("nan")]),
        }
    )
    buyers = pa.table(
        {
            "customer_id": pa.array(["00ab", "00cd"], pa.large_string()),
            "age": pa.array([49.0, float("nan")]),
            "Active": pa.array([1.0, float("nan")]),
            "signup_date": naive,
            "postal_code": [CANARY, CANARY],
        }
    )
    source = lay(tmp_path / "in", customers__parquet=buyers)
    half = lay(source / "sales", a__parquet=table.slice(0, 1), b__parquet=table.slice(1), _SUCCESS="")
    assert len(list(half.iterdir())) == 3
    extracted(tmp_path, source, timezone="Asia/Tokyo")
    found = sorted(rows(tmp_path / "raw" / "sales"), key=lambda row: row["customer_id"])
    assert datasets.schema(tmp_path / "raw" / "sales").field("article_id").type == pa.int64()
    assert [row["customer_id"] for row in found] == ["00ab", "00cd"]
    assert found[0]["price"] == 0.0508305084745762
    people = rows(tmp_path / "raw" / "customers")
    assert [(row["age"], row["active"]) for row in people] == [(49, True), (None, None)]
    assert people[0]["signup_date"] == datetime(2020, 7, 1, 3, tzinfo=UTC)


def test_a_file_that_is_written_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload that goes on is no whole file, however well its lines end."""
    source = lay(tmp_path / "in", sales__csv=BIG)
    choose = step.choose

    def growing(*given: Any) -> Any:
        with (source / "sales.csv").open("a") as file:
            file.write("2020-09-21,00ab,01,1\n")
        return choose(*given)

    monkeypatch.setattr(step, "choose", growing)
    with pytest.raises(ContractError, match=r"sales\.csv was changed while it was read - run again when it is whole"):
        extracted(tmp_path, source, {"sales": SALES})
    assert not (tmp_path / "raw" / MANIFEST).exists()


def test_a_second_call_replaces_what_a_first_left(tmp_path: Path) -> None:
    """Also where the first wrote more, and rejected rows."""
    one, other = (
        lay(tmp_path / "one", t__csv="id,day\n1,2020-01-01\n2,soon\n"),
        lay(tmp_path / "two", t__csv="id,day\n"),
    )
    asked = {"t": ["id", "day date"]}
    assert extracted(tmp_path, one, asked).rows_rejected == 1
    summary = extracted(tmp_path, other, asked)
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (0, 0, 0)
    assert rows(tmp_path / "raw" / "t") == rows(tmp_path / "rejected") == []


def test_the_step_reads_from_the_store(
    tmp_path: Path, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    """Gzip in a folder of the bucket, as its own process; a bucket without it is one line with exit code 11."""
    for name, value in endpoints(database_url, object_store).items():
        monkeypatch.setenv(name, value)
    content = gzip.compress(LINES.encode())
    object_store.client.put_object(object_store.bucket, "hm/sales/one.csv.gz", io.BytesIO(content), len(content))
    run = _process(tmp_path, f"s3://{object_store.bucket}/hm")
    assert run().returncode == 0
    assert [row["article_id"] for row in rows(tmp_path / "raw" / "sales")] == ["0108775015"] * 2 + ["0108775044"]
    failed = _process(tmp_path, f"s3://{object_store.bucket}/elsewhere")()
    assert (failed.returncode, failed.stderr.count("error: ")) == (11, 1)
    monkeypatch.setenv("MINIO_SECRET_KEY", "wrong")
    failed = run()
    assert (failed.returncode, "may not be read" in failed.stderr) == (11, True), failed.stderr


def _process(directory: Path, path: str) -> Callable[[], subprocess.CompletedProcess[str]]:
    command = [sys.executable, "-m", "components.extract_files", "--tables", json.dumps({"sales": SALES})]
    command += ["--source", "files", "--source-path", path]
    for name in ("raw", "rejected", "summary"):
        command += [f"--{name}", str(directory / name)]
    return lambda: subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
