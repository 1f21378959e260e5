"""What an image is made of, and which commit that was."""

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

from components.rooms import rooms
from components.shell.errors import ConfigurationError

ON_GPU = "_gpu"
"""What the name of a step's image for nodes with a GPU ends in."""
_ROOT = Path(__file__).resolve().parents[2]
_DOCKERFILE = "images/Dockerfile"
_SHARED = (
    "components/__init__.py", "components/rooms.py", _DOCKERFILE, "images/trim.py", "locks/uv.txt", ".dockerignore",
)  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """A working tree: the Dockerfile of all steps, their locks below `images/<step>/`, their code and its history.

    A step with a second lock, `gpu.txt`, has a second image of the same code, which is called `<step>_gpu`.
    """

    root: Path = _ROOT

    def steps(self) -> list[str]:
        """The steps that have requirements, none being some too, sorted."""
        return sorted(path.parent.name for path in self.root.glob("images/*/requirements.in"))

    def on_gpu(self) -> list[str]:
        """The images for nodes with a GPU, sorted: gigabytes each, so that they are built where they are named."""
        return sorted(f"{path.parent.name}{ON_GPU}" for path in self.root.glob("images/*/gpu.in"))

    def chosen(self, names: list[str]) -> list[str]:
        """The steps named, or all of them; a name may be an image's too, such as `load-iceberg` or `embed-text-gpu`.

        Raises:
            ConfigurationError: one of them is no step.
        """
        steps = self.steps()
        wanted, known = sorted({name.replace("-", "_") for name in names}) or steps, [*steps, *self.on_gpu()]
        if missing := [name for name in wanted if name not in known]:
            todo = f"known are {', '.join(known) or 'none'}"
            raise ConfigurationError(f"there is no images/{missing[0]}/requirements.in", todo)
        return wanted

    @property
    def dockerfile(self) -> Path:
        """The Dockerfile of all steps; its context is the root."""
        return self.root / _DOCKERFILE

    def description(self, step: str) -> str:
        """What the step does, in one sentence: what its package says of itself."""
        package = ast.parse((self.root / "components" / self._code(step) / "__init__.py").read_text())
        return (ast.get_docstring(package) or "").partition("\n")[0]

    def arguments(self, step: str) -> dict[str, str]:
        """Whose image it is, as the Dockerfile's arguments."""
        lock = {"LOCK": "gpu.txt"} if step in self.on_gpu() else {}
        return {"STEP": self._code(step), "DESCRIPTION": self.description(step), **lock}

    def parts(self, step: str) -> list[str]:
        """All paths that go into a step's image, relative to the root."""
        code = self._code(step)
        return [*_SHARED, *(f"components/{room}" for room in rooms(self.root, code)), f"images/{code}"]

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

    def _code(self, image: str) -> str:
        """The step whose code the image runs."""
        return image.removesuffix(ON_GPU) if image in self.on_gpu() else image

    def _git(self, *arguments: str) -> str:
        try:
            done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""
