"""moderation-training after event-aggregation: exact views where events cover the interval, milestones where not."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from components.shell.names import CATALOG_PREFIX
from tests.harness import tables

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
AS_OF, LATER = "2026-01-15T00:00:00Z", "2026-01-20T00:00:00Z"
WINDOWS = {"views_5min": timedelta(minutes=5), "views_1hr": timedelta(hours=1)}
# Three whole runs, each step in an environment of its own: on a machine with other work to do that takes its time.
pytestmark = [pytest.mark.xdist_group("views-from-events"), pytest.mark.timeout(900)]


class Home:
    """A home with running services, the sample in its database, and its topics as files."""

    def __init__(self, path: Path) -> None:
        named = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(named)}
        self.path = path / "home"
        self.environment["STOCKPOT_HOME"] = str(self.path)
        self.events = path / "events"

    def command(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        done = subprocess.run(
            [STOCKPOT, *arguments], env=self.environment, capture_output=True, text=True, timeout=900, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def run(self, pipeline: str, *arguments: str) -> tuple[int, dict[str, Any]]:
        """Exit code and outcome of a run."""
        code, out, err = self.command("run", pipeline, "--output", "json", *arguments)
        return code, json.loads(out) if out.strip() else {"error": err}

    def sql(self, variable: str, statement: str) -> list[tuple[Any, ...]]:
        """What a statement gives in the database whose address is in the variable."""
        _, exports, _ = self.command("services", "env")
        (url,) = [line.partition("=")[2].strip("'\"") for line in exports.splitlines() if f"{variable}=" in line]
        connection = psycopg2.connect(url.replace("+psycopg2", ""))
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            found = cursor.fetchall()
        connection.close()
        return list(found)

    def views(self) -> dict[str, Any]:
        """What etl_runs says of the views of the last run."""
        found = "SELECT details #> '{features,views}' AS views, started_at FROM etl_runs"
        statement = f"SELECT views FROM ({found}) AS runs WHERE views IS NOT NULL ORDER BY started_at DESC LIMIT 1"
        ((views,),) = self.sql(f"{CATALOG_PREFIX}URI", statement)
        return dict(views)

    def receipt(self, outcome: dict[str, Any]) -> dict[str, str]:
        """The receipt that a run wrote."""
        steps = Path(self.environment["STOCKPOT_HOME"]) / "runs" / outcome["run"] / "steps"
        return dict(json.loads((steps / "load-iceberg/outputs/receipt").read_bytes()))


@pytest.fixture(scope="module")
def home(scratch: Path) -> Iterator[Home]:
    """The home of this module, with the table of events filled up to the first instant."""
    home = Home(scratch / "views")
    code, _, err = home.command("services", "up")
    assert code == 0, err
    try:
        assert home.command("sample-data")[0] == 0
        assert home.command("sample-data", "events", "--out", str(home.events))[0] == 0
        code, outcome = home.run("event-aggregation", "--events", str(home.events), "--as-of", AS_OF)
        assert code == 0, outcome["error"]
        yield home
    finally:
        home.command("services", "down")


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _views(directory: Path) -> dict[str, list[tuple[datetime, datetime]]]:
    """When each view happened and became known, by image, read with plain loops; malformed lines have neither."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for path in sorted(directory.glob("gourmetgram.views/*.jsonl.gz")):
        for line in gzip.decompress(path.read_bytes()).splitlines():
            try:
                event = json.loads(line)
                view = _instant(event["viewed_at"]), _instant(event["known_at"])
                if event["event_type"] == "view":
                    found.setdefault(event["image_id"], []).append(view)
            except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
                continue
    return found


def _counted(row: dict[str, Any], views: list[tuple[datetime, datetime]], window: timedelta) -> int:
    uploaded, decided = _instant(row["uploaded_at"]), _instant(row["decision_at"])
    return sum(
        known <= decided
        and uploaded <= happened <= decided
        and (happened > decided - window or window >= decided - uploaded)
        for happened, known in views
    )


@pytest.mark.turns
def test_views_are_counted_exactly_where_events_cover_the_interval(home: Home) -> None:
    """With the table there, every count is that of plain loops over the topic, and the receipt says from where."""
    code, outcome = home.run("moderation-training", "--as-of", AS_OF)
    assert code == 0, outcome["error"]
    receipt, told = home.receipt(outcome), home.views()
    assert told["from"] == "events"
    assert receipt["stockpot.source"] == told["source"] == f"event_aggregations.events, snapshot {told['snapshot_id']}"
    rows, views = tables.rows(home.path, "moderation.training_data"), _views(home.events)
    expected = [{name: _counted(row, views.get(row["image_id"], []), w) for name, w in WINDOWS.items()} for row in rows]
    assert [{name: row[name] for name in WINDOWS} for row in rows] == expected
    assert sum(row["views_5min"] for row in rows) > 100


@pytest.mark.turns
def test_an_interval_beyond_the_events_counts_milestones(home: Home) -> None:
    """Where events end before the last decision, milestones are counted, with the reason; events alone end with 13."""
    columns = "id, user_id, s3_url, created_at, views"
    late = f"INSERT INTO images ({columns}) SELECT gen_random_uuid(), id, 's3://x', '2026-01-18Z', 0 FROM users LIMIT 1"
    home.sql(" DATABASE_URL", f"{late} RETURNING id")
    code, outcome = home.run("moderation-training", "--as-of", LATER, "--param", "views_from=events")
    assert code == 13
    assert "is filled up to 2026-01-1" in outcome["error"]
    code, outcome = home.run("moderation-training", "--as-of", LATER)
    assert code == 0, outcome["error"]
    assert home.receipt(outcome)["stockpot.source"] == "image_milestones"
    assert home.views()["from"] == "milestones"
    assert "is filled up to" in home.views()["why"]


def test_gaps_of_a_stream_are_listed(home: Home) -> None:
    """Hours up to the last run are done, the next ones are missing."""
    span = ("--from", "2026-01-14T22:00:00Z", "--to", "2026-01-15T02:00:00Z")
    code, out, err = home.command("backfill", "event-aggregation", *span, "--dry-run", "--output", "json")
    assert code == 0, err
    assert [one["state"] for one in json.loads(out)] == ["done", "done", "missing", "missing"]
