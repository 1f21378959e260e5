"""The pipeline articles-content as a whole, on real services, through the command."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from components.shell.instants import parse_instant
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop
from stockpot.samples.shop.source import fill
from tests.components.article_versions import oracle
from tests.components.article_versions.histories import cut_at

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in (15, 29)]
ZONE = "Europe/Stockholm"
ARTICLES, VERSIONS = "retail.articles", "retail.article_versions"
pytestmark = [
    pytest.mark.xdist_group("articles-content"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(900),
]


def scale(until: datetime) -> Scale:
    """A small shop on a day."""
    return Scale(customers=20, articles=120, lines_each=3, history=40, events=False, until=until)


def command(home: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and stdout of a command."""
    done = subprocess.run(
        [STOCKPOT, *arguments, "--home", str(home), "--output", "json"],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def run(home: Path, at: datetime) -> tuple[int, str]:
    """Exit code and outcome of a run three hours into a day, which was long ago."""
    given = {"timezone": ZONE, "oldest_hours": "1000000", "changed_template": "embed", "changed_rows": "1"}
    told = [f"--param={name}={value}" for name, value in given.items()]
    return command(home, "run", "articles-content", "--as-of", at.replace(hour=3).isoformat(), *told)


def rows(home: Path, table: str) -> list[dict[str, Any]]:
    """All rows of a table, with instants and money as such."""
    code, out = command(home, "table", table, "--limit", "100000")
    assert code == 0, out
    return [{name: _typed(name, value) for name, value in row.items()} for row in json.loads(out)]


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


def execute(url: str, statement: str) -> None:
    """Execute SQL in the source."""
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


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
        at = cut_at(day.replace(hour=3), ZONE)
        expected = oracle.state(told["articles"], told["categories"], book, at, retire_missing=True)
    for statement, words in (
        ("DELETE FROM articles WHERE right(article_id, 1) <> '1'", "larger max_drop (it was 0.2)"),
        ("DELETE FROM articles", "there are no articles"),
    ):  # fmt: skip
        execute(url, statement)
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
