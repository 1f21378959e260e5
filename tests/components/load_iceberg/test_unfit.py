"""Values that do not fit their column: rejected with a reason, made null or clamped, and counted each time."""

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.begin_run.migrate import migrate
from components.iceberg.conform import conform, target_schema
from components.iceberg.tables import iceberg_schema, parse_definition
from components.iceberg.unfit import fit
from components.load_iceberg.__main__ import main
from components.load_iceberg.load import load, rejected
from components.shell.datasets import files, write_dataset
from components.shell.errors import ConfigurationError, ContractError
from components.shell.summary import read_summary
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, T0, job, table_now
from tests.harness.odd import numbers

TABLE = {
    "name": "odd.numbers",
    "columns": ["at timestamptz!", "place int!", *numbers.columns()],
    "partition": {"at": "day"},
    "interval_column": "at",
}
WORDS = {"reject": "reasons", "null": "nulled", "clamp": "clamped"}


def odd_rows() -> pa.Table:
    """All cases, each value in a row of its own, in the interval of the load."""
    odd = numbers.together()
    at = pa.repeat(pa.scalar(T0, pa.timestamp("us", "UTC")), odd.num_rows)
    return odd.add_column(0, "place", pa.array(range(odd.num_rows), pa.int32())).add_column(0, "at", at)


def definition(policy: str, **changes: object):
    """The definition of the odd table, with one policy for all its columns."""
    unfit = {} if policy == "reject" else {column.split()[0]: policy for column in numbers.columns()}
    return {**TABLE, "unfit": unfit, **changes}


def values(rows: list[dict]) -> list:
    """Column and value of each row, in order: the one that is not null, else none at all."""
    found = []
    for row in sorted(rows, key=lambda row: row["place"]):
        known = [(name, value) for name, value in row.items() if name.startswith("c_") and value is not None]
        assert len(known) <= 1
        found.append(known[0] if known else (None, None))
    return found


def assert_right(found: list, policy: str) -> None:
    """Each value is the right one, to the type and the sign of zero."""
    expected = numbers.expected(policy)
    assert len(found) == len(expected)
    for (name, value), (column, right) in zip(found, expected, strict=True):
        assert (name is None) if right is None else (name == column and numbers.same(value, right)), (column, value)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """The odd rows as a dataset."""
    path = tmp_path_factory.mktemp("odd") / "rows"
    write_dataset(path, odd_rows().schema, odd_rows().to_batches(max_chunksize=11))
    return path


@pytest.mark.parametrize("policy", WORDS)
def test_odd_values_are_loaded_as_the_definition_says(dataset, tmp_path, catalog_env, policy):
    """The table holds the right values, the rest is rejected and counted, and a repeat says the same."""
    document = definition(policy)
    migrate([parse_definition(document)])
    paths = {name: tmp_path / name for name in ("snapshot_id", "rejected", "receipt", "summary")}
    asked = dict(
        rows=dataset, table=document, pipeline="p", version="1", run_key="k", as_of=T0 + 2 * DAY,
        interval_start=EPOCH, interval_end=T0 + DAY, **paths,
    )  # fmt: skip
    seen = []
    for _ in range(2):
        main(**asked)
        summary = read_summary(tmp_path / "summary")
        seen.append((summary.rows_in, summary.rows_out, summary.rows_rejected, summary.details[WORDS[policy]]))
        away = pa.concat_tables(pq.read_table(path) for path in files(tmp_path / "rejected"))
        assert away.schema.names == [*odd_rows().schema.names, "reason"]
        wanted = numbers.reasons() if policy == "reject" else []
        assert away.column("reason").to_pylist() == wanted
        assert away.drop_columns(["reason"]).num_rows == summary.rows_rejected
        assert odd_rows().num_rows == summary.rows_in == summary.rows_out + summary.rows_rejected
    assert seen[0] == seen[1]
    assert seen[0][3] == dict(Counter(numbers.reasons()))
    assert_right(values(table_now("odd.numbers").scan().to_arrow().to_pylist()), policy)


@pytest.mark.parametrize("policy", WORDS)
@pytest.mark.parametrize("case", [*numbers.CASES, *numbers.IN_MEMORY], ids=lambda case: case.name)
def test_each_value_meets_its_fate(case, policy):
    """In memory too, where there are types that no file holds: value for value, with the reason of each."""
    made = parse_definition({"name": "a.b", "columns": [f"x {case.type}"], "unfit": {"x": policy}})
    given = pa.record_batch({"x": case.array})
    found = fit(given, target_schema(iceberg_schema(made), given.schema), dict(made.unfit))
    right = [
        None if why and policy == "null" else best for _, best, why in case.values if not why or policy != "reject"
    ]
    kept = found.rows.column("x").to_pylist()
    assert [numbers.same(*pair) for pair in zip(kept, right, strict=True)] == [True] * len(right), kept
    assert found.tally == Counter((policy, f"x: {why}") for _, _, why in case.values if why)
    away = found.rejected.num_rows if found.rejected else 0
    assert away == (sum(found.tally.values()) if policy == "reject" else 0)


def test_rows_of_a_batch_have_one_reason_and_one_count():
    """A row with several misfits is rejected once, for the first; what is nulled in a rejected row is not counted."""
    made = parse_definition({"name": "a.b", "columns": ["n int", "x float", "m int"], "unfit": {"m": "null"}})
    given = pa.record_batch({"n": [2**40, 1, 1], "x": [1e300, 1e300, 1.0], "m": [2**40, 2**40, 2**40]})
    found = fit(given, target_schema(iceberg_schema(made), given.schema), dict(made.unfit))
    assert found.rows.to_pylist() == [{"n": 1, "x": 1.0, "m": None}]
    assert found.rejected.column("reason").to_pylist() == ["n: too large for int", "x: too large for float"]
    assert found.tally == {
        ("reject", "n: too large for int"): 1,
        ("reject", "x: too large for float"): 1,
        ("null", "m: too large for int"): 1,
    }


def test_the_reason_gives_way_to_a_column_of_that_name():
    """Rows with a column `reason` keep it."""
    made = parse_definition({"name": "a.b", "columns": ["reason int"]})
    given = pa.record_batch({"reason": [2**40]})
    found = fit(given, target_schema(iceberg_schema(made), given.schema), {})
    assert found.rejected.to_pylist() == [{"reason": 2**40, "reason_": "reason: too large for int"}]


def test_dictionaries_are_seen_through():
    """A coded column is judged by its values."""
    made = parse_definition({"name": "a.b", "columns": ["x float"]})
    given = pa.record_batch({"x": pa.array([1e300, 0.5]).dictionary_encode()})
    found = fit(given, target_schema(iceberg_schema(made), given.schema), {})
    assert (found.rows.to_pylist(), found.rejected.num_rows) == ([{"x": 0.5}], 1)


def test_what_may_lose_no_row_refuses_the_value():
    """Where rows are only carried over, a value that does not fit stops the step, also the one that became inf."""
    made = parse_definition({"name": "a.b", "columns": ["x float"]})
    given = pa.record_batch({"x": [1e300, 0.5]})
    with pytest.raises(ContractError, match="'x' has 1 value that does not fit float: too large for float"):
        conform(given, target_schema(iceberg_schema(made), given.schema))


def test_a_load_without_odd_values_says_nothing_of_them(tmp_path, catalog_env):
    """The receipt of clean rows is as it was."""
    migrate([DEFINITION])
    first = job(EPOCH, T0)
    outcome = load(DEFINITION, first.receipt, first.write(tmp_path / "rows"))
    assert (outcome.receipt.unfit, rejected(outcome.receipt), outcome.receipt.rows) == ("", 0, 6)
    assert "stockpot.unfit" not in outcome.summary


def test_a_required_column_still_stops_the_load(tmp_path, catalog_env):
    """A null where none may be is the contract's matter, whatever else is rejected."""
    made = parse_definition({"name": "odd.strict", "columns": ["at timestamptz!", "n int!"], "interval_column": "at"})
    migrate([made])
    at = pa.array([T0, T0], pa.timestamp("us", "UTC"))
    rows = pa.table({"at": at, "n": pa.array([None, 2**40], pa.int64())})
    write_dataset(tmp_path / "rows", rows.schema, rows.to_batches())
    receipt = job(EPOCH, T0 + DAY).receipt
    with pytest.raises(ContractError, match="'n' is null in 1 row"):
        load(made, receipt, tmp_path / "rows")
    assert table_now("odd.strict").snapshots() == []


MALFORMED = {
    "no dictionary": (["n"], 'unfit must be a dictionary such as {"price": "null"}'),
    "unknown column": ({"prise": "null"}, "unfit names column 'prise', which it does not have; did you mean 'price'?"),
    "unknown word": ({"price": "nul"}, "unfit of 'price' is 'nul'; did you mean 'null'?"),
    "no word": ({"price": 1.0}, "unfit of 'price' is 1.0; known are reject, null, clamp"),
    "null where none may be": ({"n": "null"}, "unfit of 'n' is 'null', and 'n int!' may never be null"),
    "clamped interval": ({"t": "clamp"}, "unfit of 't' must be 'reject', for it says which interval a row belongs to"),
}


@pytest.mark.parametrize(("unfit", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_policy_that_makes_no_sense_is_refused_where_it_is_written(unfit, message):
    """Exit 11 with the near match, before anything is read."""
    columns = ["n int!", "price float", "t timestamptz!"]
    with pytest.raises(ConfigurationError) as caught:
        parse_definition({"name": "a.b", "columns": columns, "interval_column": "t", "unfit": unfit})
    assert message in str(caught.value)
