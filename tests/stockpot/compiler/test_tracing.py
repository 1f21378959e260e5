"""What is kept of tracing: it is what tracing gives, it is found without KFP, and it goes with what it was made of."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stockpot import definition
from stockpot.compiler import tracing
from stockpot.compiler.definitions import from_definition, glance
from stockpot.definition import discover, find

ROOT = Path(__file__).parents[3]
NAMES = sorted(discover())
# Runs the command once a line of its input, in one process, and says what of KFP is loaded after each.
SHELL = """
import json, sys
from stockpot import cli
for line in sys.stdin:
    sys.argv = ["stockpot", *json.loads(line)]
    try:
        cli.main()
    except SystemExit as left:
        print(left.code, "kfp" in sys.modules, *sys.argv[1:], file=sys.stderr)
"""
# Traces all pipelines and lists what tells on them: files of the project that are opened, and variables that our code
# asks for. How often KFP looks at the stack is counted too.
WATCH = """
import inspect, json, os, sys
root, opened, asked, looked = sys.argv[1], set(), set(), []
sys.addaudithook(lambda event, of: event == "open" and opened.add(os.path.abspath(str(of[0]))))
class Watched(type(os.environ)):
    def __getitem__(self, name):
        frame = sys._getframe(1)
        while frame.f_globals["__name__"] in ("os", "collections.abc"):
            frame = frame.f_back
        if frame.f_globals["__name__"].startswith(("pipelines", "stockpot", "components")):
            asked.add((frame.f_globals["__name__"], name))
        return super().__getitem__(name)
os.environ.__class__ = Watched
inspect.stack, stack = lambda *of: looked.append(1) or stack(*of), inspect.stack
from stockpot.definition import discover
assert len(discover()) == int(sys.argv[2])
inside = {each[len(root):].lstrip("/") for each in opened if each.startswith(root)}
outside = {each for each in inside if not each.startswith(("pipelines/", "stockpot/", "components/", ".venv/"))}
print(json.dumps([sorted(outside), sorted(asked), len(looked)]))
"""


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where traces are kept: in a fresh cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "stockpot" / "traces"


@pytest.mark.parametrize("name", NAMES)
def test_a_pipeline_is_found_by_the_name_of_its_file(name: str) -> None:
    """So that no other has to be imported to find it."""
    assert find(name) is discover()[name]
    others = {name.replace("-", "_"), f"{name}s"} - {name}
    assert {find(other) for other in others} == {None}


@pytest.mark.parametrize("name", NAMES)
def test_a_glance_sees_what_loading_gives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Traced now or before, entry, documents and plan are the same as those of a run."""
    fresh = dataclasses.replace(from_definition(discover()[name]), definition=None)
    assert glance(name) == fresh
    monkeypatch.setattr(tracing, "defined", None)
    assert glance(name) == fresh


def test_only_the_pipeline_that_is_named_is_traced(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """The others are left alone until all are asked for; then modules without a pipeline are known for it too."""
    called: list[str] = []
    monkeypatch.setattr(tracing, "defined", lambda module: called.append(module) or definition.defined(module))
    glance("verify-pipeline")
    assert called == ["verify_pipeline"]
    assert list(tracing.entries()) == NAMES
    assert sorted(called) == sorted(definition.modules())
    assert {file.stem for file in place.rglob("*.json")} == set(called)


def test_a_trace_that_is_read_is_in_use(place: Path) -> None:
    """So that `stockpot clean` lets the plans of a checkout be that is worked with, though none of them changes."""
    glance("verify-pipeline")
    (folder,) = place.iterdir()
    os.utime(folder, (1, 1))
    glance("verify-pipeline")
    assert folder.stat().st_mtime > 1


def test_any_change_of_a_file_makes_traces_void(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also one that keeps the size and puts the time back, a file that comes or goes, and one that is no code."""
    monkeypatch.setattr(tracing, "_PACKAGES", tmp_path)
    for file in ("pipelines/toy.py", "pipelines/toy.yaml", "stockpot/run.py", "components/step/component.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("1")
    seen = [tracing._version()]
    assert tracing._version() == seen[0]
    for file in ("pipelines/toy.py", "pipelines/toy.yaml", "stockpot/run.py", "components/step/component.py"):
        before = (tmp_path / file).stat()
        (tmp_path / file).write_text("2")
        os.utime(tmp_path / file, ns=(before.st_atime_ns, before.st_mtime_ns))
        seen.append(tracing._version())
    (tmp_path / "components" / "new.css").write_text("")
    seen.append(tracing._version())
    (tmp_path / "pipelines" / "toy.yaml").unlink()
    seen.append(tracing._version())
    assert len(set(seen)) == len(seen)
    (tmp_path / "pipelines" / "__pycache__").mkdir()
    (tmp_path / "pipelines" / "__pycache__" / "toy.pyc").write_text("")
    assert tracing._version() == seen[-1]


def test_what_is_installed_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another KFP traces otherwise; whatever is installed or removed changes the folder of packages."""
    package = tmp_path / "site-packages" / "kfp"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.setattr(tracing, "find_spec", lambda _: type("Spec", (), {"origin": str(package / "__init__.py")}))
    before = tracing._version()
    (tmp_path / "site-packages" / "kfp-9.dist-info").mkdir()
    assert tracing._version() != before


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 1}', "\xff", "null", "[" * 200_000])
def test_a_trace_that_cannot_be_read_is_made_anew(place: Path, content: str) -> None:
    """Half a file, another's file or an old form: the pipeline is traced as if there were none."""
    glance("verify-pipeline")
    (kept,) = place.rglob("*.json")
    whole = kept.read_bytes()
    kept.write_text(content, "latin-1")
    assert glance("verify-pipeline").pipeline.name == "verify-pipeline"
    assert kept.read_bytes() == whole


def test_a_trace_is_taken_from_a_file_of_ones_own_alone(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """Somebody else's is not believed, and a pipe in its place is not waited for."""
    glance("verify-pipeline")
    (kept,) = place.rglob("*.json")
    forged = json.loads(kept.read_bytes())
    forged["entry"]["title"] = "forged"
    kept.write_text(json.dumps(forged))
    assert tracing.entries()["verify-pipeline"].title == "forged"
    with monkeypatch.context() as another:
        another.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert tracing.entries()["verify-pipeline"].title != "forged"
    kept.unlink()
    os.mkfifo(kept)
    assert glance("verify-pipeline").pipeline.name == "verify-pipeline"


def test_a_file_that_goes_while_files_are_looked_at_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Editors write beside a file and then put the new one in its place."""
    monkeypatch.setattr(tracing, "_PACKAGES", tmp_path)
    for file in ("pipelines/toy.py", "pipelines/.toy.py.part", "stockpot/run.py", "components/step.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("1")
    told = tracing._stamp

    def gone(file: Path) -> tuple[int, int, int]:
        if file.name.endswith(".part"):
            (tmp_path / "pipelines" / file.name).unlink(missing_ok=True)
            (tmp_path / "pipelines" / file.name).stat()
        return told(file)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(tracing, "_stamp", gone)
        before = tracing._version()
    assert tracing._version() == before


def test_where_nothing_can_be_kept_nothing_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that cannot be made hinders nobody."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    assert glance("verify-pipeline").pipeline.name == "verify-pipeline"


def test_looking_needs_no_kfp(tmp_path: Path) -> None:
    """`list`, `show`, `plan` and what is mistyped leave KFP alone once the traces are there."""
    tracing.entries()
    words = (
        (["list"], 0),
        (["show", "moderation-training"], 0),
        (["plan", "moderation-training"], 0),
        (["list", "--outpt", "json"], 11),
        (["lst"], 11),
        (["show", "moderation-trainin"], 11),
        (["run", "moderation-trainin"], 11),
        (["run", "moderation-training", "--param", "views_fro=events"], 11),
        (["submit", "moderation-training", "--as-of", "yesterday"], 11),
    )
    told = "".join(json.dumps(each) + "\n" for each, _ in words)
    environment = {**os.environ, "STOCKPOT_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", SHELL]
    done = subprocess.run(command, input=told, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    said = [line for line in done.stderr.splitlines() if not line.startswith("error: ")]
    assert said == [" ".join((str(code), "False", *each)) for each, code in words]


def test_tracing_depends_on_nothing_else() -> None:
    """It opens no other file and asks for no variable but the names; KFP never looks up its callers' sources."""
    command = [sys.executable, "-c", WATCH, f"{ROOT}/", str(len(NAMES))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [["components.shell.names", f"STOCKPOT_{name}"] for name in ("BUCKET", "CATALOG", "DATABASE")]
    assert json.loads(done.stdout) == [[], names, 0]
