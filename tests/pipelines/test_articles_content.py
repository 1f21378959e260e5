"""The pipeline articles-content as a whole, on real services, through the command."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from components.shell.instants import parse_instant
from pipelines.articles_content import VERSIONED
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.components.article_versions import oracle
from tests.components.article_versions.histories import cut_at
from tests.harness import tables
from tests.pipelines import shops
from tests.pipelines.pages import pictures

DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in (15, 29)]
ARTICLES, VERSIONS = "retail.articles", "retail.article_versions"
pytestmark = [
    pytest.mark.xdist_group("articles-content"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def scale(until: datetime) -> Scale:
    """A small shop on a day."""
    return Scale(customers=20, articles=120, lines_each=3, history=40, events=False, until=until)


def run(home: Path, at: datetime) -> tuple[int, str]:
    """Exit code and outcome of a run three hours into a day, which was long ago."""
    given = {"oldest_hours": "1000000", "changed_template": "embed", "changed_rows": "1"}
    return shops.run(home, "articles-content", at.replace(hour=3).isoformat(), **given)


def rows(home: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, with instants and money as such."""
    return [{name: _typed(name, value) for name, value in row.items()} for row in tables.rows(home, table)]


def _typed(name: str, value: Any) -> Any:
    if value is not None and (name.endswith(("_at", "_from", "_to")) or name == "last_updated"):
        return parse_instant(value)
    return Decimal(str(value)) if name == "price" and value is not None else value


def source(until: datetime) -> dict[str, list[Mapping[str, Any]]]:
    """Articles and categories of the shop on a day."""
    found: dict[str, list[Mapping[str, Any]]] = {"articles": [], "categories": []}
    for name, part in shop(scale(until)):
        if name in found:
            found[name] += [{**row, "known_at": None} if name == "articles" else row for row in part.to_pylist()]
    return found


@pytest.mark.turns(first=2)
def test_each_day_is_the_catalogue_and_what_it_said(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """Both tables hold the oracle's rows, and the workflow that follows is told of the snapshot.

    They still do when half an extract has come, or nothing of it: exit 10, for a catalogue never vanishes.
    """
    url, book = catalog_env["DATABASE_URL"], oracle.Book()
    for day in DAYS:
        fill(url, scale(day))
        code, out = run(tmp_path, day)
        assert code == 0, out
        assert '"name": "articles_snapshot"' in out
        told = source(day)
        at = cut_at(day.replace(hour=3), shops.ZONE)
        expected = oracle.state(told["articles"], told["categories"], book, at, retire_missing=True)
    page = pictures(out)
    for statement, words in (
        ("DELETE FROM articles WHERE right(article_id, 1) <> '1'", "larger max_drop (it was 0.2)"),
        ("DELETE FROM articles", "there are no articles"),
    ):  # fmt: skip
        shops.execute(url, statement)
        code, out = run(tmp_path, datetime(2026, 1, 30, tzinfo=UTC))
        assert (code, words in out) == (10, True), out
    found = sorted(rows(tmp_path, ARTICLES), key=lambda row: row["article_id"])
    assert found == expected
    versions = rows(tmp_path, VERSIONS)
    for row in versions:
        held = dict(book.versions[row["article_id"]][row["version"] - 1])
        assert {name: row[name] for name in oracle.COLUMNS} == held.pop("row")
        assert {name: row[name] for name in held} == held
    assert len(versions) == sum(map(len, book.versions.values())) > len(found)
    assert any(row["is_deleted"] for row in versions)
    assert shown(page) == changed(versions, DAYS[1].replace(hour=3))


def shown(page: ET.Element) -> tuple[dict[str, int], dict[str, int]]:
    """What the report's first picture says of its run: versions of each kind, and changes by column."""
    by_run, by_column = list(page.iter("table"))[:2]
    kinds = [head.text or "" for head in by_run.findall("thead/tr/th")][1:]
    newest = [int(cell.findtext("span", "")) for cell in by_run.findall("tbody/tr")[0].findall("td")]
    columns = {row.findtext("th/code", ""): int(row.findtext("td/span", "")) for row in by_column.iter("tr")}
    return dict(zip(kinds, newest, strict=True)), columns


def changed(versions: list[dict[str, Any]], at: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """The same from the versions themselves, one by one."""
    by_number = {(row["article_id"], row["version"]): row for row in versions}
    kinds, columns = Counter[str](), Counter[str]()
    for row in (row for row in versions if row["known_at"] == at):
        before = by_number.get((row["article_id"], row["version"] - 1))
        kind = "New" if before is None else "Gone" if row["is_deleted"] else "Changed"
        kinds["Came back" if before and before["is_deleted"] else kind] += 1
        if before and kind == "Changed" and not before["is_deleted"]:
            columns.update(name for name in VERSIONED if row[name] != before[name])
    return {kind: kinds[kind] for kind in ("New", "Changed", "Came back", "Gone")}, dict(columns)
