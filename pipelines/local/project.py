"""Where the steps' code and the locks of their images lie."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.errors import ConfigurationError

_HERE = Path(__file__).resolve().parents[2]


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


@dataclass(frozen=True)
class Project:
    """A directory `code` in which `components` can be imported, the folder of images, and the cache of environments."""

    code: Path = _HERE
    images: Path = _HERE / "images"
    environments: Path = field(default_factory=lambda: _cache() / "stockpot" / "envs")
    python: Path = Path(sys.executable)

    def step(self, image: str) -> str:
        """The folder that stands for an image, such as `load_iceberg` for `ghcr.io/stockpot/load-iceberg:0.1.0`.

        Raises:
            ConfigurationError: there is no lock for that image.
        """
        last = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        name = last.replace("-", "_")
        if not self.lock(name).is_file():
            known = ", ".join(sorted(path.parent.name for path in self.images.glob("*/requirements.txt"))) or "none"
            raise ConfigurationError(
                f"image {image} has no lock at {self.lock(name)}",
                f"the local runner needs images/{name}/requirements.txt; known are {known}",
            )
        return name

    def lock(self, step: str) -> Path:
        """The locked requirements of a step's image."""
        return self.images / step / "requirements.txt"

    def code_of(self, step: str) -> tuple[Path, ...]:
        """The files and folders that a step's behaviour depends on."""
        components = self.code / "components"
        return (components / "__init__.py", components / "shell", components / step)
