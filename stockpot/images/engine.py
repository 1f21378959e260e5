"""A container engine's command line: build, tag, push, measure."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.shell.errors import ConfigurationError, StepError

_TAIL = 20
_DIGEST = re.compile(r"^\S+@sha256:[0-9a-f]{64}$")


class BuildError(StepError):
    """An image could not be built or pushed."""


@dataclass(frozen=True)
class Engine:
    """The command, `docker` or one that takes the same arguments, and options for each of its builds."""

    command: str = "docker"
    options: tuple[str, ...] = ()

    def check(self) -> None:
        """Return if the engine answers.

        Raises:
            ConfigurationError: there is no such command, or its engine does not run.
        """
        try:
            self._run(["version"])
        except BuildError as error:
            raise ConfigurationError(f"{self.command} does not answer: {error}", "start it, or set DOCKER") from None

    def build(self, dockerfile: Path, context: Path, arguments: dict[str, str], tag: str) -> str:
        """The id of the image built, `sha256:…`."""
        given = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
        self._run(["build", *self.options, *given, "--file", str(dockerfile), "--tag", tag, str(context)])
        return self._run(["image", "inspect", "--format", "{{.Id}}", tag]).strip()

    def content(self, image: str) -> str:
        """A digest of an image's layers and configuration, without the times that its id holds as well.

        A build whose cache was taken away between makes the same layers anew, under another id.
        """
        shown = self._run(["image", "inspect", "--format", "{{json .RootFS.Layers}} {{json .Config}}", image])
        return hashlib.sha256(shown.encode()).hexdigest()

    def tag(self, image: str, name: str) -> None:
        """Give an image one more name."""
        self._run(["tag", image, name])

    def push(self, name: str) -> str:
        """The reference by digest, `repository@sha256:…`, of the name that was pushed."""
        self._run(["push", name])
        repository = name.rpartition(":")[0]
        known = json.loads(self._run(["image", "inspect", "--format", "{{json .RepoDigests}}", name])) or []
        ours = [each for each in known if each.partition("@")[0] == repository and _DIGEST.match(each)]
        if not ours:
            raise BuildError(f"the registry gave no digest for {name}")
        return str(ours[-1])

    def layers(self, image: str) -> list[tuple[int, str]]:
        """The layers of an image, newest first: bytes and the instruction each came from."""
        lines = self._run(["history", "--no-trunc", "--human=false", "--format", "{{.Size}} {{.CreatedBy}}", image])
        sizes = [line.partition(" ") for line in lines.splitlines()]
        return [(int(size), instruction) for size, _, instruction in sizes]

    def _run(self, arguments: Sequence[str]) -> str:
        try:
            done = subprocess.run(
                [self.command, *arguments],
                env={**os.environ, "DOCKER_BUILDKIT": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            raise BuildError(f"there is no command {self.command}") from None
        if done.returncode:
            raise BuildError("\n".join((done.stderr or done.stdout).splitlines()[-_TAIL:]))
        return done.stdout
