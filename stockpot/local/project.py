"""Where the steps' code and the locks of their images lie."""

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.errors import ConfigurationError
from stockpot.caches import cache
from stockpot.compiler.definitions import is_ir_file
from stockpot.local.docker import Docker

_HERE = Path(__file__).resolve().parents[2]
# The official images of Python, which KFP's components have by default and which hold no packages, and those of systems
# that hold a shell and its tools.
_PLAIN = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?P<name>python|alpine|bash|busybox|debian|ubuntu)"
    r"(?::(?P<tag>[\w.-]+))?(?:@sha256:[0-9a-f]+)?"
)
_MINOR = re.compile(r"(3\.\d+)(?:[.-]|\Z)")
_STAND_IN = "python-"
_NO_PACKAGES = Path(__file__).with_name("no_packages.txt")


def can_be_written(directory: Path) -> bool:
    """Whether a directory can be written to, or made."""
    nearest = next((each for each in (directory, *directory.parents) if os.path.exists(each)), directory)  # noqa: PTH110 - Path would raise
    return directory.is_absolute() and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


@dataclass(frozen=True)
class Project:
    """A directory `code` in which `components` can be imported, the folder of images, and the cache of environments.

    `beside` is the folder of images that lies beside a pipeline's file: locks of its own steps, looked for there first.
    With `docker` steps run in the images themselves, which need no locks.
    """

    code: Path = _HERE
    images: Path = _HERE / "images"
    environments: Path = field(default_factory=lambda: cache() / "envs")
    python: Path = Path(sys.executable)
    beside: Path | None = None
    docker: Docker | None = None

    @classmethod
    def of(cls, home: Path, reference: str = "", folder: Path | None = None, *, docker: bool = False) -> "Project":
        """The project as it is installed, for the pipeline of that reference; `folder` stands in for its file's.

        Where the user's cache cannot be written to, environments lie in `home`. With `docker` steps run in images.

        Raises:
            ConfigurationError: there is no Docker.
        """
        file = reference if is_ir_file(reference) else reference.rpartition(":")[0]
        folder = folder or (Path(file).parent if file else None)
        beside = folder.resolve() / "images" if folder else None
        engine = Docker.detect() if docker else None
        if can_be_written(cache()):
            return cls(beside=beside, docker=engine)
        return cls(environments=home.resolve() / "envs", beside=beside, docker=engine)

    def step(self, image: str) -> str:
        """The folder that stands for an image, such as `load_iceberg` for `ghcr.io/stockpot/load-iceberg:0.1.0`.

        For an image of Python itself that has none it is a name such as `python-3.11`, of an environment of that Python
        without packages; for one of a plain system it is that of the Python that is here.

        Raises:
            ConfigurationError: there is no lock for that image.
        """
        last = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        name = last.replace("-", "_")
        if not self.lock(name).is_file():
            if plain := _PLAIN.fullmatch(image):
                minor = plain["name"] == "python" and _MINOR.match(plain["tag"] or "")
                return _STAND_IN + (minor[1] if minor else f"{sys.version_info[0]}.{sys.version_info[1]}")
            folders = filter(None, (self.beside, self.images))
            names = {path.parent.name for folder in folders for path in folder.glob("*/requirements.txt")}
            known = ", ".join(sorted(names)) or "none"
            raise ConfigurationError(
                f"image {image} has no lock at {(self.beside or self.images) / name / 'requirements.txt'}",
                f"the local runner needs images/{name}/requirements.txt; known are {known}",
            )
        return name

    def named(self, image: str) -> str:
        """What runs for an image, as people see it: its folder, or the image itself.

        Raises:
            ConfigurationError: there is no lock for that image, which does not run itself.
        """
        return image if self.docker else self.step(image)

    def lock(self, step: str) -> Path:
        """The locked requirements of a step's image."""
        if step.startswith(_STAND_IN):
            return _NO_PACKAGES
        own = self.beside / step / "requirements.txt" if self.beside else None
        return own if own and own.is_file() else self.images / step / "requirements.txt"

    def packages(self, step: str) -> tuple[Path, ...]:
        """The Python packages that a step of the user's own may import: those beside the folder of its lock.

        On a cluster its image holds them. `components` is ours.
        """
        if self.beside is None or not self.lock(step).is_relative_to(self.beside):
            return ()
        folders = {path.parent for path in self.beside.parent.glob("*/__init__.py")}
        return tuple(sorted(folder for folder in folders if folder.name != "components"))

    def interpreter(self, step: str) -> str:
        """The Python that the environment of a step is made from: a path, or a version that uv finds or fetches."""
        return step.removeprefix(_STAND_IN) if step.startswith(_STAND_IN) else str(self.python)

    def stands_in(self, image: str, *, installs: bool = False) -> str:
        """What runs in place of an image of Python or of a plain system, in one line; nothing where there is a lock.

        Where a component `installs` packages when it starts, they are in its environment.
        """
        step = self.step(image)
        if not step.startswith(_STAND_IN):
            return ""
        packages = "with what each component installs" if installs else "without packages"
        python = f"an environment of Python {self.interpreter(step)} {packages}"
        plain = _PLAIN.fullmatch(image)
        if plain and plain["name"] != "python":
            return f"{image}: this machine's own programs and {python} stand in for the image"
        return f"{image}: {python} stands in for the image"
