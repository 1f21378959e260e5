"""The moderation pipeline as a whole: bad input, twins and violent ends, on real services, through the command."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from minio import Minio

from stockpot.local.records import list_runs
from stockpot.samples.gourmetgram import sample
from tests.harness import notebooks, tables
from tests.harness.canary import leaks
from tests.harness.waiting import wait_for

STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "notebooks" / "moderation_model.ipynb"
FIRST, NEXT = "2026-01-15T00:00:00Z", "2026-01-16T00:00:00Z"
USER = "11111111-1111-4111-8111-111111111111"
# Several whole runs in one test, beside whatever else the machine does.
pytestmark = [pytest.mark.xdist_group("moderation-training"), pytest.mark.timeout(1200)]


@dataclass(frozen=True)
class Kitchen:
    """A home with running services, the source's address for its owner, and no other endpoint in the environment."""

    home: Path
    environment: dict[str, str]
    database_url: str

    def start(self, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
        """A running command."""
        return subprocess.Popen(
            [STOCKPOT, *arguments, "--home", str(self.home)],
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def command(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of a command."""
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=600)
        return process.returncode, out, err

    def run(self, as_of: str, **environment: str) -> tuple[int, dict[str, Any], str]:
        """Exit code, outcome and stderr of a run of the pipeline."""
        code, out, err = self.command("run", "moderation-training", "--as-of", as_of, "--output", "json", **environment)
        return code, json.loads(out) if out.strip() else {}, err

    def rows(self) -> list[dict[str, Any]]:
        """All rows of the table."""
        return tables.rows(self.home, "moderation.training_data")

    def objects(self, directory: Path) -> None:
        """Copy every object of the store below the directory."""
        code, exports, err = self.command("services", "env")
        assert code == 0, err
        known = dict(line.removeprefix("export ").split("=", 1) for line in exports.splitlines() if "=" in line)
        address, key, secret = (
            shlex.split(known[f"MINIO_{name}"])[0] for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")
        )
        store = Minio(address.partition("://")[2], access_key=key, secret_key=secret, secure=False)
        for bucket in store.list_buckets():
            for found in store.list_objects(bucket.name, recursive=True):
                store.fget_object(bucket.name, found.object_name, str(directory / bucket.name / found.object_name))

    def sql(self, statement: str, *values: Any) -> None:
        """Change the source."""
        connection = psycopg2.connect(self.database_url)
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
        connection.close()


@pytest.fixture(scope="module")
def services(scratch: Path) -> Iterator[Kitchen]:
    """Services of a home of this module's own, and a table that holds the sample's first interval."""
    named = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(named)}
    kitchen = Kitchen(scratch / "kitchen", environment, "")
    code, _, err = kitchen.command("services", "up")
    assert code == 0, err
    _, exports, _ = kitchen.command("services", "env")
    (url,) = [line.partition("=")[2].strip("'\"") for line in exports.splitlines() if "DATABASE_URL=" in line]
    kitchen = Kitchen(kitchen.home, environment, url)
    assert kitchen.command("sample-data")[0] == 0
    code, _, err = kitchen.run(FIRST)
    assert code == 0, err
    yield kitchen
    kitchen.command("services", "down")


@pytest.fixture
def kitchen(services: Kitchen) -> Kitchen:
    """The services with the sample as it was."""
    code, _, err = services.command("sample-data", "--replace")
    assert code == 0, err
    return services


@pytest.mark.turns
def test_the_example_notebook_prints_what_it_shows(services: Kitchen) -> None:
    """Its outputs are those that are committed: a leak looks far better than the honest model, and is no better."""
    notebook = notebooks.read(EXAMPLE)
    shown = notebooks.printed(notebook)
    assert notebooks.run(notebook, {**services.environment, "STOCKPOT_HOME": str(services.home)}) == shown
    honest, leaking, fresh = (float(found) for found in re.findall(r": (0\.\d\d)\b", "".join(shown)))
    assert leaking - honest > 0.2
    assert fresh <= honest


def test_what_no_feature_reads_never_leaves_the_source(services: Kitchen, tmp_path: Path) -> None:
    """Names, comments, addresses of images and reasons are in no artifact, log or report of a run, and in no object."""
    source = sample()
    private = {row.username for row in source.users} | {str(row.id) for row in source.image_milestones}
    private |= {row.content for row in source.comments if len(row.content) > len("looks delicious")}
    private |= {"s3://gourmetgram-images/", "offensive caption", "stolen photo"}
    captions = {row.caption for row in source.images if row.caption}
    services.objects(tmp_path)
    everywhere = [services.home / "runs", services.home / "cache", tmp_path]
    assert leaks(private, *everywhere) == []
    # The counter-test: what the features do read is found in the artifacts and in the objects.
    assert {"images"} <= {path.parent.name for path, _ in leaks(captions, services.home / "runs")}
    assert {"images"} <= {path.parent.name for path, _ in leaks(captions, tmp_path)}


def _refused(kitchen: Kitchen, code: int, *words: str) -> None:
    before = len(kitchen.rows())
    found, outcome, err = kitchen.run(NEXT)
    line = outcome.get("error") or err
    assert found == code, line
    assert all(word in line for word in words), line
    assert "Traceback" not in err
    assert len(kitchen.rows()) == before


@pytest.mark.turns
def test_a_missing_table_is_named(kitchen: Kitchen) -> None:
    """A source without one of the tables ends with exit 11 and its name."""
    kitchen.sql("DROP TABLE image_milestones")
    _refused(kitchen, 11, "image_milestones")


def test_a_missing_column_is_named(kitchen: Kitchen) -> None:
    """A source without a column ends with exit 10 and its name, and loads nothing."""
    kitchen.sql("ALTER TABLE images DROP COLUMN caption")
    _refused(kitchen, 10, "images", "caption")


@pytest.mark.turns
def test_a_column_of_another_type_is_named(kitchen: Kitchen) -> None:
    """A time that is text ends with exit 10 and the column's name."""
    kitchen.sql("ALTER TABLE comments ALTER COLUMN created_at TYPE text")
    _refused(kitchen, 10, "comments", "created_at")


def test_a_wrong_password_is_refused_at_once_and_not_shown(kitchen: Kitchen) -> None:
    """A login that Postgres refuses ends with exit 11 before any step, without the password."""
    wrong = kitchen.database_url.replace(kitchen.database_url.split(":")[2].split("@")[0], "hunter2")
    code, _, err = kitchen.run(NEXT, DATABASE_URL=wrong)
    assert code == 11
    assert "refused the login" in err
    assert "hunter2" not in err


def test_odd_rows_are_counted_and_kept_out(kitchen: Kitchen) -> None:
    """Nulls, the year 9999, 1969, ghosts and giants neither stop a run nor reach the table; the good rows do."""
    good, giant, odd = (f"{digit * 8}-0000-4000-8000-000000000000" for digit in "abc")
    kitchen.sql("INSERT INTO users (id, username, created_at) VALUES (%s, 'odd-one', '2025-01-01Z')", USER)
    columns = "id, user_id, s3_url, caption, category, created_at, views"
    insert = f"INSERT INTO images ({columns}) VALUES (%s, %s, 's3://x', %s, %s, %s, 0)"
    kitchen.sql(insert, good, USER, None, "Sushi", "2026-01-14T12:00:00Z")
    kitchen.sql(insert, giant, USER, "é" * 10_000_000, "Soup", "2026-01-14T12:00:00Z")
    kitchen.sql(insert, odd, None, "no uploader", "Soup", "2026-01-14T12:00:00Z")
    kitchen.sql(insert, odd.replace("c", "d"), USER, "tomorrow", "Soup", "9999-12-31T00:00:00Z")
    kitchen.sql(insert, odd.replace("c", "e"), USER, "yesterday", "Soup", "1969-12-31T00:00:00Z")
    kitchen.sql(
        "INSERT INTO flags (id, user_id, image_id, reason, created_at) VALUES (gen_random_uuid(), %s, %s, 'ghost', %s)",
        USER, odd.replace("c", "f"), "2026-01-14T13:00:00Z",
    )  # fmt: skip
    code, outcome, err = kitchen.run(NEXT)
    assert code == 0, err
    rows = {(row["image_id"], row["decision_point_minutes"]): row for row in kitchen.rows()}
    assert {minutes for image, minutes in rows if image == good} == {0, 5, 30}
    assert rows[good, 0]["category"] == "Sushi"
    assert not any(value for name, value in rows[good, 0].items() if name.startswith("category_"))
    assert rows[giant, 30]["caption_length"] == 10_000_000
    assert not any(image[0] in "cdef" and image[1:8] == image[0] * 7 for image, _ in rows)
    features = next(step for step in outcome["steps"] if step["step"] == "moderation-features")
    assert features["rows_rejected"] >= 1
    assert features["details"]["not_yet_known"] >= 1
    # What the index of runs draws, counted by the check of these rows.
    checked = next(step for step in outcome["steps"] if step["step"] == "check-quality")["details"]
    day = [row for row in rows.values() if str(row["uploaded_at"]).startswith("2026-01-14")]
    labelled, captioned = (sum(row[name] for row in day) / len(day) for name in (checked["label"], "has_caption"))
    assert (checked["label"], checked["label_share"]) == ("label_needs_moderation_24h", labelled)
    assert checked["moments"]["has_caption"][0] == pytest.approx(captioned, abs=1e-4)


@pytest.mark.turns
def test_tables_without_rows_are_fine(kitchen: Kitchen) -> None:
    """A young platform without comments, flags and milestones is no error."""
    kitchen.sql("TRUNCATE comments, flags, image_milestones")
    code, outcome, err = kitchen.run("2026-01-17T00:00:00Z")
    assert code == 0, err or outcome


@pytest.mark.turns
def test_runs_of_one_interval_load_it_once(kitchen: Kitchen) -> None:
    """Runs of the same interval at once all succeed, and one of them loads."""
    arguments = ("run", "moderation-training", "--as-of", "2026-01-18T00:00:00Z", "--output", "json", "--jobs", "1")
    runs = [kitchen.start(*arguments) for _ in range(3)]
    outcomes = [(json.loads(run.communicate(timeout=600)[0]), run.returncode) for run in runs]
    assert [code for _, code in outcomes] == [0, 0, 0]
    loads = [step for outcome, _ in outcomes for step in outcome["steps"] if step["step"] == "load-iceberg"]
    assert sorted(load["details"]["already_done"] for load in loads) == [False, True, True]
    rows = kitchen.rows()
    assert len({(row["image_id"], row["decision_point_minutes"]) for row in rows}) == len(rows)


@pytest.mark.turns
def test_a_load_that_is_taken_alone_loads_nothing_twice(services: Kitchen) -> None:
    """It finds its own receipt; the run stays open, and has its end by a resume."""
    run = list_runs(services.home)[-1]
    before = services.rows()
    code, out, err = services.command("resume", run.id, "--only", "load-iceberg", "--output", "json")
    assert code == 0, err
    outcome = json.loads(out)
    (load,) = [step for step in outcome["steps"] if step["step"] == "load-iceberg"]
    assert (outcome["state"], load["details"]["already_done"], load["cached"]) == ("interrupted", True, False)
    assert services.rows() == before
    code, out, err = services.command("resume", run.id, "--output", "json")
    assert (code, json.loads(out)["state"]) == (0, "succeeded"), err


@pytest.mark.turns
@pytest.mark.parametrize("violence", [signal.SIGINT, signal.SIGKILL])
def test_a_run_ended_by_force_can_be_run_again(kitchen: Kitchen, violence: signal.Signals) -> None:
    """Ctrl-C or kill -9 in the middle leaves nothing half-written, and the next run makes it good."""
    as_of = {signal.SIGINT: "2026-01-19T00:00:00Z", signal.SIGKILL: "2026-01-20T00:00:00Z"}[violence]
    known = set((kitchen.home / "runs").iterdir())
    process = kitchen.start("run", "moderation-training", "--as-of", as_of)
    wait_for(
        lambda: any(
            (run / "steps" / "extract-postgres").exists() for run in set((kitchen.home / "runs").iterdir()) - known
        ),
        60,
    )
    process.send_signal(violence)
    process.communicate(timeout=120)
    assert process.returncode in (130, -9)
    code, _, err = kitchen.run(as_of)
    assert code == 0, err
    rows = kitchen.rows()
    assert len({(row["image_id"], row["decision_point_minutes"]) for row in rows}) == len(rows)


def _late_facts(kitchen: Kitchen) -> tuple[str, str, str]:
    """Images uploaded on the 19th and, long before, on the 10th; one is flagged. All but the first is known late."""
    early, late, old = (f"{digit * 8}-1111-4111-8111-111111111111" for digit in "123")
    for table in ("images", "flags"):
        kitchen.sql(f"ALTER TABLE {table} ADD COLUMN known_at timestamptz")
    kitchen.sql("INSERT INTO users (id, username, created_at) VALUES (%s, 'late-one', '2025-01-01Z')", USER)
    columns = "id, user_id, s3_url, caption, category, created_at, known_at, views"
    insert = f"INSERT INTO images ({columns}) VALUES (%s, %s, 's3://x', 'Pho', 'Soup', %s, %s, 0)"
    known = "2026-01-21T12:00:00Z"
    kitchen.sql(insert, early, USER, "2026-01-19T12:00:00Z", None)
    kitchen.sql(insert, late, USER, "2026-01-19T13:00:00Z", known)
    kitchen.sql(insert, old, USER, "2026-01-10T12:00:00Z", known)
    kitchen.sql(
        "INSERT INTO flags (id, user_id, image_id, reason, created_at, known_at)"
        " VALUES (gen_random_uuid(), %s, %s, 'late', %s, %s)",
        USER, early, "2026-01-19T13:00:00Z", known,
    )  # fmt: skip
    return early, late, old


@pytest.mark.turns(first=1)
def test_late_facts_reopen_their_interval_and_older_ones_wait_for_a_backfill(kitchen: Kitchen) -> None:
    """An image and a flag that become known late change the table in the next run; what is too old is named."""
    early, late, old = _late_facts(kitchen)

    def found() -> dict[str, dict[str, Any]]:
        rows = [row for row in kitchen.rows() if row["decision_point_minutes"] == 0]
        return {row["image_id"]: row for row in rows if row["image_id"] in (early, late, old)}

    code, _, err = kitchen.run("2026-01-21T00:00:00Z")
    assert code == 0, err
    before = found()
    assert {image: row["label_needs_moderation_24h"] for image, row in before.items()} == {early: False}
    kitchen.sql("UPDATE images SET caption = 'edited since' WHERE id = %s", early)
    code, outcome, err = kitchen.run("2026-01-22T00:00:00Z")
    assert code == 0, err
    after = found()
    assert set(after) == {early, late}
    assert after[early] == {**before[early], "label_needs_moderation_24h": True}
    details = next(step for step in outcome["steps"] if step["step"] == "load-iceberg")["details"]
    assert [images for _, _, images in details["late"]["reopened"]] == [2]
    assert details["late"]["left"] == [["2026-01-10T12:00:00Z", "2026-01-10T12:00:00.000001Z", 1]]

    arguments = ("--from", "2026-01-10T03:00:00Z", "--to", "2026-01-11T03:00:00Z", "--output", "json")
    states = []
    for more in (("--dry-run",), ("--reprocess", "late"), ("--dry-run",)):
        code, out, err = kitchen.command("backfill", "moderation-training", *arguments, *more)
        assert code == 0, err
        states += [one["state"] for one in json.loads(out)]
    assert states == ["late", "late", "done"]
    assert set(found()) == {early, late, old}
