"""Where a run finds Postgres, the object store, the catalog and Kafka: the user's own, else embedded ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from components.shell.errors import ConfigurationError

CATALOG = "PYICEBERG_CATALOG__GOURMETGRAM__"
BUCKET = "gourmetgram-datalake"
WAREHOUSE = f"s3://{BUCKET}/warehouse"
_DATABASE = "DATABASE_URL"
_URI = f"{CATALOG}URI"
_STORE = ("MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY")
_CATALOG_STORE = tuple(f"{CATALOG}S3__{name}" for name in ("ENDPOINT", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
_KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
POSTGRES_VARIABLES = (_DATABASE, _URI)
STORE_VARIABLES = (*_STORE, *_CATALOG_STORE)


@dataclass(frozen=True)
class Postgres:
    """A Postgres: libpq addresses for the steps that read the source, for its owner, and for the catalog."""

    reader: str = field(repr=False)
    owner: str = field(repr=False)
    catalog: str = field(repr=False)
    origin: str


@dataclass(frozen=True)
class ObjectStore:
    """An S3 endpoint with its keys."""

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    origin: str = ""


@dataclass(frozen=True)
class Given:
    """What the user's environment names; None is what has to be embedded."""

    postgres: Postgres | None
    store: ObjectStore | None
    catalog_store: ObjectStore | None
    warehouse: str
    kafka: str


@dataclass(frozen=True)
class Endpoints:
    """All endpoints of a run. The values hold credentials and stay out of every representation."""

    for_steps: Mapping[str, str] = field(repr=False)
    for_people: Mapping[str, str] = field(repr=False)
    described: tuple[str, ...]


def read(environ: Mapping[str, str]) -> Given:
    """What the environment names.

    Raises:
        ConfigurationError: a service is named in part, or its address cannot be one.
    """
    own = {name: value.strip() for name, value in environ.items() if value.strip()}
    store, catalog_store = _store(own, _STORE), _store(own, _CATALOG_STORE)
    return Given(
        postgres=_postgres(own),
        store=store or catalog_store,
        catalog_store=catalog_store or store,
        warehouse=own.get(f"{CATALOG}WAREHOUSE", WAREHOUSE),
        kafka=own.get(_KAFKA, ""),
    )


def combine(given: Given, postgres: Postgres | None, store: ObjectStore | None) -> Endpoints:
    """The endpoints of a run: what is given, then what was embedded; what is neither is left out."""
    database, objects, tables = given.postgres or postgres, given.store or store, given.catalog_store or store
    found: dict[str, str] = {_KAFKA: given.kafka} if given.kafka else {}
    if database:
        found[_URI] = _sqlalchemy(database.catalog)
    if objects and tables:
        found |= dict(zip(_STORE, (objects.endpoint, objects.access_key, objects.secret_key), strict=True))
        found |= dict(zip(_CATALOG_STORE, (tables.endpoint, tables.access_key, tables.secret_key), strict=True))
    found[f"{CATALOG}WAREHOUSE"] = given.warehouse
    return Endpoints(
        for_steps=found | ({_DATABASE: database.reader} if database else {}),
        for_people=found | ({_DATABASE: database.owner} if database else {}),
        described=tuple(_describe(database, objects, given.kafka)),
    )


def _describe(database: Postgres | None, store: ObjectStore | None, kafka: str) -> list[str]:
    lines = [f"Postgres: {database.origin}"] if database else []
    lines += [f"Object store: {store.origin}"] if store else []
    return lines + ([f"Kafka: yours ({_KAFKA})"] if kafka else [])


def _postgres(own: Mapping[str, str]) -> Postgres | None:
    """The user's Postgres; where one of source and catalog is named, the other is in the same database."""
    source, catalog = own.get(_DATABASE), own.get(_URI)
    for name, address in ((_DATABASE, source), (_URI, catalog)):
        if address and not _is_postgres(address):
            raise ConfigurationError(
                f"{name} is no Postgres address", "write postgresql://user:password@host:5432/database"
            )
    named = [name for name, address in ((_DATABASE, source), (_URI, catalog)) if address]
    if not named:
        return None
    first, second = source or catalog or "", catalog or source or ""
    origin = f"yours ({', '.join(named)}: {_masked(first)})"
    return Postgres(reader=_libpq(first), owner=_libpq(first), catalog=_libpq(second), origin=origin)


def _is_postgres(address: str) -> bool:
    try:
        return urlsplit(address).scheme in ("postgresql", "postgres", "postgresql+psycopg2")
    except ValueError:
        # Half an IPv6 address.
        return False


def _store(own: Mapping[str, str], names: tuple[str, ...]) -> ObjectStore | None:
    missing = [name for name in names if name not in own]
    if len(missing) == len(names):
        return None
    if missing:
        raise ConfigurationError(
            f"{', '.join(missing)} not set, though {_present(own, names)} is", "set all three or none"
        )
    endpoint, access_key, secret_key = (own[name] for name in names)
    endpoint = endpoint if "://" in endpoint else f"http://{endpoint}"
    if not _is_place(endpoint):
        raise ConfigurationError(f"{names[0]} is no endpoint", "write it as http://host:port or https://host")
    return ObjectStore(endpoint, access_key, secret_key, f"yours ({names[0]}: {_masked(endpoint)})")


def _is_place(endpoint: str) -> bool:
    """Whether it is a web address with a host and nothing after that."""
    try:
        parts = urlsplit(endpoint)
        return (
            parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
        )
    except ValueError:
        # A port that is no number, or half an IPv6 address.
        return False


def _present(own: Mapping[str, str], names: tuple[str, ...]) -> str:
    return " and ".join(name for name in names if name in own)


def _libpq(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def _sqlalchemy(address: str) -> str:
    return f"postgresql+psycopg2://{address.partition('://')[2]}"


def _masked(address: str) -> str:
    """The address without user, password and options."""
    parts = urlsplit(address)
    return f"{parts.netloc.rpartition('@')[2] or 'unix socket'}{parts.path}"


def postgres_address(user: str, password: str, port: int, database: str) -> str:
    """A libpq address on this machine."""
    return f"postgresql://{quote(user)}:{quote(password)}@127.0.0.1:{port}/{quote(database)}"
