"""uv, which builds environments and resolves what goes into them."""

import contextlib
import os
import signal
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence

from components.shell.errors import ConfigurationError, TransientError
from components.shell.redaction import redact
from stockpot.caches import users_cache
from stockpot.local.processes import bound_to_us, signal_group
from stockpot.local.programs import installed
from stockpot.local.project import Project, can_be_written
from stockpot.local.unwanted import refuse_unwanted

_NETWORK = ("error sending request", "Failed to fetch", "dns error", "timed out", "Connection", "tcp connect")
# Letters of what uv said, the end of which has the reason.
_LONGEST = 500
# Whoever lists processes reads their words, and an address may hold a login.
_VARIABLES = {
    "--index-url": "UV_INDEX_URL",
    "--extra-index-url": "UV_EXTRA_INDEX_URL",
    "--allow-insecure-host": "UV_INSECURE_HOST",
}
_LOOK = 0.25


def uv(project: Project, arguments: list[str], wrong: str, todo: str, indexes: Sequence[str] = ()) -> str:
    """What uv prints; where it fails for another reason than the network, `wrong` and `todo` are what is said.

    `indexes` are options of uv with their addresses, which it gets as variables.

    Raises:
        ConfigurationError: it fails.
        TransientError: the package index, or another place that it fetches from, does not answer; or the run has ended.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    if not can_be_written(users_cache()):
        environment.setdefault("UV_CACHE_DIR", str(project.environments.parent / "uv"))
    environment |= _variables(indexes)
    program = installed("uv", "uv is not installed", "run make setup")
    done = _carried_out([program, *arguments], environment)
    if done.returncode == 0:
        return done.stdout
    # Cut only without secrets, for half a secret is known to nobody.
    reason = _end(redact(" ".join(done.stderr.split())))
    if any(sign in reason for sign in _NETWORK):
        raise TransientError(f"uv cannot fetch what it needs: {reason}", "check the network and run again")
    raise ConfigurationError(f"{wrong}: {reason}", todo)


def _carried_out(words: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """The program, ended. It gets no signals of a terminal, as Ctrl-C is: we do, and may go on."""
    process = subprocess.Popen(
        [*bound_to_us(), *words], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            while True:
                refuse_unwanted()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    output, errors = process.communicate(timeout=_LOOK)
                    return subprocess.CompletedProcess(words, process.returncode, output, errors)
        finally:
            # Of one that has ended nothing is left to end.
            if process.returncode is None:
                signal_group(process.pid, signal.SIGKILL)


def _end(text: str) -> str:
    """The end of what was said, from the beginning of a word."""
    return text if len(text) <= _LONGEST else f"… {text[-_LONGEST:].partition(' ')[2]}"


def _variables(indexes: Sequence[str]) -> dict[str, str]:
    """The options as variables, of which one holds several addresses with blanks between them."""
    by_variable: defaultdict[str, list[str]] = defaultdict(list)
    for option, address in zip(indexes[::2], indexes[1::2], strict=True):
        by_variable[_VARIABLES[option]].append(address)
    return {name: " ".join(addresses) for name, addresses in by_variable.items()}
