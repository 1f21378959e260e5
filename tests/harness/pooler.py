"""A real PgBouncer in front of a test's server, with the settings it comes with."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.harness.ports import free_port
from tests.harness.waiting import wait_for

_PROGRAM = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))


def missing() -> str:
    """Why there is no PgBouncer; empty where there is one."""
    return "" if _PROGRAM else "pgbouncer is not installed (Debian: apt-get install pgbouncer)"


@contextmanager
def pooler(url: str, directory: Path, users: tuple[str, ...] = (), **settings: object) -> Iterator[str]:
    """The address of the database `url` behind a PgBouncer that pools transactions; it lets `users` in without asking.

    `settings` are PgBouncer's own, such as `default_pool_size`; what they do not name is as PgBouncer has it.
    """
    parts, port = urlsplit(url), free_port()
    (host,) = parse_qs(parts.query)["host"]
    directory.mkdir()
    known = directory / "users.txt"
    known.write_text("".join(f'"{user}" ""\n' for user in ("postgres", *users)))
    wanted = {
        "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "pool_mode": "transaction",
        "auth_type": "trust", "auth_file": known, "logfile": directory / "log", **settings,
    }  # fmt: skip
    lines = ["[databases]", f"* = host={host}", "[pgbouncer]", *(f"{name} = {value}" for name, value in wanted.items())]
    (directory / "pgbouncer.ini").write_text("\n".join(lines))
    process = subprocess.Popen(
        [str(_PROGRAM), "-q", *_not_root(directory, Path(host)), directory / "pgbouncer.ini"], stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: _answers(port))
        yield f"postgresql://postgres@127.0.0.1:{port}{parts.path}"
    finally:
        process.kill()
        process.wait(10)


def _not_root(directory: Path, server: Path) -> list[str]:
    """PgBouncer refuses to be root: it becomes the owner of the server's directory, who alone may enter it."""
    if os.geteuid():
        return []
    owner = pwd.getpwuid(server.stat().st_uid)
    os.chown(directory, owner.pw_uid, owner.pw_gid)
    return ["-u", owner.pw_name]


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
