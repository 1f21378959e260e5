"""What commands print, for people in 80 columns and for programs as JSON: called in this process, with answers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.iceberg.receipts import Receipt
from stockpot.backfill.reconcile import Change
from stockpot.commands import compiling, neighbours, reconciling, sampling, scaffolding, serving
from stockpot.commands.options import Form
from stockpot.local.similar import Neighbour, SimilarRows
from stockpot.samples.topic import PREFIX

START = datetime(2026, 1, 14, 3, tzinfo=UTC)
CHANGE = Change(
    "corrected",
    "user-item-interactions-20260115T030000Z-1f2e",
    Receipt(
        "0" * 32, "user-item-interactions", START, START.replace(day=15), START.replace(day=15), "1",
        snapshot_id=8063220836181065714,
    ),
)  # fmt: skip


def be_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process's stdout, which pytest replaces between a fixture and its test, be one of 80 columns."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture(autouse=True)
def no_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """No command starts any."""

    @contextmanager
    def in_use(*_: object) -> Iterator[Any]:
        yield SimpleNamespace(put_into=lambda environ: None, for_people={"DATABASE_URL": "postgresql://nobody"})

    monkeypatch.setattr("stockpot.local.services.in_use", in_use)


def too_long(printed: str) -> list[str]:
    """The lines that do not fit; a path has a line of its own, so that it can be copied."""
    return [line for line in printed.splitlines() if len(line) > 80 and len(line.split()) > 1]


def test_what_was_compiled_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files, then images with all steps that they are of, and what each pipeline uses."""
    be_a_terminal(monkeypatch)
    compiling.compile_pipelines(tmp_path, compiling.Target.ARGO, ["moderation-training", "raw-tables"])
    out, err = capsys.readouterr()
    assert {Path(line).is_file() for line in out.splitlines()} == {True}
    assert {"IMAGE", "PIPELINE", "moderation-training", "raw-tables"} <= {
        line.split()[0] for line in err.split("\n") if line
    }
    assert too_long(out + err) == []


def test_what_was_reconciled_fits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a long name too; the interval and the pipeline, which the name tells, have no room."""
    be_a_terminal(monkeypatch)
    monkeypatch.setattr("stockpot.backfill.reconcile.reconcile", lambda *_, **__: [CHANGE])
    reconciling.reconcile("user-item-interactions", home=Path("home"))
    out, _ = capsys.readouterr()
    assert [line.split() for line in out.splitlines()] == [
        ["ACTION", "RUN", "SNAPSHOT"], ["corrected", CHANGE.run_id, "8063220836181065714"],
    ]  # fmt: skip
    assert too_long(out) == []


def test_neighbours_fit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Texts are folded below themselves, those of the row that was asked for too."""
    be_a_terminal(monkeypatch)
    text = "a warm jumper of wool for the winter, " * 9
    found = SimilarRows("bert", text, (Neighbour("0108775015", 0.98765, text), Neighbour("0108775044", 0.5, "")))
    monkeypatch.setattr("stockpot.local.similar.similar", lambda *_: found)
    neighbours.similar("retail.articles", "0108775001", home=Path("home"))
    out, _ = capsys.readouterr()
    assert out.startswith("bert of 0108775001: a warm jumper")
    assert "0108775015  0.988" in out
    assert too_long(out) == []


def test_lines_for_a_shell_are_whole(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """However narrow the terminal: half a line would name half a password."""
    be_a_terminal(monkeypatch)
    values = {"DATABASE_URL": "postgresql://me:a word@db.example.org/" + "x" * 80, "MINIO_ENDPOINT": "http://s3"}
    monkeypatch.setattr("stockpot.local.services.status", lambda *_: [])
    monkeypatch.setattr("stockpot.local.services.addresses", lambda *_: SimpleNamespace(for_people=values))
    serving.services_env(Path("home"))
    assert capsys.readouterr().out.splitlines() == [
        f"export DATABASE_URL='{values['DATABASE_URL']}'", "export MINIO_ENDPOINT=http://s3",
    ]  # fmt: skip


def document(capsys: pytest.CaptureFixture[str]) -> Any:
    """The one document that was printed, with nothing beside it."""
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_new_files_are_told_to_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where they lie, and what comes next."""
    root = Path("/somewhere")
    for name in ("new_step", "new_pipeline"):
        monkeypatch.setattr(f"stockpot.scaffold.write.{name}", lambda root, named: [root / "components" / named.python])
    scaffolding.step("star-ratings", root, Form.JSON)
    following = ["pytest tests/components/star_ratings", "make manifests"]
    told = {"root": "/somewhere", "files": ["components/star_ratings"], "next": following}
    assert document(capsys) == told
    scaffolding.pipeline("star-ratings", root, Form.JSON)
    assert document(capsys) == {**told, "next": ["stockpot run star-ratings", "make manifests"]}
    scaffolding.step("star-ratings", root)
    assert capsys.readouterr().out == (
        "components/star_ratings\nNext: pytest tests/components/star_ratings, then make manifests\n"
    )


def test_services_are_told_to_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Started or stopped: how each stands then, as `services status` tells it."""
    one = SimpleNamespace(name="Postgres", described="embedded at 127.0.0.1:5", running=True, pid=7)
    stopped = SimpleNamespace(**{**vars(one), "running": False, "pid": None})
    now = [one]
    monkeypatch.setattr("stockpot.local.services.status", lambda *_: now)
    monkeypatch.setattr("stockpot.local.services.up", lambda *_: SimpleNamespace(described=("Postgres: embedded",)))
    monkeypatch.setattr("stockpot.local.services.down", lambda *_, **__: now.__setitem__(0, stopped))
    up = {"service": "Postgres", "where": "embedded at 127.0.0.1:5", "running": True, "pid": 7}
    for call in (serving.services_up, serving.services_status):
        call(Path("home"), output=Form.JSON)
        assert document(capsys) == [up]
    serving.services_down(Path("home"), output=Form.JSON)
    assert document(capsys) == [{**up, "running": False, "pid": None}]
    serving.services_up(Path("home"))
    assert capsys.readouterr().out == "Postgres: embedded\n"


def test_sample_data_is_told_to_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What became of each table, or where things lie and how many they are."""
    here: Any = SimpleNamespace(invoked_subcommand=None)
    done: Mapping[str, str] = {"users": "filled", "images": "unchanged"}
    monkeypatch.setattr("stockpot.samples.source.fill", lambda *_, **__: done)
    monkeypatch.setattr("stockpot.samples.topic.upload", lambda *_: 3)
    sampling.fill_source(here, home=tmp_path, output=Form.JSON)
    assert document(capsys) == {"tables": done}
    sampling.fill_source(here, home=tmp_path, views=True, bucket="lake", output=Form.JSON)
    assert document(capsys)["views"] == {"files": 3, "place": f"lake/{PREFIX}"}
    sampling.fill_source(here, home=tmp_path, sql=tmp_path / "sample.sql", output=Form.JSON)
    assert document(capsys) == {"script": str(tmp_path / "sample.sql")}
    sampling.events(out=tmp_path / "events", output=Form.JSON)
    written = document(capsys)
    assert written["place"] == str(tmp_path / "events")
    assert [number > 0 for topic, number in written["records"].items() if topic.endswith(".views")] == [True]
    monkeypatch.setattr("stockpot.samples.shop.source.fill", lambda *_, **__: {"articles": 120})
    sampling.shop(home=tmp_path, output=Form.JSON)
    assert document(capsys) == {"rows": {"articles": 120}}
    monkeypatch.setattr("stockpot.samples.shop.source.fill", lambda *_, **__: {})
    sampling.shop(home=tmp_path, output=Form.JSON)
    assert document(capsys) == {"rows": {}}
    sampling.shop(home=tmp_path)
    assert capsys.readouterr().out == "unchanged: the database holds this shop already\n"


def test_changes_are_told_to_programs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All that people have no room for."""
    other = replace(CHANGE, action="added")
    monkeypatch.setattr("stockpot.backfill.reconcile.reconcile", lambda *_, **__: [CHANGE, other])
    reconciling.reconcile("user-item-interactions", home=Path("home"), output=Form.JSON)
    assert [(each["action"], each["pipeline"]) for each in document(capsys)] == [
        ("corrected", "user-item-interactions"), ("added", "user-item-interactions"),
    ]  # fmt: skip
