"""What an image is made of, and which commit that was."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from components.shell.errors import ConfigurationError

_ROOT = Path(__file__).resolve().parents[2]
_SHARED = ("components/__init__.py", "components/shell", "images/trim.py", "locks/uv.txt", ".dockerignore")


@dataclass(frozen=True)
class Sources:
    """A working tree with `images/<step>/Dockerfile`, the steps' code and its history."""

    root: Path = _ROOT

    def steps(self) -> list[str]:
        """The steps that have a Dockerfile, sorted."""
        return sorted(path.parent.name for path in self.root.glob("images/*/Dockerfile"))

    def chosen(self, names: list[str]) -> list[str]:
        """The steps named, or all of them; a name may be an image's too, such as `load-iceberg`.

        Raises:
            ConfigurationError: one of them has no Dockerfile.
        """
        known = self.steps()
        wanted = sorted({name.replace("-", "_") for name in names}) or known
        if missing := [name for name in wanted if name not in known]:
            raise ConfigurationError(
                f"there is no images/{missing[0]}/Dockerfile", f"known are {', '.join(known) or 'none'}"
            )
        return wanted

    def dockerfile(self, step: str) -> Path:
        """The step's Dockerfile; its context is the root."""
        return self.root / "images" / step / "Dockerfile"

    def parts(self, step: str) -> list[str]:
        """All paths that go into a step's image, relative to the root."""
        return [*_SHARED, f"components/{step}", f"images/{step}"]

    def revision(self, step: str) -> str:
        """The last commit that changed what the image is made of, so that other commits leave the image as it is.

        It ends in `-dirty` where something has changed since, and is `unknown` outside of a repository.
        """
        commit = self._git("log", "-1", "--format=%H", "--", *self.parts(step))
        if not commit:
            return "unknown"
        return f"{commit}-dirty" if self._git("status", "--porcelain", "--", *self.parts(step)) else commit

    def time(self, step: str) -> str:
        """The time of that commit in seconds since 1970, or 0."""
        return self._git("log", "-1", "--format=%ct", "--", *self.parts(step)) or "0"

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""
