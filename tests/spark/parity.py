"""What Spark would compute otherwise than DuckDB, kind by kind: `make test-spark`.

Not among the other tests: it needs Java and 434 MB of PySpark.
"""

import math
import os
import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pytest
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from pyspark.sql import SparkSession

from components.begin_run.migrate import migrate
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.staging import Staging
from components.iceberg.tables import parse_definition
from components.moderation_features import repeats
from components.moderation_features.events import epoch_us
from components.moderation_features.sources import normal_id
from components.retail.columns import instant
from components.shell import compute, ids
from components.shell import engine as duckdb
from components.shell.as_json import as_json
from components.shell.engine import keep, records
from components.shell.errors import ContractError
from components.shell.settings import COMPUTE
from components.shell.spark_sql import _Compiler, _query
from components.vectors.arrays import lists
from tests.harness.compute import read
from tests.harness.odd.ids import PLAIN, SPELLINGS
from tests.harness.odd.numbers import INFINITY

ROWS = pa.table(
    {
        # Hours that clocks leave out and show twice, by an hour and by half of one, and at midnight.
        "at": [datetime(2024, 3, 31, 2, 30), datetime(2024, 10, 27, 2, 30), datetime(2024, 4, 7, 1, 45),  # noqa: DTZ001 - of clocks
               datetime(2024, 11, 3, 0, 30), datetime(2024, 9, 8)],  # noqa: DTZ001 - of clocks
        "price": pa.array([Decimal("0.050831001")] * 5, pa.decimal128(20, 9)),
        "quantity": pa.array([3, 1, 7, 11, 13], pa.int64()),
        "ever": pa.array([0, -INFINITY, -1, INFINITY, None], pa.timestamp("us", "UTC")),
    }
)  # fmt: skip
ZONES = ("Europe/Stockholm", "Australia/Lord_Howe", "America/Havana", "America/Santiago")
Expression = Callable[[ir.Table], ir.Table]


def instants(rows: ir.Table) -> ir.Table:
    """What clocks show, in each of the zones."""
    return rows.select("quantity", **{zone: instant(rows, "at", zone) for zone in ZONES}).order_by("quantity")


def money(rows: ir.Table) -> ir.Table:
    """A product of decimals, whose digits all count."""
    return rows.agg(money=(rows.price * rows.quantity).sum().cast("decimal(38, 9)"))


def none(rows: ir.Table) -> ir.Table:
    """How many rows of none meet a condition."""
    few = rows.filter(rows.quantity > 99)
    return few.agg(few=few.count(where=few.quantity > 1))


def quotient(rows: ir.Table) -> ir.Table:
    """A quotient of doubles."""
    return rows.select("quantity", part=rows.quantity / ibis.literal(30.0)).order_by("quantity")


def whole(rows: ir.Table) -> ir.Table:
    """Fractions as whole numbers, halves among them."""
    half = rows.quantity / ibis.literal(2.0)
    exact = half.cast("decimal(20, 9)")
    told = {"half": half.cast("int64"), "exact": exact.cast("int64"), "below": (-exact).cast("int64")}
    return rows.select("quantity", **told).order_by("quantity")


def days(rows: ir.Table) -> ir.Table:
    """A row for each of some numbers, of which there may be none."""
    each = rows.select("quantity", day=ibis.range(7, rows.quantity).unnest())
    return each.order_by("quantity", "day")


def next_hours(rows: ir.Table) -> ir.Table:
    """Of each row the first one that is a day later or more; none of the last."""
    following = rows.select(next="at", next_quantity="quantity")
    later = rows.select("quantity", at=rows.at + ibis.interval(days=1))
    joined = later.asof_join(following, on=later.at <= following.next)
    return joined.select("quantity", "next_quantity").order_by("quantity")


def texts(rows: ir.Table) -> ir.Table:
    """Rows as texts: nulls, numbers, days and instants."""
    row = {"at": rows.at, "instant": instant(rows, "at", ZONES[0]), "none": ibis.null("string"), "price": rows.price}
    return rows.select("quantity", row=as_json(ibis.struct({**row, "day": rows.at.date()}))).order_by("quantity")


def spellings(_: ir.Table) -> ir.Table:
    """Ids in whatever way they are written, in their normal form."""
    written = ibis.array([given for given, _ in SPELLINGS] + [f"{PLAIN}\n"]).unnest().name("written").as_table()
    return written.mutate(normal=normal_id(written.written)).order_by("written")


def first_copies(rows: ir.Table) -> ir.Table:
    """Of rows that came again the least, nulls last."""
    copies = rows.select(key=ibis.literal(1), part=(rows.quantity > 5).ifelse(rows.quantity, ibis.null("int64")))
    return repeats.once(copies, ["key"], ["part"])


def microseconds(rows: ir.Table) -> ir.Table:
    """Instants as numbers, and both infinities, which are none."""
    found = {"at": epoch_us(instant(rows, "at", "UTC")), "ever": epoch_us(rows.ever)}
    return rows.select("quantity", **found).order_by("quantity")


def logarithms(_: ir.Table) -> ir.Table:
    """Of the counts that features take them of."""
    counts = ibis.range(1, 20_000).unnest().name("number").as_table()
    return counts.select("number", log=counts.number.ln()).order_by("number")


def on(backend: Any, expression: Expression, directory: Path) -> list[dict[str, Any]]:
    """The rows of the expression."""
    found: list[dict[str, Any]] = records(backend, expression(read(backend, ROWS, directory / "rows.parquet")))
    return found


def by_both(expression: Expression, directory: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows by DuckDB and by Spark."""
    _query.cache_clear()
    with duckdb.engine("100MB", ids.MACROS) as usual, compute.engine("1GB") as other:
        assert other.name.startswith("spark ")
        return on(usual, expression, directory), on(other, expression, directory)


def _plainly(_: _Compiler, zone: Any, at: Any) -> Any:
    return _.f.anon.to_utc_timestamp(at, zone)


def without_second_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Spark's own word for what clocks show twice."""
    monkeypatch.setattr(_Compiler, "_in_zone", _plainly)


def with_fewer_digits(_: pytest.MonkeyPatch) -> None:
    """Have Spark round products, as it does by default."""
    session().conf.set("spark.sql.decimalOperations.allowPrecisionLoss", "true")


def with_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count by sums, as Ibis does."""
    monkeypatch.delattr(_Compiler, "visit_CountStar")


def with_decimals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write doubles as Ibis does."""
    monkeypatch.setattr(_Compiler, "visit_NonNullLiteral", SQLGlotCompiler.visit_NonNullLiteral)


def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make whole numbers as Spark does."""
    monkeypatch.delattr(_Compiler, "visit_Cast")


def with_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take ranges as Spark does, with the number that they end at."""
    monkeypatch.setattr(_Compiler, "visit_IntegerRange", _sequence)


def _sequence(_: _Compiler, _op: Any, *, start: Any, stop: Any, step: Any) -> Any:
    return _.f.sequence(start, _.f.greatest(start, stop), step)


def with_all_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Join by the order alone."""
    monkeypatch.setattr(_Compiler, "visit_JoinLink", _ordered)


def _ordered(_: _Compiler, op: Any, *, how: str, table: Any, predicates: Any) -> Any:
    return SQLGlotCompiler.visit_JoinLink(_, op, how=how.replace("asof", "left"), table=table, predicates=predicates)


def without_nulls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write rows as Spark does."""
    monkeypatch.setattr(_Compiler, "_as_json", lambda compiler, row, _: compiler.f.anon.to_json(row))


def as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take ids as they are, without their padding."""
    monkeypatch.setattr(_Compiler, "_normal_id", lambda compiler, given: compiler.f.anon.rtrim(given))


def with_nulls_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare rows as each engine does."""
    monkeypatch.setattr(repeats, "_nulls_last", lambda rows, column: [(column, rows[column])])


def with_infinity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Spark's own number of each instant."""
    monkeypatch.setattr(_Compiler, "_micros", lambda compiler, at: compiler.f.anon.unix_micros(at))


def session() -> Any:
    """The session of the tests."""
    return SparkSession.getActiveSession()


@pytest.fixture(autouse=True)
def _as_before() -> Any:
    yield
    session().conf.set("spark.sql.decimalOperations.allowPrecisionLoss", "false")
    _query.cache_clear()


@pytest.mark.parametrize(
    ("expression", "plant"),
    [
        (instants, without_second_hours),
        (money, with_fewer_digits),
        (none, with_sums),
        (quotient, with_decimals),
        (whole, cut_off),
        (days, with_the_last),
        (next_hours, with_all_that_follow),
        (texts, without_nulls),
        (spellings, as_written),
        (first_copies, with_nulls_first),
        (microseconds, with_infinity),
    ],
)
def test_both_say_the_same_and_a_planted_difference_is_found(
    expression: Expression,
    plant: Callable[[pytest.MonkeyPatch], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each kind by itself, and what Spark or Ibis would make of it."""
    usual, other = by_both(expression, tmp_path)
    assert usual == other
    plant(monkeypatch)
    usual, other = by_both(expression, tmp_path)
    assert usual != other


def test_logarithms_differ_in_no_more_than_their_last_bit(tmp_path: Path) -> None:
    """Java's are not C's: of a hundred counts one is rounded otherwise."""
    usual, other = by_both(logarithms, tmp_path)
    assert [row["number"] for row in usual] == [row["number"] for row in other]
    assert all(abs(a["log"] - b["log"]) <= math.ulp(a["log"]) for a, b in zip(usual, other, strict=True))


def test_a_uuid_is_read_as_its_text(tmp_path: Path) -> None:
    """Spark has no such type; the rows beside it are as they were."""
    found = [uuid.UUID(int=number) for number in (7, 1 << 127)]
    rows = pa.table({"id": pa.array([one.bytes for one in found], pa.uuid()), "number": [1, 2]})
    with compute.engine("1GB") as backend:
        held = records(backend, read(backend, rows, tmp_path / "rows.parquet"))
    assert sorted(row["id"] for row in held) == sorted(map(str, found))
    assert sorted(row["number"] for row in held) == [1, 2]


@pytest.mark.usefixtures("catalog_env")
def test_vectors_of_a_table_are_read_as_lists_of_floats(tmp_path: Path) -> None:
    """From the file that a table of ours has."""
    vectors = np.random.default_rng(3).standard_normal((50, 8)).astype(np.float32)
    ids = [f"{place:03}" for place in range(len(vectors))]
    migrate([parse_definition({"name": "retail.vectors", "columns": ["article_id string!", "vector list<float>!"]})])
    table = load_table(open_catalog(), "retail.vectors")
    with Staging(table, "k") as staging:
        (file,) = staging.write(pa.table({"article_id": ids, "vector": lists(vectors)}).to_batches())
    path = tmp_path / "vectors.parquet"
    path.write_bytes(table.io.new_input(file.file_path).open().read())
    rows = session().read.parquet(str(path)).orderBy("article_id").collect()
    assert [row["article_id"] for row in rows] == ids
    assert np.array_equal(np.array([row["vector"] for row in rows], np.float32), vectors)


def test_what_does_not_fit_is_an_error_of_data() -> None:
    """And its value, which may be anybody's, is not told."""
    large = ibis.range(1, 3).unnest().name("number").as_table().mutate(large=ibis.literal(9_000_000_000_000_000_000))
    with pytest.raises(ContractError, match="does not fit its type") as caught, compute.engine("1GB") as backend:
        keep(backend, "large", large.mutate(sum=large.large + large.large))
    assert "9000" not in str(caught.value)


def test_a_step_says_what_computed() -> None:
    """Spark is named in its summary."""
    assert os.environ[COMPUTE]
    with compute.engine("1GB") as backend:
        assert compute.named(backend) == {"engine": backend.name}
