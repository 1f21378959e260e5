"""Steps in the images that they name, by Docker or what takes its arguments: `stockpot run --docker`.

A container is the person's own process in all but its files: it has their user and their network, and sees of the
machine's files the run's directory, at the same path, and its volumes. The image's own code and packages run.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.redaction import brief

SETTING = "STOCKPOT_DOCKER"
"""The variable that names the program."""
_KNOWN = ("docker", "podman")
# What the program itself goes by: a step's own is handed over by value.
_ITS_OWN = ("HOME", "PATH", "DOCKER_", "CONTAINER_", "XDG_")
_LETTERS, _LONGEST = 16, 300


@dataclass(frozen=True)
class Docker:
    """The program that runs containers."""

    program: str

    @classmethod
    def found(cls) -> "Docker":
        """The one that STOCKPOT_DOCKER names, else Docker, else Podman.

        Raises:
            ConfigurationError: there is none.
        """
        named = os.environ.get(SETTING, "").strip()
        program = next(filter(None, map(shutil.which, [named] if named else _KNOWN)), None)
        if program is None:
            raise ConfigurationError(
                f"--docker needs {named or 'docker or podman'}, which is not on PATH",
                f"install it, name another with {SETTING}, or leave --docker out",
            )
        return cls(program)

    def id_of(self, image: str) -> str:
        """What tells the image from another of the same name; empty where it is not on this machine."""
        done = self._call("image", "inspect", "--format", "{{.Id}}", image)
        return "" if done.returncode else done.stdout.strip().removeprefix("sha256:")[:_LETTERS]

    def described(self) -> str:
        """What runs the steps, in one line.

        Raises:
            ConfigurationError: it does not answer.
        """
        done = self._call("version", "--format", "{{.Server.Version}}")
        if done.returncode:
            told = brief(done.stderr, _LONGEST)
            raise ConfigurationError(f"{self.program} does not answer: {told}", "start it, or leave --docker out")
        return f"each step in its image, by {self.program} {done.stdout.strip()}"

    def fetch(self, image: str) -> None:
        """Fetch the image.

        Raises:
            ConfigurationError: it cannot be had.
        """
        done = self._call("pull", "--quiet", image)
        if done.returncode:
            raise ConfigurationError(
                f"image {image} cannot be had: {brief(done.stderr, _LONGEST)}",
                "build it (make images), or correct its name",
            )

    def remove(self, name: str) -> None:
        """Remove the container, running or not, if there is one."""
        self._call("rm", "--force", name)

    def words(  # noqa: PLR0917 - what a container is made from
        self,
        name: str,
        image: str,
        program: str,
        arguments: Sequence[str],
        variables: Mapping[str, str],
        places: Mapping[str, Path],
    ) -> list[str]:
        """The command that runs a container to its end: a program, or the image's own where none is said.

        What lies at `places` it finds by their paths. Values of variables stand in the `environment`, for words are
        there for all to see; those alone do not that the program goes by itself.
        """  # fmt: skip
        mounts = [word for path, place in places.items() for word in ("--volume", f"{place}:{path}")]
        named = [
            word
            for key, value in variables.items()
            for word in ("--env", f"{key}={value}" if key.startswith(_ITS_OWN) else key)
        ]
        entry = ["--entrypoint", program] if program else []
        return [
            self.program, "run", "--rm", "--name", name, "--network", "host", "--user", f"{os.getuid()}:{os.getgid()}",
            # Where files have labels, no container may read those of a user.
            "--security-opt", "no-new-privileges", "--security-opt", "label=disable",
            *mounts, *named, *entry, image, *arguments,
        ]  # fmt: skip

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """The environment of the program itself, from which a container gets its variables."""
        own = {key: value for key, value in os.environ.items() if key.startswith(_ITS_OWN)}
        return {key: value for key, value in variables.items() if not key.startswith(_ITS_OWN)} | own

    def _call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([self.program, *words], capture_output=True, text=True, check=False)


def container_name(run_id: str, step_id: str) -> str:
    """The name of a step's container."""
    return f"stockpot-{run_id}-{hashlib.sha256(step_id.encode()).hexdigest()[:_LETTERS]}"
