"""What the value of a setting must be. A rule never repeats the value, which may hold a password."""

import json
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from components.shell import addresses

_REGION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# pyiceberg takes a `_` in the name of a variable for a dash of the catalog's name, and `__` for its end.
_CATALOG = re.compile(r"(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_DATABASE = re.compile(r"(?!pg_)[a-z][a-z0-9_]{0,49}")
# Databases of every Postgres, and words of pg_hba.conf.
_TAKEN = frozenset({"postgres", "template0", "template1", "all", "replication", "sameuser", "samerole", "samegroup"})
_DAYS = re.compile(r"[1-9]\d{0,4}")
_HOURS = re.compile(r"([a-z][a-z0-9-]*\s*=\s*)?\d{1,5}(\.\d{1,3})?")
_SPARK = re.compile(r"local\[(\*|[1-9]\d{0,3})\]")
_FOLDER = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]*[\w-][\w.-]*)+", re.ASCII)
_FLAGS = frozenset({"true", "false", "1", "0"})
_HOST = re.compile(r"\.?[\w-]+(?:\.[\w-]+)*|[0-9a-fA-F:]+")
# libpq's own word for the authorities of the system.
_SYSTEM = "system"


@dataclass(frozen=True)
class Rule:
    """Whether a value may be used, and if not, what is said of it and what is to be done."""

    holds: Callable[[str], bool]
    otherwise: str
    todo: str


def _split(address: str) -> SplitResult | None:
    """The parts of an address; None of half an IPv6 address or a port that is no number."""
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def web_address(endpoint: str) -> str:
    """The endpoint with its scheme, which is http where none is written."""
    return endpoint if "://" in endpoint else f"http://{endpoint}"


def _is_endpoint(value: str) -> bool:
    parts = _split(web_address(value))
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        return False
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def _names_nobody(value: str) -> bool:
    """Whether there is no login. Behind a password with a `/`, `?` or `#` of its own, its end seems to be elsewhere."""
    return "@" not in value


def _is_location(value: str) -> bool:
    parts = _split(value)
    if parts is None or parts.query or parts.fragment or not value.isprintable():
        return False
    return ":" not in parts.netloc and bool(parts.netloc or parts.path.startswith("/"))


def _is_host(value: str) -> bool:
    return bool(_HOST.fullmatch(value.strip()))


def _is_proxy(value: str) -> bool:
    parts = _split(web_address(value))
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    # A password with a `#`, `?` or `/` of its own would end the address, and its beginning be taken for a port.
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def is_file(path: Path) -> bool:
    """Whether there is a file, as far as may be seen: what lies in somebody else's home may not."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_directory(path: Path) -> bool:
    """Whether there is a directory, as far as may be seen."""
    try:
        return path.is_dir()
    except OSError:
        return False


def _holds_certificates(value: str) -> bool:
    try:
        at = Path(value).stat()
    except (OSError, ValueError):
        return False
    return _can_be_loaded(value, (at.st_dev, at.st_ino, at.st_size, at.st_ctime_ns))


@lru_cache(maxsize=8)
def _can_be_loaded(file: str, _state: tuple[int, ...]) -> bool:
    """Whether the file holds certificates, asked once of each state: a run opens some thirty clients of the store."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
    except (OSError, ValueError):
        return False
    return True


def _is_seconds(value: str) -> bool:
    try:
        return 0 < float(value) < float("inf")
    except ValueError:
        return False


def _is_properties(value: str) -> bool:
    try:
        properties = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(properties, dict) and all(isinstance(each, str) for each in properties.values())


def _is_web_address(value: str) -> bool:
    parts = _split(value)
    return bool(parts and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)


def _is_source(word: str) -> bool:
    parts = _split(word)
    if parts is None or not parts.hostname or not parts.port or parts.query or parts.fragment:
        return False
    path = parts.path.strip("/")
    return not path if parts.scheme == "kafka" else parts.scheme == "postgres" and bool(path) and "/" not in path


def is_hours(value: str) -> bool:
    """Whether these are hours, or some of a pipeline, as in `event-aggregation=3`."""
    return bool(_HOURS.fullmatch(value.strip()))


NO_PASSWORD = Rule(_names_nobody, "holds a user or a password", "leave them out; keys have settings of their own")
LOCATION = (NO_PASSWORD, Rule(_is_location, "is no place for tables", "write it as s3://bucket/path"))
FOLDER = (
    NO_PASSWORD,
    Rule(
        lambda value: bool(_FOLDER.fullmatch(value)),
        "is no folder of a bucket",
        "write it as s3://bucket/folder, without a / at its end",
    ),
)
HOSTS = (
    Rule(
        lambda value: all(map(_is_host, value.split(","))),
        "is no list of hosts",
        "write names, addresses or .domains between commas",
    ),
)
ENDPOINT = (NO_PASSWORD, Rule(_is_endpoint, "is no endpoint", "write it as http://host:port or https://host"))
WEB = (
    NO_PASSWORD,
    Rule(
        lambda value: _is_web_address(value) and "?" not in value and "#" not in value,
        "is no web address",
        "write it as https://host or https://host:port/path",
    ),
)
RUN_PAGE = (
    NO_PASSWORD,
    Rule(
        lambda value: _is_web_address(value) and "{run}" in value,
        "is no web address with {run} in it",
        "write it as in https://argo.example.org/workflows/stockpot/{run}",
    ),
)
SOURCES = (
    NO_PASSWORD,
    Rule(
        lambda value: all(map(_is_source, value.split())),
        "is no list of sources",
        "write postgres://host:port/database and kafka://host:port, between blanks",
    ),
)
HOURS = (
    Rule(
        lambda value: all(map(is_hours, value.split(","))),
        "is no list of hours",
        "write 26, or 26,event-aggregation=3 with those of a pipeline",
    ),
)
DIRECTORY = (Rule(lambda value: is_directory(Path(value)), "is no directory", "name one that is there"),)
POSTGRES = (
    Rule(addresses.is_clear, "has an @ or a / in its user or password", "write @ as %40 and / as %2F"),
    Rule(addresses.is_encoded, "has a % that stands for no letter", "write % as %25"),
    Rule(addresses.is_one, "is no Postgres address", "write postgresql://user:password@host:5432/database"),
)
CATALOG = (
    Rule(
        lambda value: bool(_CATALOG.fullmatch(value)),
        "is no name of a catalog",
        "write small letters and digits, with single dashes between them",
    ),
)
BUCKET = (
    Rule(
        lambda value: bool(_BUCKET.fullmatch(value)),
        "is no name of a bucket",
        "write 3 to 63 small letters, digits, dots and dashes",
    ),
)
DATABASE = (
    Rule(
        lambda value: bool(_DATABASE.fullmatch(value)) and value not in _TAKEN,
        "is no name of a database",
        "write up to 50 small letters, digits and underscores, and none of Postgres' own names",
    ),
)
REGION = (Rule(lambda value: bool(_REGION.fullmatch(value)), "is no region", "write it as in eu-central-1"),)
WORD = (Rule(lambda value: value.isprintable() and " " not in value, "has blanks in it", "write it without"),)
FLAG = (Rule(lambda value: value.lower() in _FLAGS, "is neither true nor false", "write true or false"),)
SPARK = (
    Rule(
        lambda value: bool(_SPARK.fullmatch(value)),
        "is no address of Spark",
        "write local[*], or local[4] for four processors",
    ),
)
DAYS = (Rule(lambda value: bool(_DAYS.fullmatch(value)), "is no number of days", "write it as in 30"),)
SECONDS = (Rule(_is_seconds, "is no number of seconds", "write it as in 5 or 2.5"),)
PROXY = (Rule(_is_proxy, "is no proxy", "write it as http://host:port or http://user:password@host:port"),)
FILE = (Rule(lambda value: is_file(Path(value)), "is no file", "name one that is there"),)
CERTIFICATES = (
    *FILE,
    Rule(_holds_certificates, "holds no certificates", "name a file of certificates in PEM form"),
)  # fmt: skip
AUTHORITIES = tuple(
    Rule(lambda value, holds=rule.holds: value == _SYSTEM or holds(value), rule.otherwise, rule.todo)  # type: ignore[misc]  # mypy infers no lambda with a default
    for rule in CERTIFICATES
)
PROPERTIES = (Rule(_is_properties, "is no JSON object of texts", """write it as in {"s3.anonymous": "true"}"""),)
