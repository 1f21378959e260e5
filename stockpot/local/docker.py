"""Steps in the images that they name, by Docker or what takes its arguments: `stockpot run --docker`.

A container is the person's own process in all but its files: it has their user and their network, and sees of the
machine's files the run's directory, at the same path, and its volumes. The image's own code and packages run.
"""

import asyncio
import csv
import hashlib
import io
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from components.shell.errors import ConfigurationError, StepError, TransientError
from components.shell.redaction import brief

SETTING = "STOCKPOT_DOCKER"
"""The variable that names the program."""
UNSURE = frozenset({125, 137, 143})
"""Exit codes of a program that was killed or could not go on: its container may not have ended."""
NOT_BEGUN = frozenset({125, 126, 127})
"""Exit codes of a container that did not begin, of which the program says why; a command may have them too."""
_KNOWN = ("docker", "podman")
_LETTERS, _LONGEST = 16, 300
# What a registry says of an image that it will not hand out tomorrow either.
_FINAL = ("denied", "not found", "unknown", "unauthorized", "invalid reference", "does not exist")
# Docker reads files of variables by lines of 64 KiB at most.
_LINE = 32_768
# Behind the reason it advises to read its manual.
_ADVICE = (b"Run '", b"See '")
_END = 400


@dataclass(frozen=True)
class Mount:
    """What a container sees at a path: a file or directory of the machine, its `source`."""

    path: str
    source: Path
    readonly: bool = False


@dataclass(frozen=True)
class Docker:
    """The program that runs containers."""

    program: str

    @classmethod
    def detect(cls) -> "Docker":
        """The one that STOCKPOT_DOCKER names, else Docker, else Podman.

        Raises:
            ConfigurationError: there is none.
        """
        named = os.environ.get(SETTING, "").strip()
        program = next(filter(None, map(shutil.which, [named] if named else _KNOWN)), None)
        if program is None:
            raise ConfigurationError(
                f"--docker needs {named or 'docker or podman'}, which is not on PATH",
                f"install it, or name another with {SETTING}",
            )
        return cls(str(Path(program).absolute()))

    def described(self) -> str:
        """What runs the steps, in one line.

        Raises:
            ConfigurationError: it does not answer.
        """
        done = self._call("version", "--format", "{{.Server.Version}}")
        if done.returncode:
            raise ConfigurationError(f"{self.program} does not answer: {brief(done.stderr, _LONGEST)}", "start it")
        return f"each step in its image, by {self.program} {done.stdout.strip()}"

    def id_of(self, image: str) -> str:
        """The id of the image, which differs from another's of the same name; empty where it is not on this machine."""
        done = self._call("image", "inspect", "--format", "{{.Id}}", image)
        return "" if done.returncode else done.stdout.strip().removeprefix("sha256:")[:_LETTERS]

    async def fetch(self, image: str) -> None:
        """Fetch the image; whoever cancels that ends the program too.

        Raises:
            ConfigurationError: there is no such image, or this person may not have it.
            TransientError: it cannot be had now.
        """
        process = await asyncio.create_subprocess_exec(
            self.program, "pull", "--quiet", image, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await asyncio.shield(process.wait())
            raise
        if process.returncode:
            raise _refused(image, brief(errors.decode(errors="replace"), _LONGEST))

    def remove(self, name: str) -> str:
        """Remove the container, running or not, if there is one; what went wrong, empty where nothing did."""
        done = self._call("rm", "--force", "--volumes", name)
        gone = not done.returncode or "no such container" in done.stderr.lower()
        return "" if gone else brief(done.stderr, _LONGEST)

    def words(  # noqa: PLR0917 - what a container is made from
        self,
        name: str,
        image: str,
        program: Sequence[str],
        arguments: Sequence[str],
        apart: Iterable[str],
        mounts: Iterable[Mount],
    ) -> list[str]:
        """The command that runs a container to its end: a program, or the image's own where none is said.

        Words are there for all to see: values of variables stand in its input, and those that are `apart` (`spoken`) in
        its environment.
        """  # fmt: skip
        mount_options = [word for mount in mounts for word in ("--mount", _written(mount))]
        env_options = [word for key in apart for word in ("--env", key)]
        entry = ["--entrypoint", program[0]] if program else []
        return [
            self.program, "run", "--rm", "--name", name, "--network", "host", *self._user,
            # Where files have labels, no container may read those of a user.
            "--security-opt", "no-new-privileges", "--security-opt", "label=disable",
            "--env-file", "/dev/stdin", *env_options, *mount_options, *entry, image, *program[1:], *arguments,
        ]  # fmt: skip

    @cached_property
    def _user(self) -> list[str]:
        """The options by which files that a container writes are the person's."""
        own = f"{os.getuid()}:{os.getgid()}"
        if Path(self.program).name.startswith("podman"):
            return ["--user", own, *(["--userns", "keep-id"] if os.getuid() else [])]
        security_options = self._call("info", "--format", "{{json .SecurityOptions}}").stdout
        if "name=rootless" in security_options:
            # Its root is the person.
            return ["--user", "0:0"]
        return ["--user", own, *(["--userns", "host"] if "name=userns" in security_options else [])]

    def _call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        # In a session of its own: Ctrl-C in a terminal must not keep it from tidying up.
        return subprocess.run(
            [self.program, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            errors="replace", start_new_session=True,
        )  # fmt: skip


def container_name(run_id: str, step_id: str) -> str:
    """The name of a step's container."""
    return f"stockpot-{run_id}-{hashlib.sha256(step_id.encode()).hexdigest()[:_LETTERS]}"


def without_advice(log: Path) -> None:
    """Cut the program's advice to read its manual off the log, so that the last line is the reason."""
    with log.open("r+b") as file:
        start = max(0, file.seek(0, os.SEEK_END) - _END)
        file.seek(start)
        reason, _, last = file.read().rstrip().rpartition(b"\n")
        if last.startswith(_ADVICE) and b"--help'" in last:
            file.truncate(start + len(reason))


def spoken(variables: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """The variables as lines of a command's input, and those that no line can say: of several lines, long, no text."""
    apart = {
        key: value
        for key, value in variables.items()
        if len(value) > _LINE or value.splitlines() not in ([value], []) or not _is_text(value) or key[:1] in "# "
    }
    return "".join(f"{key}={value}\n" for key, value in variables.items() if key not in apart).encode(), apart


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _written(mount: Mount) -> str:
    """The mount in Docker's words: values separated by commas, quoted where they hold any."""
    fields = ["type=bind", f"source={mount.source}", f"target={mount.path}", *(["readonly"] if mount.readonly else [])]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _refused(image: str, reason: str) -> StepError:
    problem = f"image {image} cannot be had: {reason}"
    if any(word in reason.lower() for word in _FINAL):
        return ConfigurationError(problem, "build it (make images), correct its name, or log in to its registry")
    return TransientError(problem, "check the network and try again")
