"""The command: what it prints, what it refuses, and with which exit code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psycopg2
import pytest

from components.shell.names import CATALOG_PREFIX
from stockpot import cli
from stockpot.images import build
from stockpot.images.build import Built
from stockpot.local.records import Run, State, TaskRecord, runs_directory, write_run

STOCKPOT = Path(sys.executable).with_name("stockpot")
COMMANDS = [
    ["list"], ["show"], ["plan"], ["run"], ["resume"], ["backfill"], ["reconcile"], ["runs"], ["report"], ["demo"],
    ["table"], ["sample-data"], ["services", "up"], ["services", "down"], ["services", "status"], ["services", "env"],
    ["compile"], ["submit"], ["images"], ["services"], ["sample-data", "events"],
    ["logs"], ["clean"], ["doctor"], ["completion"],
    ["new"], ["new", "step"], ["new", "pipeline"],
]  # fmt: skip


@pytest.fixture(autouse=True)
def at_home(monkeypatch, tmp_path):
    """A fresh home, and nothing of the developer's own environment."""
    for name in list(os.environ):
        if name.startswith(("ARGO_", "DATABASE_URL", "MINIO_", "PYICEBERG_", "KAFKA_", "STOCKPOT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STOCKPOT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def stockpot(monkeypatch, capsys):
    """Call the command in this process: exit code, stdout and stderr."""

    def call(*words, is_foreseen=True):
        monkeypatch.setattr(sys, "argv", ["stockpot", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        # What nobody foresaw is the failure of every test, and says what it was.
        assert is_foreseen is ("STOCKPOT_DEBUG=1 shows more" not in err), err
        return left.value.code, out, err

    return call


def _error(answer, code):
    """The one line of an error."""
    assert answer[0] == code
    assert answer[2].startswith("error: ")
    assert answer[2].count("\n") == 1
    assert "Traceback" not in answer[2]
    return answer[2]


def _keep_run(home, run_id="demo-1", state=State.FAILED, details=None):
    times = {"started": "2026-01-15T00:00:01Z", "ended": "2026-01-15T00:00:02Z"}
    task = TaskRecord("a", "a", "container", state=state, details=details or {}, **times)
    run = Run(
        id=run_id,
        pipeline="demo",
        description="",
        reference="verify-pipeline",
        plan="0",
        as_of="2026-01-15T00:00:00Z",
        created=f"2026-01-15T00:00:0{run_id[-1]}Z",
        parameters={},
        state=state,
        ended="2026-01-15T00:00:09Z",
        tasks=(task,),
    )
    (runs_directory(home) / run_id).mkdir(parents=True)
    write_run(runs_directory(home) / run_id, run)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_examples(stockpot, words):
    """Help ends well, names the command, and shows how to call it."""
    code, out, err = stockpot(*words, "--help")
    assert (code, err) == (0, "")
    assert f"Usage: stockpot {' '.join(words)}" in out or f"Usage: {' '.join(words)}" in out
    assert "Examples:\n" in out
    assert f"stockpot {' '.join(words)}" in out.split("Examples:")[1]


def test_no_words_show_the_help(stockpot):
    """Asked nothing, it says what may be asked."""
    code, out, _ = stockpot()
    assert code == 0
    assert "sample-data" in out


def test_the_version_is_that_of_the_distribution(stockpot):
    """The version comes from the package."""
    assert stockpot("--version")[1].startswith("stockpot 0.")


def test_pipelines_are_listed(stockpot):
    """Name, schedule and title stand in a line; JSON has them as fields."""
    code, out, _ = stockpot("list")
    assert code == 0
    line = next(line for line in out.splitlines() if line.startswith("moderation-training "))
    assert "0 3 * * *" in line
    assert "GourmetGram moderation training data" in line
    entries = {entry["name"]: entry for entry in json.loads(stockpot("list", "--output", "json")[1])}
    assert entries["moderation-training"]["schedule"] == "0 3 * * *"
    assert entries["verify-pipeline"]["schedule"] is None


def test_a_pipeline_is_drawn(stockpot, monkeypatch):
    """Boxes where they fit, a numbered list where they do not."""
    monkeypatch.setenv("COLUMNS", "120")
    _, out, _ = stockpot("show", "moderation-training")
    assert "│ extract-postgres │" in out
    assert '--param views_from = "auto"' in out
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = stockpot("show", "moderation-training")
    assert "│" not in out
    assert re.search(r"^\d+ +extract-postgres +1$", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "moderation-trainin"], "did you mean 'moderation-training'?"),
        (["run", "moderation-trainin"], "did you mean 'moderation-training'?"),
        (["plan", "nothing-like-it"], "known are"),
        (["plan", "event-aggregation", "--events", "/dev/null"], "there is no directory /dev/null to read events from"),
        (["run", "gone.py:train"], "there is no file gone.py"),
        (["compile", "gone.yaml", "--target", "kfp", "-o", "out"], "cannot read gone.yaml"),
        (["compile", "--all", "--target", "airflow", "-o", "out"], "airflow"),
        (["compile", "--target", "argo", "-o", "out"], "--all"),
        (["run", "moderation-training", "--param", "views_fro=events"], "did you mean 'views_from'?"),
        (["run", "moderation-training", "--param", "views_from"], "NAME=VALUE"),
        (["run", "verify-pipeline", "--param", "limit=5", "--param", "limit=6"], "given twice"),
        (["run", "verify-pipeline", "--param", "limit=many"], "limit"),
        (["run", "moderation-training", "--as-of", "yesterday"], "not an instant"),
        (["run", "moderation-training", "--as-of", "2026-01-15T00:00:00"], "with an offset"),
        (["run", "moderation-training", "--as-of", "2999-01-01T00:00:00Z"], "future"),
        (["run", "verify-pipeline", "--as-of", "2026-01-15T00:00:00Z"], "no parameter 'as_of'"),
        (["run", "moderation-training", "--jobs", "0"], "--jobs"),
        (["rum", "moderation-training"], "'run'"),
        (["run", "moderation-training", "--hoem", "x"], "--home"),
        (["resume", "latest"], "there is no run 'latest' - nothing was run"),
        (["resume", "latest", "--from", "a", "--only", "b"], "--from and --only are given - give one of them"),
        (["resume", "latest", "--param", "a=b", "--only", "b"], "--param and --only are given - give one of them"),
        (["resume", "r", "--on", "cluster", "--param", "a=b"], "--param is for runs on this machine - leave it out"),
        (["runs", "--home", "/dev/null/below"], "/dev/null is no directory that can be written to"),
        (["compile", "verify-pipeline", "--target", "kfp", "-o", "/dev/null/below"], "cannot write to /dev/null/below"),
        (["report", "none-such"], "there is no run 'none-such'"),
        (["services", "env"], "stockpot services up"),
        (["submit", "moderation-trainin"], "did you mean 'moderation-training'?"),
        (["submit", "moderation-training", "--param", "views_fro=events"], "did you mean 'views_from'?"),
        (["submit", "moderation-training", "--as-of", "2999-01-01T00:00:00Z"], "future"),
        (["submit", "verify-pipeline", "--profile", "restricted"], "--profile is for a pipeline in a file, on Argo"),
        (["submit", "verify-pipeline", "--profile", "restricted", "--on", "kfp"], "--profile is for a pipeline in a"),
        (["compile", "--all", "--target", "kfp", "-o", "x", "--profile", "restricted"], "--profile is for Argo"),
        (["logs", "r", "--on", "cluster", "--home", "x"], "--home is for runs on this machine - leave it out"),
        (["watch", "r", "--on", "cluster", "--home", "x"], "--home is for runs on this machine - leave it out"),
        (["resume", "r", "--on", "cluster", "--home", "x"], "--home is for runs on this machine - leave it out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_wrong_is_said_in_one_line(stockpot, words, said):
    """Exit code 11, one line on stderr, and the near match where there is one."""
    assert said in _error(stockpot(*words), 11)


def test_nothing_to_submit_with_is_said_in_one_line(stockpot, monkeypatch, tmp_path):
    """Neither kubectl nor a server of Argo, or a server without a token."""
    monkeypatch.setenv("PATH", str(tmp_path))
    # A home that a variable names is meant for other commands.
    for words in (["submit", "verify-pipeline"], *([each, "r", "--on", "cluster"] for each in ("logs", "resume"))):
        assert "install kubectl, or set ARGO_SERVER" in _error(stockpot(*words), 11)
    monkeypatch.setenv("ARGO_SERVER", "argo.example.org:2746")
    assert "ARGO_TOKEN" in _error(stockpot("submit", "verify-pipeline"), 11)


def test_an_address_in_an_error_carries_no_password(stockpot, monkeypatch):
    """Nothing answers at the address: try again (75), and the password stays out of it."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://kitchen:sesame@127.0.0.1:1/none")
    line = _error(stockpot("sample-data"), 75)
    assert "does not answer" in line
    assert "sesame" not in line


def _say_by(monkeypatch, echo):
    """Have `stockpot runs` say what it says by this: no module that is first imported meanwhile keeps it."""
    monkeypatch.setattr("stockpot.commands.looking.typer", SimpleNamespace(echo=echo))


def test_the_unexpected_is_one_line_too(stockpot, monkeypatch):
    """A bug shows its name and no traceback, unless somebody debugs."""
    _say_by(monkeypatch, lambda text: 1 / 0)
    assert "ZeroDivisionError" in _error(stockpot("runs", is_foreseen=False), 1)
    monkeypatch.setenv("STOCKPOT_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["stockpot", "runs"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_interrupting_ends_with_130(stockpot, monkeypatch):
    """Ctrl-C outside a run is no traceback either."""

    def interrupted(text):
        raise KeyboardInterrupt

    _say_by(monkeypatch, interrupted)
    assert stockpot("runs")[0] == 130


def test_runs_are_listed_newest_first(stockpot, at_home):
    """A line per run, or a list of objects."""
    assert stockpot("runs")[1] == f"nothing was run in {at_home} yet\n"
    for run_id in ("demo-1", "demo-3", "demo-2"):
        _keep_run(at_home, run_id)
    lines = stockpot("runs")[1].splitlines()
    assert [line.split()[0] for line in lines] == ["RUN", "demo-3", "demo-2", "demo-1"]
    assert "failed" in lines[1]
    (newest,) = json.loads(stockpot("runs", "--limit", "1", "--output", "json")[1])
    assert (newest["run"], newest["state"], newest["steps"][0]["step"]) == ("demo-3", "failed", "a")


def test_a_report_is_found_or_written(stockpot, at_home):
    """The path of an existing report, or of one written now; `latest` is the newest run."""
    _keep_run(at_home, "demo-1")
    _keep_run(at_home, "demo-2")
    code, out, _ = stockpot("report", "latest")
    path = Path(out.strip())
    assert (code, path.parent.name, path.is_file()) == (0, "demo-2", True)
    path.write_text("kept")
    assert stockpot("report", "demo-2")[1] == out
    assert path.read_text() == "kept"
    # The run goes on, and is killed before it could write another one.
    os.utime(path.with_name("run.json"))
    assert stockpot("report", "demo-2")[1] == out
    assert path.read_text() != "kept"


def test_cleaning_lists_and_removes_only_if_told_to(stockpot, at_home, monkeypatch, tmp_path):
    """What goes, with its size; what is left leads to what is left."""
    monkeypatch.setenv("STOCKPOT_CACHE", str(tmp_path / "cache"))
    assert stockpot("clean") == (0, "nothing to remove\n", "")
    for run_id in ("demo-1", "demo-2", "demo-3"):
        _keep_run(at_home, run_id)
        stockpot("report", run_id)
    words = ("clean", "runs", "--keep", "2")
    code, out, _ = stockpot(*words)
    assert code == 0
    assert [line.split()[:3] for line in out.splitlines()[1:2]] == [["runs", "demo-1", "2026-01-15"]]
    assert out.splitlines()[-1].endswith("nothing is removed without --yes")
    (item,) = json.loads(stockpot(*words, "--yes", "--output", "json")[1])["items"]
    assert (item["name"], item["removed"]) == ("demo-1", True)
    assert item["bytes"] > 1000
    report = (runs_directory(at_home) / "demo-2" / "report.html").read_text()
    assert ("demo-1" in report, "../demo-3/report.html" in report) == (False, True)
    assert "demo-1" not in (runs_directory(at_home) / "index.html").read_text()
    assert stockpot(*words)[1] == "nothing to remove\n"
    assert "'tables' cannot be cleaned - name some of: runs, environments" in _error(stockpot("clean", "tables"), 11)
    assert "'a month' is no age" in _error(stockpot("clean", "--older-than", "a month"), 11)


def test_the_doctor_says_what_is_wrong(stockpot, at_home, monkeypatch, tmp_path):
    """A line each; exit code 11 where something is in the way."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    code, out, err = stockpot("doctor")
    assert (code, err) == (0, "")
    assert {line.split()[0] for line in out.splitlines()[1:]} == {"✓"}
    (at_home / "runs").mkdir(mode=0o755, parents=True)
    monkeypatch.setenv("MINIO_ENDPOINT", "http://127.0.0.1:9000")
    answer = stockpot("doctor", "--output", "json")
    assert _error(answer, 11) == "error: 2 things are wrong: rights, settings - do what their lines say\n"
    found = {one["what"]: one for one in json.loads(answer[1])}
    assert found["rights"]["verdict"] == "wrong"
    assert "chmod 700" in found["rights"]["said"]


def test_images_are_told_to_programs(stockpot, monkeypatch, tmp_path):
    """What was built, as JSON; the table for people is the other form. Nothing is built here."""
    built = Built("end_run", "local/end-run:abc", "local/end-run:1", 5, 50)
    monkeypatch.setattr(build, "build_all", lambda steps, order: [built])
    words = ("images", "end_run", "--docker", "true", "--lock", tmp_path / "lock.json")
    (found,) = json.loads(stockpot(*words, "--output", "json")[1])
    assert found == {
        "step": "end_run", "image": "local/end-run:1", "reference": "local/end-run:abc", "own_bytes": 5, "bytes": 50,
    }  # fmt: skip
    assert re.search(r"^end_run +0 +", stockpot(*words)[1], re.MULTILINE)


BROKEN = {"syntax": "def broken(:\n", "compiler": "raise ValueError('no such component')\n"}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_pipeline_that_cannot_be_compiled_is_a_failed_run(stockpot, at_home, tmp_path, kind):
    """It leaves a record, a report and one line; the command that goes on is the one that was given."""
    file = tmp_path / "my pipeline.py"
    file.write_text(BROKEN[kind])
    answer = stockpot("run", f"{file}:broken", "--as-of", "2026-01-15T00:00:00Z", "--param", "a=b c")
    again = f"stockpot run '{file}:broken' --as-of 2026-01-15T00:00:00Z --param 'a=b c' --home {at_home}"
    assert _error(answer, 11).endswith(f"once that is settled: {again}\n")
    (run,) = json.loads(stockpot("runs", "--output", "json")[1])
    assert (run["pipeline"], run["state"], run["exit_code"], run["next"]) == ("broken", "failed", 11, again)
    assert Path(run["report"]).is_file()
    assert f"Next: {again}\n" in answer[1]


def test_what_was_mistyped_leaves_no_run(stockpot, at_home):
    """A pipeline that nobody has, and a directory of events that is not there."""
    _error(stockpot("run", "gone.py:train"), 11)
    assert "there is no directory" in _error(stockpot("run", "event-aggregation", "--events", "no-such-events"), 11)
    assert not (at_home / "runs").exists()


def test_warnings_are_listed(stockpot, at_home):
    """A run that ended well with warnings says so in its line and as JSON."""
    _keep_run(at_home, "demo-1", State.SUCCEEDED, {"warnings": ["shares: too high", "x: too low"]})
    assert "succeeded, 2 warnings" in stockpot("runs")[1]
    (run,) = json.loads(stockpot("runs", "--output", "json")[1])
    assert run["warnings"] == ["a: shares: too high", "a: x: too low"]


def test_manifests_are_written(stockpot, tmp_path):
    """Each file that was written is named, and on stderr or as JSON what its steps get and use."""
    code, out, told = stockpot("compile", "verify-pipeline", "--target", "argo", "-o", tmp_path / "argo")
    assert code == 0
    assert [Path(line).is_file() for line in out.splitlines()] == [True, True]
    assert "ghcr.io/stockpot/verify-table:0.1.0  hardened" in told
    assert "verify-pipeline  dsl.ExitHandler, " in told
    to_kfp = ("compile", "verify-pipeline", "--target", "kfp", "-o", tmp_path / "kfp", "--output", "json")
    code, out, told = stockpot(*to_kfp)
    assert (code, told) == (0, "")
    found = json.loads(out)
    assert [Path(path).is_file() for path in found["files"]] == [True]
    assert {each["profile"] for each in found["images"]} == {"kfp"}
    assert "dsl.ExitHandler" in found["pipelines"][0]["constructs"]


def test_a_reader_that_leaves_early_is_no_error():
    """`stockpot list | head -0` ends without a traceback."""
    process = subprocess.Popen([STOCKPOT, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.wait(120)


def test_sample_data_fills_once(stockpot, monkeypatch, database_url):
    """Filled, then unchanged; other data is refused until it may be replaced."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert stockpot("sample-data")[1].splitlines()[0] == "users: filled"
    assert {line.split(": ")[1] for line in stockpot("sample-data")[1].splitlines()} == {"unchanged"}
    connection = psycopg2.connect(database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM flags WHERE comment_id IS NULL")
    connection.close()
    assert "flags" in _error(stockpot("sample-data"), 11)
    assert "flags: replaced" in stockpot("sample-data", "--replace")[1]
    assert "images: replaced" in stockpot("sample-data", "--replace", "--generation", "old")[1]


def test_sample_views_go_to_the_bucket(stockpot, monkeypatch, catalog_env, object_store):
    """With --views the topic's dump lies in the bucket."""
    for name, value in catalog_env.items():
        monkeypatch.setenv(name, value)
    code, out, _ = stockpot("sample-data", "--views", "--bucket", object_store.bucket)
    assert code == 0
    assert f"{object_store.bucket}/events/gourmetgram.views" in out
    assert list(object_store.client.list_objects(object_store.bucket, prefix="events/gourmetgram.views/"))


def test_services_come_and_go(stockpot, at_home):
    """Up, asked for, used, down; the state is told at each point."""
    services = {one["service"]: one for one in json.loads(stockpot("services", "status", "--output", "json")[1])}
    assert services["Postgres"]["running"] is False
    try:
        assert "Postgres: embedded" in stockpot("services", "up")[1]
        code, out, _ = stockpot("services", "env")
        exported = dict(line.removeprefix("export ").split("=", 1) for line in out.splitlines())
        assert {"DATABASE_URL", "MINIO_ENDPOINT", f"{CATALOG_PREFIX}URI"} <= set(exported)
        assert stockpot("sample-data")[1].startswith("users: filled")
        assert "running" not in stockpot("services", "status")[1]
    finally:
        code, out, _ = stockpot("services", "down")
    assert code == 0
    assert stockpot("services", "status")[1].count("not running") == 2
