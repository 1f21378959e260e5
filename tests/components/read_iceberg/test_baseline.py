"""What rules beyond the rows are held against: read by one step, used by the check, and a catalogue that stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from components.begin_run.migrate import migrate
from components.check_quality import __main__ as check_quality
from components.check_quality.__main__ import AS_WRITTEN
from components.iceberg.receipts import Receipt
from components.load_iceberg.load import load
from components.read_iceberg.baseline import main
from components.read_iceberg.previous import Comparing
from components.shell.baseline import read_baseline
from components.shell.datasets import write_dataset
from components.shell.errors import ConfigurationError, ContractError
from components.shell.instants import EPOCH
from components.shell.schema import Change, Contract, Drift, References, Table

T0, DAY = datetime(2026, 3, 1, tzinfo=UTC), timedelta(days=1)
ARTICLES = Table("retail.articles", ["article_id string!", "at timestamptz!", "sold boolean"], interval_column="at")
SALES = Table("retail.sales", ["article_id string", "sold boolean"])
CATALOGUE = Contract(
    ARTICLES.fields, Change(max_drop=0.2, key=["article_id"], max_gone=0.4), Drift("sold", max=0.4, severity="warning")
)


def rows(*ids: str, sold: bool | None = None) -> pa.Table:
    """A catalogue of these articles."""
    at = pa.array([T0] * len(ids), pa.timestamp("us", "UTC"))
    return pa.table(
        {"article_id": pa.array(ids, pa.string()), "at": at, "sold": pa.array([sold] * len(ids), pa.bool_())}
    )


class Scene:
    """A catalogue that is checked against its table and then committed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.number = 0

    @property
    def as_of(self) -> datetime:
        """The instant of this run."""
        return T0 + self.number * DAY

    @property
    def key(self) -> str:
        """The key of this run."""
        return f"key-{self.number}"

    def path(self, name: str) -> Path:
        """A path of this run's own."""
        return self.directory / f"{name}-{self.number}"

    def baseline(self, contract: Contract, table: Table = ARTICLES) -> Path:
        """What `read_baseline` finds."""
        self.number += 1
        paths = {name: self.path(name) for name in ("baseline", "summary")}
        run = Comparing("articles", "FullRefresh", self.as_of, self.key)
        main(contract=contract.document(), table=table.document(), run=run, **paths)
        return self.path("baseline")

    def check(self, contract: Contract, table: pa.Table, baseline: Path, max_drop: float = AS_WRITTEN) -> None:
        """Hold the rows against the contract."""
        write_dataset(self.path("rows"), table.schema, table.to_batches())
        out = {name: self.path(name) for name in ("rows", "results", "report", "summary")}
        check_quality.main(contract=contract.document(), as_of=self.as_of, baseline=baseline, max_drop=max_drop, **out)

    def commit(self, table: pa.Table) -> None:
        """Check the catalogue, and have it replace the table."""
        self.check(CATALOGUE, table, self.baseline(CATALOGUE))
        load(
            ARTICLES,
            Receipt(self.key, "articles", EPOCH, self.as_of, self.as_of, "1"),
            self.path("rows"),
        )


def test_an_empty_extract_never_deletes_a_catalogue(tmp_path: Path, catalog_env: object) -> None:
    """Missing table, empty table, first load, a small change, then nothing: the last is refused, and is told why."""
    scene = Scene(tmp_path)
    assert read_baseline(scene.baseline(CATALOGUE), CATALOGUE).rows is None
    migrate([ARTICLES, SALES])
    scene.commit(rows(*"abcde", sold=True))
    scene.commit(rows(*"abcd", sold=True))
    with pytest.raises(
        ContractError, match=r"change\(article_id\): expected .* 0 rows after 4 of snapshot .* 4 of 4 keys"
    ):
        scene.commit(rows())
    with pytest.raises(ContractError, match=r"4 rows after 4 of snapshot .*; 2 of 4 keys gone"):
        scene.commit(rows(*"abxy"))
    found = read_baseline(scene.baseline(CATALOGUE), CATALOGUE)
    assert found is not None
    assert (found.rows, found.means, found.keys) == (4, {"sold": 1.0}, ["previous"])

    once = Contract(ARTICLES.fields, Change(max_drop=0.2))
    told = r"2 rows after 4 of .* see the report; if rows are gone by right, .* max_drop \(it was 0\.3\)"
    with pytest.raises(ContractError, match=told):
        scene.check(once, rows(*"ab"), scene.baseline(once), max_drop=0.3)
    scene.check(once, rows(*"ab"), scene.baseline(once), max_drop=0.5)
    every = Contract(ARTICLES.fields, Change(max_drop=0.5, max_growth=0.2, key=["article_id"], max_gone=0.5))
    for others in (rows(*"abcdef"), rows(*"axyz")):
        with pytest.raises(ContractError, match=r" - see the report$"):
            scene.check(every, others, scene.baseline(every), max_drop=0.5)
    for unsound in (-0.5, 1.5):
        with pytest.raises(ConfigurationError, match="change needs fractions from 0 to 1"):
            scene.check(once, rows(*"ab"), scene.baseline(once), max_drop=unsound)

    sales = Contract([], References(["article_id"], "retail.articles"))
    known = pa.table({"article_id": ["a", None, "d"]})
    scene.check(sales, known, scene.baseline(sales, SALES))
    with pytest.raises(ContractError, match=r"references\(article_id\): .* 1 of 2 is missing there"):
        scene.check(sales, pa.table({"article_id": ["a", "e"]}), scene.baseline(sales, SALES))
    with pytest.raises(ConfigurationError, match="bounds no drop"):
        scene.check(sales, known, scene.baseline(sales, SALES), max_drop=0.5)
    elsewhere = Contract([], References(["article_id"], "retail.article"))
    with pytest.raises(ConfigurationError, match=r"did you mean retail\.articles"):
        scene.baseline(elsewhere, SALES)
