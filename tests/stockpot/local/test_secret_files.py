"""Secrets and ConfigMaps that lie in the home, as variables and as files."""

from pathlib import Path
from typing import Any, Optional

import pytest
from kfp import dsl, kubernetes

from components.shell.errors import ConfigurationError
from stockpot.local.secret_files import SecretFiles
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record

_IMAGE = "python:3.11"


@dsl.container_component
def _variables(said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image=_IMAGE, command=["sh", "-c", 'printf %s "$A|$B" > "$0"'], args=[said])


@dsl.container_component
def _show(path: str, said: dsl.OutputPath(str)):
    return dsl.ContainerSpec(
        image=_IMAGE, command=["sh", "-ec", 'cat "$1"/* > "$0"; ls -l "$1" >&2'], args=[said, path]
    )


@dsl.container_component
def _try_to_write(path: str):
    return dsl.ContainerSpec(image=_IMAGE, command=["sh", "-c", 'echo more > "$0/other"; true'], args=[path])


@pytest.fixture
def put(home: Path) -> Any:
    """A function that puts a key into the home, and gives its file."""

    def put(folder: str, name: str, key: str, text: str | bytes) -> Path:
        place = home / folder / name
        place.mkdir(parents=True, exist_ok=True)
        (place / key).write_bytes(text if isinstance(text, bytes) else text.encode())
        return place / key

    return put


def test_variables_come_from_files(runs: Runs, put: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By kind, name and key, also where a parameter names them; they go before the environment."""

    @dsl.pipeline(name="told")
    def told(name: str = "kitchen"):
        task = kubernetes.use_secret_as_env(_variables(), name, {"word": "A"})
        kubernetes.use_config_map_as_env(task, "kitchen", {"word": "B"})

    run = runs(told)
    assert run.exit_code == 11
    assert f"or write it to {runs.home.resolve()}/secrets/…/word" in run.error
    put("config-maps", "kitchen", "word", "dill")
    for name, word in (("kitchen", "soup"), ("larder", "salt")):
        put("secrets", name, "word", word)
    monkeypatch.setenv("A", "from the environment")
    assert record(runs(told), "variables").parameters["said"] == "soup|dill"
    assert record(runs(told, {"name": "larder"}), "variables").parameters["said"] == "salt|dill"
    assert record(runs(told, {"name": "cellar"}), "variables").parameters["said"] == "from the environment|dill"
    monkeypatch.delenv("A")
    assert "variables takes A from the Secret …, which is not here" in runs(told, {"name": "cellar"}).error


@pytest.mark.parametrize(
    ("use", "kind", "folder"),
    [
        (kubernetes.use_secret_as_volume, "secret", "secrets"),
        (kubernetes.use_config_map_as_volume, "configMap", "config-maps"),
    ],
)
def test_files_are_mounted(runs: Runs, put: Any, use: Any, kind: str, folder: str) -> None:
    """As copies that the step alone reads; what is nowhere is named with the place for it, or may be absent."""

    @dsl.pipeline(name="files")
    def files(name: str = "kitchen"):
        use(_show(path="/at"), name, "/at")

    @dsl.pipeline(name="files")
    def perhaps():
        use(_try_to_write(path="/at"), "nowhere", "/at", optional=True)

    run = runs(files)
    place = runs.home.resolve() / folder / "kitchen"
    assert run.exit_code == 11
    assert f"the {kind} kitchen, whose files are to be at /at, is not on this machine" in run.error
    assert f"make the directory {place} with a file for each key" in run.error
    file = put(folder, "kitchen", "word", "soup\n")
    run = runs(files)
    assert run.exit_code == 0, run.error
    assert record(run, "show").parameters["said"] == "soup"
    assert "-r-------- " in (runs.home / "runs" / run.id / "steps/show/stderr").read_text()
    assert not list((runs.home / "runs").rglob("volume-*"))
    assert file.read_text() == "soup\n"
    assert runs(perhaps).exit_code == 0


def test_a_volume_that_no_parameter_names_is_left_out(runs: Runs) -> None:
    """As KFP's driver does; the step goes without it."""

    @dsl.pipeline(name="files")
    def files(name: Optional[str] = None):  # noqa: UP045 - KFP reads no other
        kubernetes.use_secret_as_volume(_try_to_write(path="/at"), name, "/at")

    assert runs(files).exit_code == 0


def test_a_secret_of_a_file_is_in_no_log(runs: Runs, put: Any) -> None:
    """As one of the environment: whatever a step says of it."""

    @dsl.pipeline(name="leaking")
    def leaking(name: str):
        kubernetes.use_secret_as_env(probes.leak(code=10, hint="x"), name, {"word": "KITCHEN_WORD"})

    put("secrets", "kitchen", "word", "stockpot-of-gold")
    run = runs(leaking, {"name": "kitchen"})
    assert run.error.startswith("leak: ***")
    kept = [path for path in (runs.home / "runs" / run.id).rglob("*") if path.is_file() and "outputs" not in path.parts]
    assert [path for path in kept if b"stockpot-of-gold" in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("name", "key"), [("../kitchen", "word"), ("kitchen", "../word"), ("kitchen", ".."), ("", "word")]
)
def test_names_lead_nowhere_else(home: Path, put: Any, name: str, key: str) -> None:
    """No name of a Secret or of a key is a path."""
    put("secrets", "kitchen", "word", "soup")
    put(".", "", "word", "soup")
    assert SecretFiles(home).value("Secret", name, key) is None


def test_what_is_no_text_is_no_variable(runs: Runs, put: Any) -> None:
    """It is a file all the same."""

    @dsl.pipeline(name="bytes")
    def of_bytes():
        kubernetes.use_secret_as_env(_variables(), "kitchen", {"word": "A"})

    file = put("secrets", "kitchen", "word", b"\xff\xfe")
    run = runs(of_bytes)
    assert run.exit_code == 11
    assert f"{file.resolve()} cannot be read: it is no text - a variable holds text alone" in run.error


def test_a_directory_that_cannot_be_read_stops_no_other_run(
    home: Path, put: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step that asks for it is told so in one line, and finds no half of it."""
    locked = put("secrets", "locked", "word", "soup").parent.resolve()
    put("secrets", "open", "word", "salt")
    listed = Path.iterdir

    def iterdir(place: Path) -> Any:
        if place.resolve() == locked:
            raise PermissionError(13, "Permission denied", str(place))
        return listed(place)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    files = SecretFiles(home)
    assert files.texts() == {"open/word": "salt"}
    with pytest.raises(ConfigurationError, match=r"locked cannot be read: Permission denied - see to its rights"):
        files.mount("Secret", "locked", tmp_path / "mounted")
    assert not (tmp_path / "mounted").exists()
