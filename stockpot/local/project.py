"""Where the steps' code and the locks of their images lie."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from components.shell.errors import ConfigurationError
from stockpot.caches import cache

_HERE = Path(__file__).resolve().parents[2]


def can_be_written(place: Path) -> bool:
    """Whether a directory can be written to, or made."""
    nearest = next((each for each in (place, *place.parents) if each.exists()), place)
    return place.is_absolute() and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


@dataclass(frozen=True)
class Project:
    """A directory `code` in which `components` can be imported, the folder of images, and the cache of environments.

    `beside` is the folder of images that lies beside a pipeline's file: locks of its own steps, looked for there first.
    """

    code: Path = _HERE
    images: Path = _HERE / "images"
    environments: Path = field(default_factory=lambda: cache() / "stockpot" / "envs")
    python: Path = Path(sys.executable)
    beside: Path | None = None

    @classmethod
    def of(cls, home: Path, reference: str = "") -> "Project":
        """The project as it is installed, for the pipeline of that reference.

        Where the user's cache cannot be written to, environments lie in `home`.
        """
        file = reference if reference.endswith((".yaml", ".yml", ".json")) else reference.rpartition(":")[0]
        beside = Path(file).resolve().parent / "images" if file else None
        if can_be_written(cache()):
            return cls(beside=beside)
        return cls(environments=home.resolve() / "envs", beside=beside)

    def step(self, image: str) -> str:
        """The folder that stands for an image, such as `load_iceberg` for `ghcr.io/stockpot/load-iceberg:0.1.0`.

        Raises:
            ConfigurationError: there is no lock for that image.
        """
        last = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        name = last.replace("-", "_")
        if not self.lock(name).is_file():
            folders = filter(None, (self.beside, self.images))
            found = {path.parent.name for folder in folders for path in folder.glob("*/requirements.txt")}
            known = ", ".join(sorted(found)) or "none"
            raise ConfigurationError(
                f"image {image} has no lock at {self.lock(name)}",
                f"the local runner needs images/{name}/requirements.txt; known are {known}",
            )
        return name

    def lock(self, step: str) -> Path:
        """The locked requirements of a step's image."""
        own = self.beside / step / "requirements.txt" if self.beside else None
        return own if own and own.is_file() else self.images / step / "requirements.txt"
