"""KFP's lightweight Python components: what they take and give, and what their command would install."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from components.shell import redaction
from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.checks import container_parts
from stockpot.compiler.executor import KEY, METADATA, URI
from stockpot.compiler.placeholders import ExecutorInput, Text
from stockpot.compiler.policies import speaks_codes

# What KFP's compiler writes ahead of the component's own command (`component_factory.py`).
_INSTALLER = re.compile(
    r'\s*if ! \[ -x "\$\(command -v pip\)" \]; then\n.*?\nfi\n(?P<installs>.*) && "\$0" "\$@"\s*', re.DOTALL
)
_AFTER_HOST = re.compile("[/?#]")
_SILENT = frozenset({"--quiet", "--no-warn-script-location"})
_ALONE = "--no-deps"
# pip's options and those of uv that mean the same.
_INDEXES = {
    "--index-url": "--index-url",
    "--extra-index-url": "--extra-index-url",
    "--trusted-host": "--allow-insecure-host",
}


@dataclass(frozen=True)
class Installs:
    """What a component installs: one group for each call of pip, and from which indexes, in the words of uv."""

    groups: tuple["Group", ...]
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    """Requirements that are installed together; `alone` means without what they need themselves."""

    requirements: tuple[str, ...]
    alone: bool


def is_lightweight(container: ir.Container) -> bool:
    """Whether the container's command reads the executor input, as that of KFP's Python components does."""
    return any(isinstance(part, ExecutorInput) for part in container_parts(container))


def may_leave_out(component: ir.Component) -> bool:
    """Whether KFP lets the component's container leave its artifacts unwritten.

    Our own steps write theirs, and what is around a Python component makes empty ones.
    """
    body = component.body
    return isinstance(body, ir.Container) and not speaks_codes(body) and not is_lightweight(body)


def interface_of(component: ir.Component) -> dict[str, Any]:
    """The names and types that an executor input tells of; metadata are no artifacts to the component."""
    return {
        "inputs": _schemas(component.artifacts),
        "parameters": [name for name in component.output_parameters if not name.endswith((KEY, URI))],
        "artifacts": _schemas(component.output_artifacts),
    }


def _schemas(artifacts: Mapping[str, ir.Artifact]) -> dict[str, str]:
    return {name: each.schema for name, each in artifacts.items() if not name.endswith(METADATA)}


def installs_of(container: ir.Container) -> Installs:
    """What the command installs before it runs.

    Raises:
        ConfigurationError: it asks pip for something that is not known here.
    """
    calls = [list(_known(call)) for call in _calls(container)]
    indexes = [option for call in calls[:1] for option in _indexes(call)]
    return Installs(tuple(_group(call) for call in calls), tuple(indexes))


def logins_of(container: ir.Container) -> set[str]:
    """What is secret in the addresses that it installs from: user and password, and what stands for both.

    That of every address counts, also beside options that are not known here: in its image pip runs as it is told.
    """
    addresses = [word for call in _calls(container) for word in call if "://" in word]
    logins = {authority(address)[0] for address in addresses}
    secret = logins | {password or user for user, _, password in (login.partition(":") for login in logins)}
    # Signs that no password may have in an address are in some all the same.
    secret = secret.union(*map(redaction.logins_of, addresses))
    return {each for known in secret for each in (known, unquote(known)) if each}


def authority(address: str) -> tuple[str, str]:
    """The login of an address, empty where it has none, and its host with the port; its scheme may be missing."""
    login, _, host = _AFTER_HOST.split(address.rpartition("://")[2], maxsplit=1)[0].rpartition("@")
    return login, host


def behind_installer(words: Sequence[str]) -> list[str]:
    """The command without the part that installs, for where all is installed; another command as it is."""
    return list(words if _script(words) is None else words[3:])


def _script(words: Sequence[str]) -> str | None:
    if list(words[:2]) != ["sh", "-c"] or len(words) < 3:  # noqa: PLR2004 - sh, -c and the script
        return None
    match = _INSTALLER.fullmatch(words[2])
    return match["installs"] if match else None


def _calls(container: ir.Container) -> list[list[str]]:
    """The arguments of each call of pip ahead of the command."""
    words = [word.parts[0] for word in container.command[:3] if isinstance(word, Text) and len(word.parts) == 1]
    lines = re.split(r"&&|\n", _script(words) or "")
    calls = [shlex.split(line) for line in lines if "-m pip install" in line]
    return [call[call.index("install") + 1 :] for call in calls]


def _known(call: Sequence[str]) -> Iterator[str]:
    for token in call:
        if token in _SILENT:
            continue
        if token.startswith("-") and token not in _INDEXES and token != _ALONE:
            raise ConfigurationError(
                f"a component installs with pip's option {token}",
                "name packages alone in packages_to_install, or run it in its image with --docker",
            )
        yield token


def _indexes(call: Sequence[str]) -> Iterator[str]:
    for option, value in pairwise(call):
        if option in _INDEXES:
            # KFP names the whole address of an index as the host to trust.
            yield from (_INDEXES[option], authority(value)[1] if option == "--trusted-host" else value)


def _group(call: Sequence[str]) -> Group:
    values = {index + 1 for index, token in enumerate(call) if token in _INDEXES}
    plain = (token for index, token in enumerate(call) if index not in values and not token.startswith("-"))
    return Group(tuple(plain), _ALONE in call)
