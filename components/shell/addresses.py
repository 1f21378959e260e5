"""Addresses of a Postgres, read by libpq itself: a URI or `key=value` pairs, several hosts, sockets, any password.

SQLAlchemy has rules of its own for parts of a URI. So it is handed what libpq has read, and never the text.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_DRIVER = re.compile(r"^(postgres(?:ql)?)\+psycopg2(?=://)")
_URI = re.compile(r"postgres(?:ql)?://(?P<login>[^@/]*@)?(?P<rest>.*)", re.DOTALL)
_BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
# Where other readers of a URI and libpq part: encoded hosts and names, several hosts, a plus sign among the options.
_PARTING = re.compile(r"[^?]*[%,]|.*\?.*\+", re.DOTALL)
_MOST_PORTS = 1 << 16


@dataclass(frozen=True)
class Address:
    """What an address says, by libpq's own keywords."""

    parameters: Mapping[str, str] = field(repr=False)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts or directories of sockets, in their order; empty where none is named."""
        return tuple(self.parameters.get("host", "").split(",")) if self.parameters.get("host") else ()

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports, in the order of the hosts; one for all, or none."""
        return tuple(self.parameters.get("port", "").split(","))

    @property
    def shown(self) -> str:
        """What may be shown of it."""
        ports = self.ports if len(self.ports) == len(self.hosts) else self.ports[:1] * len(self.hosts)
        endpoints = [_endpoint(host, port) for host, port in zip(self.hosts, ports, strict=True)]
        return f"{','.join(endpoints) or 'unix socket'}/{self.parameters.get('dbname', '')}"

    def uri(self) -> str:
        """A URI that libpq and SQLAlchemy read in the same way, driver aside."""
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in self.parameters.items())
        return f"postgresql:///?{query}"


def _endpoint(host: str, port: str) -> str:
    if not host or host.startswith(("/", "@")):
        return "unix socket"
    named = f"[{host}]" if ":" in host else host
    return f"{named}:{port}" if port else named


def libpq(text: str) -> str:
    """The address as libpq takes it: without the driver that SQLAlchemy wants to be named."""
    return _DRIVER.sub(r"\1", text)


def read(text: str) -> Address | None:
    """What the address says; None where libpq cannot read it."""
    import psycopg2
    from psycopg2.extensions import parse_dsn

    try:
        return Address(parse_dsn(libpq(text)))
    except (psycopg2.Error, ValueError):
        return None


def for_sqlalchemy(text: str) -> str:
    """A URI that means to SQLAlchemy what the address means to libpq; the text as it is, where both agree."""
    plain = libpq(text)
    match = _URI.fullmatch(plain)
    if not match or _PARTING.match(match["rest"]):
        address = read(text)
        plain = address.uri() if address else plain
    return f"postgresql+psycopg2://{plain.partition('://')[2]}"


def engine_uri(parameters: Mapping[str, str]) -> str:
    """The URI by which SQLAlchemy hands these parameters on to libpq; its own representation hides the password."""
    from psycopg2.extensions import make_dsn

    others = {name: value for name, value in parameters.items() if name != "password"}
    password = quote(parameters.get("password", ""), safe="")
    return f"postgresql+psycopg2://:{password}@/?dsn={quote(make_dsn(**others), safe='')}"


def is_one(text: str) -> bool:
    """Whether libpq can read it, hosts and ports are such, and it says by itself where the server is."""
    address = read(text)
    return bool(address and all(map(_is_port, address.ports)) and "service" not in address.parameters)


def _is_port(text: str) -> bool:
    return not text or (text.isascii() and text.isdigit() and 0 < int(text[:6]) < _MOST_PORTS)


def is_clear(text: str) -> bool:
    """Whether a URI's login ends where it seems to: with an `@` or `/` of its own, part of it would be another part."""
    match = _URI.fullmatch(libpq(text))
    return not match or "@" not in match["rest"] or (not match["login"] and match["rest"].startswith(("/", "?")))


def is_encoded(text: str) -> bool:
    """Whether each `%` of a URI stands for a letter."""
    return not _URI.fullmatch(libpq(text)) or not _BARE_PERCENT.search(text)
