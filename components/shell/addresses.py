"""Addresses of a Postgres, taken apart as libpq and SQLAlchemy do it: not by the rules of web addresses.

A password may hold a `#`, a `?` or a bracket as it is, and there may be several hosts.
"""

import re
from dataclasses import dataclass

_ADDRESS = re.compile(
    r"(?:postgres|postgresql|postgresql\+psycopg2)://(?:(?P<login>[^@/]*)@)?(?P<hosts>[^/?]*)"
    r"(?:/(?P<name>[^?]*))?(?:\?(?P<options>.*))?",
    re.DOTALL,
)
_HOST = re.compile(r"(?:\[[^][]*\]|[^][:]*)(?::\d{0,5})?")
_OPTION = re.compile(r"\w+=")
_BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Address:
    """The parts of an address, as they are written; `options` each as `key=value`."""

    hosts: tuple[str, ...]
    name: str
    options: tuple[str, ...]

    @property
    def shown(self) -> str:
        """What may be shown of it."""
        return f"{','.join(self.hosts) or 'unix socket'}/{self.name}"


def split(address: str) -> Address | None:
    """The parts of the address; None where it is no Postgres's."""
    found = _ADDRESS.fullmatch(address)
    if not found:
        return None
    hosts, name, options = (found[part] or "" for part in ("hosts", "name", "options"))
    return Address(tuple(filter(None, hosts.split(","))), name, tuple(options.split("&")) if options else ())


def is_one(address: str) -> bool:
    """Whether libpq could read it."""
    found = split(address)
    return bool(found and all(map(_HOST.fullmatch, found.hosts)) and all(map(_OPTION.match, found.options)))


def is_clear(address: str) -> bool:
    """Whether the login ends where it seems to: with an `@` or `/` of its own, part of it would be taken for a host."""
    found = split(address)
    return not (found and "@" in "".join((*found.hosts, found.name)))


def is_encoded(address: str) -> bool:
    """Whether each `%` stands for a letter."""
    return not _BARE_PERCENT.search(address)


def has_one_host(address: str) -> bool:
    """Whether no more than one host is named."""
    found = split(address)
    return not found or len(found.hosts) <= 1
