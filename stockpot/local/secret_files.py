"""Secrets and ConfigMaps of the user's own on this machine: a directory of the home each, with a file for each key.

That is how Kubernetes mounts them, and how `kubectl create secret generic NAME --from-file DIR` reads them.
"""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.shell.errors import ConfigurationError

FOLDERS: Mapping[str, str] = {
    "Secret": "secrets",
    "ConfigMap": "config-maps",
    "secret": "secrets",
    "configMap": "config-maps",
}
"""Below the home, by the kind of a variable's source and of a volume."""
_KEY = re.compile(r"(?!\.\.)[-._a-zA-Z0-9]{1,253}")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class SecretFiles:
    """The Secrets and ConfigMaps of a home."""

    home: Path

    def directory(self, kind: str, name: str) -> Path:
        """Where the one of that kind and name lies, if it is there.

        Raises:
            ConfigurationError: that is no name of one.
        """
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"'{name[:80]}' is no name of a {kind}", "take a-z, 0-9, - and .")
        return self.home.resolve() / FOLDERS[kind] / name

    def value(self, kind: str, name: str, key: str) -> str | None:
        """The text of a key, None where there is none.

        Raises:
            ConfigurationError: it cannot be read, or is no text.
        """
        if kind not in FOLDERS or not _NAME.fullmatch(name) or not _KEY.fullmatch(key):
            return None
        file = self.directory(kind, name) / key
        try:
            return file.read_bytes().decode() if file.is_file() else None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise ConfigurationError(f"{file} cannot be read: {why}", "a variable holds text alone") from None

    def has_any(self, kind: str) -> bool:
        """Whether there is any of that kind."""
        return kind in FOLDERS and (self.home / FOLDERS[kind]).is_dir()

    def or_there(self, kind: str, name: str, key: str) -> str:
        """The words that say where else a key may lie; empty for what has no key."""
        return f", or write it to {self.home.resolve() / FOLDERS[kind] / name / key}" if kind in FOLDERS else ""

    def mount(self, kind: str, name: str, target: Path) -> bool:
        """Whether it is there; its keys are copied to `target` then, for the step alone, as files to be read.

        Raises:
            ConfigurationError: that is no name of one, or a file cannot be read.
        """
        source = self.directory(kind, name)
        if not source.is_dir():
            return False
        target.mkdir(mode=0o700)
        try:
            for file in _keys(source):
                shutil.copyfile(file, target / file.name)
                (target / file.name).chmod(0o400)
        except OSError as error:
            shutil.rmtree(target)
            lacking = error.filename or source
            raise ConfigurationError(f"{lacking} cannot be read: {error.strerror}", "see to its rights") from None
        return True

    def texts(self) -> dict[str, str]:
        """What lies in all files of Secrets, by their paths: the run shows it to nobody but the steps."""
        contents = {}
        for directory in (self.home.resolve() / FOLDERS["Secret"]).glob("*/"):
            # What is no text is in no log; what cannot be read is said by the step that asks for it.
            with suppress(OSError):
                for file in _keys(directory):
                    with suppress(OSError, ValueError):
                        contents[f"{directory.name}/{file.name}"] = file.read_bytes().decode()
        return contents


def _keys(directory: Path) -> Iterator[Path]:
    return (file for file in sorted(directory.iterdir()) if _KEY.fullmatch(file.name) and file.is_file())
