"""Lightweight Python components on this machine: KFP's own program, in environments that are built once."""

import subprocess
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.definitions import from_component, load
from stockpot.compiler.lightweight import Group, Installs, installs_of
from stockpot.local.cache import Parts, with_inputs
from stockpot.local.environments import ensure
from stockpot.local.events import EnvironmentBuilding, ServicesReady
from stockpot.local.project import Project
from stockpot.local.resolving import lock_of
from stockpot.local.runner import run_pipeline
from stockpot.local.values import Inputs
from stockpot.report.writing import write_report
from tests.stockpot.local.conftest import Runs, record

FIXTURE = Path(__file__).parents[1] / "compiler/fixtures/lightweight.py"
HERE = "python:3.11"
_WHEEL = "stock_of_ours-1-py3-none-any.whl"


@dsl.component(base_image=HERE)
def _nan() -> float:
    return float("nan")


@dsl.component(base_image=HERE)
def _silent(text: dsl.OutputPath(str)):
    pass


@dsl.component(base_image=HERE)
def _unsteady(path: str) -> int:
    """Fail at the first try."""
    from pathlib import Path  # noqa: PLC0415 - in the component's own program

    begun = Path(path).exists()
    Path(path).touch()
    assert begun, "the first try"
    return 1


@dsl.pipeline(name="again")
def _again(path: str):
    _unsteady(path=path).set_retry(num_retries=1)


@dsl.component(base_image=HERE, packages_to_install=["six==0.0.0.1"])
def _no_such_package():
    pass


def test_every_kind_of_parameter_and_artifact(runs: Runs) -> None:
    """The fixture's components compare what they are given."""
    plan = load(f"{FIXTURE}:lightweight").pipeline
    run = run_pipeline(plan, {}, home=runs.home, project=runs.project, listener=runs.events.append)
    assert run.exit_code == 0, run.error
    (said,) = [line for event in runs.of(ServicesReady) for line in event.described if line.startswith("python:3.11: ")]
    assert said.endswith("an environment of Python 3.11 with what each component installs stands in for the image")
    assert record(run, "hear").parameters == {"Output": "1.17.0"}


def test_a_warm_environment(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is built and no index is asked."""
    plan = load(f"{FIXTURE}:light").pipeline
    run_pipeline(plan, {}, home=runs.home, project=runs.project)
    monkeypatch.setenv("UV_OFFLINE", "1")
    run = run_pipeline(plan, {}, home=runs.home, project=runs.project, listener=runs.events.append)
    assert run.exit_code == 0, run.error
    assert runs.of(EnvironmentBuilding) == []


def test_files_come_within_the_component(runs: Runs, tmp_path: Path) -> None:
    """An embedded folder is where the component asks for it, also where KFP would make a venv of its own."""
    (tmp_path / "asset").mkdir()
    (tmp_path / "asset" / "file").write_text("soup")

    @dsl.component(
        base_image=HERE,
        embedded_artifact_path=str(tmp_path / "asset"),
        use_venv=True,
        packages_to_install=["six==1.17.0"],
    )
    def embedded(asset: dsl.EmbeddedInput[dsl.Artifact]) -> str:
        from pathlib import Path  # noqa: PLC0415 - in the component's own program

        import six  # noqa: PLC0415 - in the component's own program

        return Path(asset.path, "file").read_text() + six.__version__

    run = runs(embedded)
    assert run.exit_code == 0, run.error
    assert record(run, "embedded").parameters == {"Output": "soup1.17.0"}


def test_what_a_component_must_not_tell(runs: Runs) -> None:
    """One line, and the exit code of data that are not what was promised."""
    run = runs(_nan)
    assert (run.exit_code, run.error) == (
        10, "nan: its executor output cannot be read: NaN is no number in JSON"
    )  # fmt: skip
    run = runs(_silent)
    assert (run.exit_code, run.error) == (
        10, "silent: ended well but wrote no output text - every declared output has to be written"
    )  # fmt: skip


def test_every_failure_is_tried_again(runs: Runs, tmp_path: Path) -> None:
    """As on KFP; the reason of the first try is the component's own last line."""
    run = runs(_again, {"path": str(tmp_path / "begun")})
    assert run.exit_code == 0, run.error
    assert record(run, "unsteady").attempts == 2


def test_a_package_that_nobody_has(runs: Runs) -> None:
    """The line names it and what to do; nothing is left that a later run would take for a lock."""
    run = runs(_no_such_package)
    assert run.exit_code == 11
    assert "six==0.0.0.1 cannot be resolved: " in run.error
    assert "correct the component's packages_to_install" in run.error


def test_a_login_of_an_index_is_in_nothing_that_is_kept(runs: Runs) -> None:
    """Also where uv repeats it, and it holds the sign that ends a login."""

    @dsl.component(base_image=HERE, pip_index_urls=["http://me:so@up-kitchen@127.0.0.1:port/simple"])
    def lost():
        pass

    run = runs(lost)
    write_report(runs.home, run)
    assert run.exit_code == 11
    assert "http://***@127.0.0.1:port/simple" in run.error
    kept = [path for path in runs.home.rglob("*") if path.is_file()]
    assert {"run.json", "report.html", "task.json"} <= {path.name for path in kept}
    assert [path for path in kept if "kitchen" in path.read_text(errors="replace")] == []


class _Index(BaseHTTPRequestHandler):
    """An index with one package for those who know its password."""

    wheel = b""
    page = f'<a href="/{_WHEEL}">{_WHEEL}</a>'.encode()

    def do_GET(self) -> None:
        """The package or the page, with a login alone."""
        known = self.headers["Authorization"] == f"Basic {b64encode(b'me:so@up').decode()}"
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.wheel if self.path.endswith("whl") else self.page)


def _wheel() -> bytes:
    """The package."""
    with BytesIO() as file:
        with ZipFile(file, "w") as wheel:
            wheel.writestr("stock_of_ours.py", "")
            about = "stock_of_ours-1.dist-info"
            wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: stock-of-ours\nVersion: 1\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
        return file.getvalue()


def test_an_index_with_port_and_login(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What KFP's command says of it is enough; nothing of the login stays in the lock."""
    monkeypatch.setattr(_Index, "wheel", _wheel())
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Index)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://me:so%40up@127.0.0.1:{server.server_port}/simple"

    @dsl.component(
        base_image=HERE, packages_to_install=["stock-of-ours"], install_kfp_package=False, pip_index_urls=[address]
    )
    def cook():
        pass

    body = from_component(cook).pipeline.dag.tasks[0].component.body
    assert isinstance(body, ir.Container)
    installs = installs_of(body)
    try:
        found = ensure(project, project.step(HERE), installs=installs)
        lock = lock_of(project, project.step(HERE), installs).read_text()
    finally:
        server.shutdown()
        server.server_close()
    subprocess.run([found.python, "-c", "import stock_of_ours"], check=True)
    assert lock.startswith("stock-of-ours==1 ")
    assert "so" not in lock.replace("stock-of-ours", "")


SEEN = r"""#!/bin/sh
cd '{place}' || exit 1
printf '%s\n' "$@" > words
env > variables
printf '%s\n' 'six==1 \' '    --hash=sha256:0'
"""


def test_no_index_is_in_a_command_line(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever lists processes would read the login; all indexes are in uv's variables."""
    program = tmp_path / "uv"
    program.write_text(SEEN.format(place=tmp_path))
    program.chmod(0o755)
    monkeypatch.setattr("stockpot.local.uv.installed", lambda *_: str(program))
    first, second = "https://me:so-up@one.test/simple", "https://me:so-up@two.test/simple"
    indexes = ("--index-url", first, "--allow-insecure-host", "one.test")
    indexes += ("--extra-index-url", second, "--extra-index-url", first)
    lock_of(project, project.step(HERE), Installs((Group(("six",), alone=False),), indexes))
    words, variables = ((tmp_path / name).read_text() for name in ("words", "variables"))
    assert words.startswith("pip\ncompile\n")
    assert "so-up" not in words
    env = dict(line.partition("=")[::2] for line in variables.splitlines())
    assert {name: env[f"UV_{name}"] for name in ("INDEX_URL", "EXTRA_INDEX_URL", "INSECURE_HOST")} == {
        "INDEX_URL": first, "EXTRA_INDEX_URL": f"{second} {first}", "INSECURE_HOST": "one.test"
    }  # fmt: skip


def test_a_version_stays_once_it_is_chosen(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is hashed, and of the last call of pip; it is found again by all that decides about it."""
    wanted = Installs((Group(("six",), alone=False), Group(("six==1.16.0",), alone=True)))
    step = project.step(HERE)
    lock = lock_of(project, step, wanted)
    assert lock.read_text().startswith("six==1.16.0 \\\n    --hash=sha256:")
    assert lock.read_text().count("six") == 1
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert lock_of(project, step, wanted) == lock
    with pytest.raises(ConfigurationError, match=r"^six cannot be resolved: "):
        lock_of(project, step, Installs(wanted.groups, ("--index-url", "https://nowhere.invalid/simple")))


def test_an_image_with_a_lock_keeps_what_it_holds(project: Project) -> None:
    """What a component installs comes on top."""
    folder = project.images / "held"
    folder.mkdir(parents=True)
    base = Installs((Group(("six==1.16.0",), alone=False),))
    (folder / "requirements.txt").write_text(lock_of(project, project.step(HERE), base).read_text())
    lock = lock_of(project, "held", Installs((Group(("iniconfig==2.0.0",), alone=False),)))
    assert [line.split()[0] for line in lock.read_text().splitlines() if line[0] != " "] == [
        "iniconfig==2.0.0", "six==1.16.0"
    ]  # fmt: skip


def test_metadata_count_in_the_cache(tmp_path: Path) -> None:
    """A step that reads an artifact may ask what was told of it."""
    (tmp_path / "data").write_text("x")
    parts = Parts("image", "lock", "machine", {}, "parameters", {})
    keys = set()
    for told in (None, '{"metadata": {}}', '{"metadata": {"k": 1}}'):
        if told:
            (tmp_path / "data--metadata").write_text(told)
        keys.add(with_inputs(parts, Inputs({}, {"in": tmp_path / "data"})).key)
    assert len(keys) == 3
