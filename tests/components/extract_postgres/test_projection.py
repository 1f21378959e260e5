"""Only the columns that are asked for leave the database, with the types that were stated, or the run stops."""

import logging
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.extract_postgres.extract import Request, extract
from components.shell.errors import ConfigurationError, ContractError
from components.shell.projection import TYPES
from tests.components.extract_postgres.conftest import places, read, whole
from tests.harness.canary import leaks
from tests.harness.odd.columns import NARROWED, OTHERWISE, STATED, TOO_LONG
from tests.harness.odd.columns import TYPES as DECLARED
from tests.harness.odd.relations import CANARY, RELATIONS

Sql = Callable[..., None]


@pytest.fixture
def odd_relations(sql: Sql) -> None:
    """Relations of every kind, each with something that nobody asks for."""
    for relation in RELATIONS:
        for statement in relation.statements:
            sql(statement)


@pytest.mark.usefixtures("odd_relations")
def test_what_is_not_asked_for_stays_where_it_is(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of any relation just the columns come, and the others are in no file and no log; their types do not matter."""
    asked = {relation.name: relation.asked for relation in RELATIONS}
    with caplog.at_level(logging.DEBUG):
        summary = extract(database_url, Request(asked), places(tmp_path))
    for relation in RELATIONS:
        rows = read(tmp_path / relation.name).to_pylist()
        assert sorted(rows, key=str) == relation.rows, relation.name
    assert leaks({CANARY}, tmp_path) == []
    assert CANARY not in f"{caplog.text}{summary}"
    assert "as_text" not in summary.details
    assert summary.rows_rejected == 0


@pytest.mark.usefixtures("odd_relations")
def test_the_canary_is_seen_where_it_sings(database_url: str, tmp_path: Path) -> None:
    """The counter-test: whole tables bring the value into their files, where it is found."""
    extract(database_url, whole("split", "kept"), places(tmp_path))
    assert {path.parent.name for path, _ in leaks({CANARY}, tmp_path)} == {"split", "kept"}


def test_a_foreign_table_has_columns_like_any_other(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """What is missing of it is named; that its wrapper cannot read is told with its name."""
    sql("CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing")
    sql("CREATE FOREIGN TABLE far (id int, email text) SERVER nowhere")
    with pytest.raises(ContractError, match="table far has no column 'ids', did you mean id"):
        extract(database_url, Request({"far": ["ids"]}), places(tmp_path))
    with pytest.raises(ConfigurationError, match=r"table far: .*no handler"):
        extract(database_url, Request({"far": ["id"]}), places(tmp_path))


def test_stated_types_are_held_to(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A column comes as its stated type where that loses nothing; all that are of another are named in one line."""
    for statement in DECLARED:
        sql(statement)
    sql(f"CREATE TABLE kinds ({', '.join(f'c{number} {one.declared}' for number, one in enumerate(STATED))})")
    values = ", ".join(f"%s::{one.declared}" for one in STATED)
    sql(f"INSERT INTO kinds VALUES ({values})", *(one.literal for one in STATED))
    sql("INSERT INTO kinds DEFAULT VALUES")
    sql(f"CREATE TABLE others ({', '.join(f'c{number} {declared}' for number, (declared, _) in enumerate(OTHERWISE))})")
    asked = [f"c{number} {one.stated}" for number, one in enumerate(STATED)]
    extract(database_url, Request({"kinds": asked}), places(tmp_path))
    table = read(tmp_path / "kinds")
    for number, one in enumerate(STATED):
        column = table.column(f"c{number}")
        assert (column.type, column.to_pylist()) == (one.arrow, [one.value, None]), one
    asked = [f"c{number} {stated}" for number, (_, stated) in enumerate(OTHERWISE)]
    with pytest.raises(ContractError) as raised:
        extract(database_url, Request({"others": asked}), places(tmp_path))
    told = raised.value.message.split("; ")
    assert [line.startswith(f"column others.c{number} is ") for number, line in enumerate(told)] == [True] * len(
        OTHERWISE
    )
    assert told[0] == "column others.c0 is text, not long"


def test_a_wider_number_comes_where_it_fits(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A column may be wider than is asked: what fits comes as it is, and the others leave with their reasons."""
    for number, (_stated, declared, good, bad) in enumerate(NARROWED):
        sql(f"CREATE TABLE wide{number} (id serial, c {declared})")
        for literal, *_ in [*good, ("NULL", None), *bad]:
            sql(f"INSERT INTO wide{number} (c) VALUES (%s)", None if literal == "NULL" else literal)
    asked = {f"wide{number}": ["id int", f"c {stated}"] for number, (stated, *_) in enumerate(NARROWED)}
    summary = extract(database_url, Request(asked), places(tmp_path))
    rejected = read(tmp_path / "_rejected").to_pylist()
    for number, (stated, _declared, good, bad) in enumerate(NARROWED):
        name = f"wide{number}"
        assert read(tmp_path / name).column("c").to_pylist() == [*(value for _, value in good), None], (name, stated)
        told = sorted(row["reason"] for row in rejected if row["table"] == name)
        assert told == sorted(reason for _, reason in bad), name
        assert summary.details["rejected"][f"{name}.c"] == len(bad)
    extract(database_url, Request(asked, unfit={"*": "null"}), places(tmp_path))
    assert read(tmp_path / "wide0").column("c").to_pylist() == [-(2**31), None, None, None]


def test_an_id_of_any_type_is_a_text_where_it_can_be_one(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """`~string` has uuids as their texts and texts as they are; numbers stay numbers, for the step to judge."""
    one = "0b0e8a5e-8f0c-4c5a-9b0f-0a1b2c3d4e5f"
    sql("CREATE TABLE ids (a uuid, b text, c bigint, d numeric, e numeric(40,1), f numeric[])")
    sql("INSERT INTO ids VALUES (%s, '007', 7, 108775015, 7.0, '{7}'), (NULL, NULL, NULL, NULL, NULL, NULL)", one)
    asked = [*(f"{name} ~string" for name in "abcdef"), "g ~string?"]
    extract(database_url, Request({"ids": asked}), places(tmp_path))
    rows = [tuple(row.values()) for row in read(tmp_path / "ids").to_pylist()]
    assert rows == [(one, "007", 7, Decimal(108775015), Decimal(7), ["7"], None), (None,) * 7]


def test_a_number_with_too_many_digits_is_unfit(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A numeric without a precision comes as the stated decimal; a value that it cannot hold follows the policy."""
    sql("CREATE TABLE lines (id int, price numeric)")
    for number, literal in enumerate([*TOO_LONG, "12345678901.123456789", "1.50000000000000", None]):
        sql("INSERT INTO lines VALUES (%s, %s)", number, literal)
    request = {"lines": ["id int", "price decimal(20,9)"]}
    summary = extract(database_url, Request(request), places(tmp_path))
    assert [str(price) for price in read(tmp_path / "lines").column("price").to_pylist()] == [
        "12345678901.123456789", "1.500000000", "None",
    ]  # fmt: skip
    assert (summary.rows_rejected, summary.details["rejected"]) == (len(TOO_LONG), {"lines.price": len(TOO_LONG)})
    reasons = {row["reason"] for row in read(tmp_path / "_rejected").to_pylist()}
    assert reasons == {"is no finite number", "has more digits than decimal(20,9) holds"}
    summary = extract(database_url, Request(request, unfit={"lines.price": "null"}), places(tmp_path))
    assert read(tmp_path / "lines").column("id").to_pylist() == list(range(len(TOO_LONG) + 3))
    assert summary.details["nulled"] == {"lines.price": len(TOO_LONG)}


def test_optional_columns_that_are_missing_are_told_once(
    sql: Sql, database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come as nulls of their type, whole tables without rows, however many parts are copied."""
    monkeypatch.setattr("components.extract_postgres.extract._LEAST_BLOCKS", 1)
    sql("CREATE TABLE users AS SELECT i AS id, repeat('x', 900) AS filler FROM generate_series(1, 100) i")
    kinds = [*TYPES, "decimal(20,9)", "list<timestamptz>"]
    asked = {"users": ["id", *(f'"{kind}" {kind}?' for kind in kinds)], "orders?": ["id long", "at timestamptz?"]}
    summary = extract(database_url, Request(asked, workers=2), places(tmp_path))
    users = read(tmp_path / "users")
    assert users.schema.names == ["id", *kinds]
    assert {column.null_count for column in users.columns[1:]} == {100}
    arrow = [
        "string",
        "bool",
        "int32",
        "int64",
        "float",
        "double",
        "date32[day]",
        "time64[us]",
        "timestamp[us, tz=UTC]",
    ]
    arrow += ["extension<arrow.uuid>", "binary", "decimal128(20, 9)", "list<element: timestamp[us, tz=UTC]>"]
    assert [str(field.type) for field in list(users.schema)[1:]] == arrow
    orders = read(tmp_path / "orders")
    assert (orders.num_rows, orders.schema.names) == (0, ["id", "at"])
    assert orders.schema.field("id").type == pa.int64()
    assert summary.details["missing_columns"] == {"users": kinds}
    assert summary.details["missing_tables"] == ["orders"]
    told = [record.getMessage() for record in caplog.records if "lacks" in record.getMessage()]
    starts = ("the source lacks users.string, users.boolean, ", "the source lacks the tables orders:")
    assert len(told) == len(starts)
    assert all(map(str.startswith, told, starts)), told
    summary = extract(database_url, Request({"orders?": ["id long"]}), places(tmp_path))
    assert (summary.rows_out, summary.details["missing_tables"]) == (0, ["orders"])


@pytest.fixture
def shop(sql: Sql) -> None:
    """Two tables with names of people in them."""
    sql("CREATE TABLE customers (id int, created_at timestamptz, email text, first_name text, code text, label text)")
    sql(f"INSERT INTO customers VALUES (1, now(), '{CANARY}', '{CANARY}', 'c', 'l')")
    sql("CREATE TABLE orders (order_id int, placed date)")


@pytest.mark.usefixtures("shop")
def test_all_that_is_missing_is_named_in_one_line(database_url: str, tmp_path: Path) -> None:
    """Every required column that no table has, with its near match, and nothing is written."""
    asked = {
        "customers": ["id", "creatd_at timestamptz", "born|birth date personal"],
        "orders": ["total long", "order_id string"],
    }
    with pytest.raises(ContractError) as raised:
        extract(database_url, Request(asked), places(tmp_path))
    assert raised.value.message == (
        "table customers has no column 'creatd_at', did you mean created_at?; table customers has no column 'born or"
        " birth'; table orders has no column 'total'; column orders.order_id is integer, not string"
    )
    assert list(tmp_path.iterdir()) == []


UNMARKED: list[tuple[dict[str, Any], str]] = [
    (
        {"tables": {"customers": ["id", "email", "first_name"]}},
        "columns customers.email, customers.first_name are personal",
    ),
    ({"tables": {"customers": ["*"]}}, "columns customers.email, customers.first_name are personal"),
    ({"tables": {"customers": ["*", "email personal"]}}, "column customers.first_name is personal"),
    ({"tables": {"customers": ["label|email"]}}, "column customers.label is personal"),
    ({"tables": {"customers": ["label"]}, "names": {"customers.label": "email"}}, "column customers.label is personal"),
    (
        {"tables": {"people": ["label"]}, "names": {"people": "customers", "people.label": "first_name"}},
        "column people.label is personal",
    ),
    ({"tables": {"customers": ["code"]}, "personal": ["code"]}, "column customers.code is personal"),
]


@pytest.mark.usefixtures("shop")
def test_personal_columns_are_refused_unless_marked(database_url: str, tmp_path: Path) -> None:
    """By our name and by the source's, in whole tables too; nothing is written."""
    for request, message in UNMARKED:
        with pytest.raises(ConfigurationError, match="written with the word behind it") as raised:
            extract(database_url, Request(**request), places(tmp_path))
        assert raised.value.message == message
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("shop")
def test_personal_columns_come_where_they_are_marked(database_url: str, tmp_path: Path) -> None:
    """The word behind a column, or a shorter list of what is personal, lets it pass."""
    asked = {"customers": ["email string personal", "*"]}
    extract(database_url, Request(asked, personal=["-first_name"]), places(tmp_path))
    (row,) = read(tmp_path / "customers").drop_columns("created_at").to_pylist()
    assert row == {"email": CANARY, "id": 1, "first_name": CANARY, "code": "c", "label": "l"}


@pytest.mark.usefixtures("shop")
def test_a_source_may_have_other_names(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """Tables and columns come under our names, whatever the parameter names says they are called there."""
    sql('CREATE SCHEMA crm; CREATE TABLE crm."Kunden" ("Nr" int, alter int); INSERT INTO crm."Kunden" VALUES (7, 40)')
    asked = {"customers": ["customer_id long", "age int?", "city string?"]}
    names = {"customers": "crm.Kunden", "customers.customer_id": "Nr", "customers.age": "alter"}
    summary = extract(database_url, Request(asked, names=names), places(tmp_path))
    assert read(tmp_path / "customers").to_pylist() == [{"customer_id": 7, "age": 40, "city": None}]
    assert summary.details["missing_columns"] == {"customers": ["city"]}
    for wrong, message in [
        ({**names, "customers.age": "altr"}, r"table crm\.Kunden has no column 'altr', did you mean alter\?"),
        ({**names, "customers.agee": "alter"}, r"names has 'customers\.agee', .* did you mean customers\.age\?"),
        ({"customers": "crm.Kunde"}, r"no table crm\.Kunde; did you mean .* - correct the parameter names"),
        ({"customers": ""}, "which is no name"),
    ]:
        with pytest.raises(ConfigurationError) as raised:
            extract(database_url, Request(asked, names=wrong), places(tmp_path))
        assert re.search(message, str(raised.value)), raised.value
    with pytest.raises(ConfigurationError) as raised:
        extract(database_url, Request({"clients": ["id"]}), places(tmp_path))
    assert str(raised.value).endswith("- say in names what the source calls it, or correct source_tables")


@pytest.mark.parametrize(("column", "names"), [
    ("uploaded_at timestamptz", {"events.uploaded_at": "at"}), ("uploaded_at|at timestamptz", {}), ("at", {}),
    ("missing|at", {}), ("uploaded_at timestamptz?", {}),
])  # fmt: skip
def test_bounds_are_of_the_column_that_we_call_so(
    sql: Sql, database_url: str, tmp_path: Path, column: str, names: dict[str, str]
) -> None:
    """By whatever name the source has it; what is not asked for, or is missing, is looked for by the source's own."""
    sql("CREATE TABLE events (id int, at timestamptz)")
    sql("INSERT INTO events SELECT day, make_timestamptz(2026, 1, day, 0, 0, 0, 'UTC') FROM generate_series(1, 4) day")
    ours = column.partition(" ")[0].partition("|")[0]
    bounds = {"column": "at" if column.endswith("?") else ours, "since": "2026-01-02T00:00:00Z"}
    extract(database_url, Request({"events": ["id", column]}, names=names, **bounds), places(tmp_path))
    assert read(tmp_path / "events").column("id").to_pylist() == [2, 3, 4]


@pytest.mark.usefixtures("shop")
def test_what_is_rejected_has_no_more_columns_than_what_is_copied(sql: Sql, database_url: str, tmp_path: Path) -> None:
    """A row that leaves through the rejected ones leaves its other columns behind too."""
    sql("UPDATE customers SET created_at = 'infinity'")
    summary = extract(database_url, Request({"customers": ["id", "created_at"]}), places(tmp_path))
    assert summary.rows_rejected == 1
    assert read(tmp_path / "_rejected").to_pylist()[0]["row"] == '{"id": 1, "created_at": null}'
    assert leaks({CANARY}, tmp_path) == []
