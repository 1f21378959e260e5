"""Environments per image lock: built once, whole or not at all."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from stockpot.local.environments import ensure, in_use, lock_hash
from stockpot.local.project import Project
from stockpot.local.uv import uv
from tests.stockpot.local.probes import make_workshop

ENSURE = """
import sys
from pathlib import Path
from stockpot.local.environments import ensure
from stockpot.local.project import Project
root = Path(sys.argv[1])
project = Project(code=root, images=root / "images", environments=Path(sys.argv[2]))
print(ensure(project, "probe", lambda packages: print("building", packages)).python)
"""


def _psycopg2() -> str:
    """The lines of a lock that pin a package with compiled parts."""
    locked = (Path(__file__).parents[3] / "images/begin_run/requirements.txt").read_text()
    return str(re.findall(r"^psycopg2-binary==.*(?:\n .*)*", locked, re.MULTILINE)[0])


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """A project whose environments were never built."""
    make_workshop(tmp_path)
    return Project(code=tmp_path, images=tmp_path / "images", environments=tmp_path / "environments")


def test_an_environment_is_built_once(fresh: Project) -> None:
    """The second call finds what the first built; another lock has another environment."""
    built: list[int] = []
    (fresh.images / "other/requirements.txt").write_text(_psycopg2())
    first = ensure(fresh, "probe", built.append)
    again = ensure(fresh, "probe", built.append)
    other = ensure(fresh, "other", built.append)
    assert (first.python, first.seconds > 0, again.seconds) == (again.python, True, 0.0)
    assert other.python != first.python
    assert built == [0, 1]
    assert subprocess.run([first.python, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\n"


def test_comments_of_a_lock_make_no_other_environment(fresh: Project) -> None:
    """Who asked for a package is told in comments; steps with equal pins share an environment."""
    pins = (fresh.images / "probe/requirements.txt").read_text()
    (fresh.images / "probe/requirements.txt").write_text(f"# for probe\n{pins}    # via probe\n")
    (fresh.images / "other/requirements.txt").write_text(f"{pins}    # via other\n")
    assert lock_hash(fresh, "probe") == lock_hash(fresh, "other")


@pytest.mark.parametrize("forbidden", [False, True])
def test_bytecode_is_compiled_ahead_only_where_python_may_not_keep_it(
    fresh: Project, monkeypatch: pytest.MonkeyPatch, *, forbidden: bool
) -> None:
    """Else what is imported is compiled when it first is, which is a small part of what is installed."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1" if forbidden else "")
    (fresh.images / "probe/requirements.txt").write_text(_psycopg2())
    python = ensure(fresh, "probe").python
    assert bool(list(python.parents[1].rglob("psycopg2/**/*.pyc"))) == forbidden
    subprocess.run([python, "-c", "import psycopg2"], check=True)
    assert list(python.parents[1].rglob("psycopg2/**/*.pyc"))


def test_a_lock_is_installed_with_its_hashes(fresh: Project) -> None:
    """A pinned and hashed package can be imported; the wrong hash, or none, is refused."""
    lines = _psycopg2()
    lock = fresh.images / "probe" / "requirements.txt"
    lock.write_text(lines)
    python = ensure(fresh, "probe").python
    subprocess.run([python, "-c", "import psycopg2"], check=True)
    for wrong in ("iniconfig==2.1.0\n", lines.replace("sha256:", "sha256:0")):
        lock.write_text(wrong)
        with pytest.raises(ConfigurationError, match="cannot be installed"):
            ensure(fresh, "probe")
    assert [path for path in fresh.environments.iterdir() if path.name.startswith(".")] == []


def test_a_broken_environment_is_built_anew(fresh: Project) -> None:
    """An environment whose interpreter has gone is replaced."""
    first = ensure(fresh, "probe")
    first.python.unlink()
    assert ensure(fresh, "probe").seconds > 0
    assert first.python.exists()


def test_two_that_build_the_same(fresh: Project) -> None:
    """Of two processes that need the same environment at once, one builds it and the other waits."""
    command = [sys.executable, "-c", ENSURE, str(fresh.code), str(fresh.environments)]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].splitlines() for process in started]
    assert said[0][-1] == said[1][-1]
    assert sorted(len(lines) for lines in said) == [1, 2]


@pytest.mark.parametrize(
    "image",
    [
        "ghcr.io/stockpot/probe:0.1.0",
        "probe",
        "localhost:5000/probe",
        "registry/a/probe@sha256:abc",
        "r:5/probe:1@sha256:a",
    ],
)
def test_images_name_their_folder(fresh: Project, image: str) -> None:
    """The last part of an image's reference, without tag and digest, names the folder of its lock."""
    assert fresh.step(image) == "probe"


def test_an_unknown_image_names_the_known_ones(fresh: Project) -> None:
    """The error names the folder that is missing and those that are there."""
    with pytest.raises(ConfigurationError, match=r"images/load_iceberg/requirements\.txt; known are other, probe"):
        fresh.step("ghcr.io/x/load-iceberg:1")


def test_the_cache_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Environments lie below XDG_CACHE_HOME."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Project().environments == tmp_path / "stockpot" / "envs"
    assert os.environ["XDG_CACHE_HOME"] == str(tmp_path)


@pytest.mark.parametrize("cache", [f"{__file__}/cache", "relative/cache"])
def test_where_the_cache_cannot_be_written_to_the_home_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: str
) -> None:
    """As with a HOME that does not exist or belongs to somebody else; uv is told the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    program = tmp_path / "uv"
    program.write_text('#!/bin/sh\necho "$UV_CACHE_DIR"\n')
    program.chmod(0o755)
    monkeypatch.setattr("stockpot.local.uv.installed", lambda *_: str(program))
    found = Project.of(tmp_path / "home")
    assert found.environments == tmp_path / "home" / "envs"
    assert uv(found, [], "wrong", "todo") == f"{tmp_path / 'home' / 'uv'}\n"


def test_a_home_that_nobody_knows_is_no_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user without an entry in the list of users, and no HOME."""
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.getuid", lambda: 4242424)
    assert Project.of(tmp_path).environments == tmp_path / "envs"


@pytest.mark.timeout(60)
def test_one_that_is_used_can_be_built_anew(fresh: Project) -> None:
    """A run that holds it does not wait for itself when what it holds is lost."""
    found = ensure(fresh, "probe")
    with in_use(found):
        shutil.rmtree(found.python.parents[1])
        assert ensure(fresh, "probe").python.exists()
