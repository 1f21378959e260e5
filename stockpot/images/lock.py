"""`images/lock.json`: for each step the reference that its image cannot change behind."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from components.shell.errors import ConfigurationError
from components.shell.files import write_atomically

_STEP = re.compile(r"^[a-z][a-z0-9_]*$")
_PINNED = re.compile(r"^[^\s@]+(@sha256:[0-9a-f]{64}|:[0-9a-f]{12})$")
_TODO = "run make images"


def read_lock(path: Path) -> dict[str, str]:
    """The pinned reference of each step.

    Raises:
        ConfigurationError: the file is missing, or is not an object of steps and pinned references.
    """
    try:
        pinned = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(f"there is no {path}", _TODO) from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", _TODO) from None
    if not isinstance(pinned, dict) or not pinned:
        raise ConfigurationError(f"{path} is not an object of steps and references", _TODO)
    for step, reference in pinned.items():
        _check(path, step, reference)
    return pinned


def _check(path: Path, step: str, reference: object) -> None:
    if not _STEP.match(step):
        raise ConfigurationError(f"{path} names '{step}', which cannot be a step", _TODO)
    if not isinstance(reference, str) or not _PINNED.match(reference):
        raise ConfigurationError(
            f"{path} does not pin {step}: {json.dumps(reference)} has neither a digest nor a tag made from the content",
            _TODO,
        )


def write_lock(path: Path, built: Mapping[str, str], known: Iterable[str]) -> None:
    """Put the references built into the file; of the others those stay whose step is still known."""
    try:
        before = read_lock(path)
    except ConfigurationError:
        before = {}
    steps = set(known)
    kept = {step: reference for step, reference in {**before, **built}.items() if step in steps}
    write_atomically(path, (json.dumps(kept, indent=2, sort_keys=True) + "\n").encode())


def replacements(lock: Path, images: Iterable[str]) -> dict[str, str]:
    """For each of the images the pinned one of the same step.

    Raises:
        ConfigurationError: as `read_lock`; or one of the images has no entry.
    """
    pinned = read_lock(lock)
    references = {}
    for image in images:
        step = step_of(image)
        if step not in pinned:
            raise ConfigurationError(f"{lock} has no step '{step}', which {image} stands for", f"{_TODO} STEPS={step}")
        references[image] = pinned[step]
    return references


def step_of(image: str) -> str:
    """The step that an image runs, such as `load_iceberg` for `ghcr.io/stockpot/load-iceberg:0.1.0`."""
    return image.rpartition("/")[2].partition("@")[0].partition(":")[0].replace("-", "_")
