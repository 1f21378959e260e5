"""A step leaves with one line and the right code, however it ends."""

import os
import signal
import subprocess
import sys
from errno import EDQUOT, EFBIG, EIO, ENOSPC
from pathlib import Path

import pytest

from components.shell.errors import ContractError
from components.shell.redaction import redact
from components.shell.step import verdict

STEP = '''
"""A step."""
from components.shell import errors, step
import logging, threading, time

def main(*, do: str) -> None:
    logging.getLogger("work").info("at work")
    print("shown to a person")
    DEED

if __name__ == "__main__":
    step.run(main)
'''

WAIT = "threading.Thread(target=time.sleep, args=(600,)).start(); time.sleep(600)"


def start(tmp_path: Path, do: str, **environment: str) -> subprocess.Popen[str]:
    """A step of its own whose deed is the statement `do`."""
    (tmp_path / "deed.py").write_text(STEP.replace("DEED", do))
    root = Path(__file__).parents[3]
    return subprocess.Popen(
        [sys.executable, "-m", "deed", "--do", "it"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


ENDS = [
    ("pass", 0, ""),
    ("raise errors.ContractError('rows are missing', 'find them')", 10, "error: rows are missing - find them"),
    ("raise errors.TransientError('lost postgresql://app:hush@db/x')", 75, "error: lost postgresql://***@db/x"),
    ("raise ValueError('odd\\nthing password=hush here')", 1, "error: ValueError: odd thing password=*** here"),
    (
        "raise OSError(28, 'No space left on device')",
        75,
        "error: no room left on the disk - give the step more, then try again",
    ),
    ("raise MemoryError()", 137, "error: out of memory - give the step more, or its input in smaller parts"),
    ("raise KeyboardInterrupt()", 130, "error: interrupted"),
]


@pytest.mark.parametrize(("do", "code", "line"), ENDS)
def test_a_step_ends_with_one_line_and_its_code(do: str, code: int, line: str, tmp_path: Path) -> None:
    """Logs go to stderr, what a person asked for to stdout, and a failure is one line without traceback or secret."""
    process = start(tmp_path, do)
    out, err = process.communicate(timeout=120)
    logged, *rest = err.splitlines()
    assert (process.returncode, rest) == (code, [line] if line else [])
    assert logged.endswith("INFO at work")
    assert out == "shown to a person\n"


def test_wrong_arguments_end_with_their_code(tmp_path: Path) -> None:
    """A flag that is unknown ends the step before its work."""
    process = start(tmp_path, "pass")
    process.communicate(timeout=120)
    done = subprocess.run(
        [*process.args, "--doo", "x"], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (11, "error: unknown argument --doo; did you mean --do?\n")


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_step_at_once(sent: signal.Signals, code: int, tmp_path: Path) -> None:
    """A terminated step does not wait for threads that are still at work."""
    process = start(tmp_path, WAIT)
    assert process.stderr is not None
    assert "at work" in process.stderr.readline()
    process.send_signal(sent)
    assert process.wait(120) == code  # its thread would be at work for ten minutes
    process.communicate()


def test_the_traceback_is_there_for_who_asks(tmp_path: Path) -> None:
    """STOCKPOT_DEBUG shows the traceback of an unexpected error."""
    process = start(tmp_path, "raise ValueError('odd')", STOCKPOT_DEBUG="1")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" in err


SECRETS = [
    ("postgresql://app:pa%40ss@db:5432/x?sslmode=on", "postgresql://***@db:5432/x?sslmode=on"),
    ("postgresql+psycopg2://app:a:b@/x", "postgresql+psycopg2://***@/x"),
    ("host=db password=hush user=app", "host=db password=*** user=app"),
    ("MINIO_SECRET_KEY: hush, next", "MINIO_SECRET_KEY: ***, next"),
    ("mailto://me:hush@example.org", "mailto://***@example.org"),
    ("https://example.org/path and me@example.org", "https://example.org/path and me@example.org"),
    ("nothing secret about it", "nothing secret about it"),
]


@pytest.mark.parametrize(("text", "redacted"), SECRETS)
def test_credentials_are_taken_out(text: str, redacted: str) -> None:
    """Users and passwords of URLs and the values of passwords, secrets and tokens are not printed; the rest is."""
    assert redact(text) == redacted


@pytest.mark.parametrize(("number", "code"), [(ENOSPC, 75), (EDQUOT, 75), (EFBIG, 75), (EIO, 1)])
def test_a_full_disk_is_told_from_a_broken_one(number: int, code: int) -> None:
    """Room can come back; a disk that cannot be read does not mend itself."""
    assert verdict(OSError(number, os.strerror(number)))[1] == code


def test_a_step_error_speaks_for_itself() -> None:
    """The line of an expected failure is the error's own."""
    assert verdict(ContractError("a", "b")) == ("a - b", 10)
