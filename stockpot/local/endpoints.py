"""Where a run finds Postgres, the object store, the catalog and Kafka: the user's own, else embedded ones."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote

from components.connect.brokers import connection
from components.connect.endpoints import is_true, servers
from components.connect.network import refuse_plaintext
from components.shell import addresses
from components.shell.addresses import Address, for_sqlalchemy, libpq
from components.shell.errors import ConfigurationError
from components.shell.names import BUCKET
from components.shell.names import CATALOG_PREFIX as CATALOG
from components.shell.rules import SOURCES, is_file, web_address
from components.shell.settings import Part, catalog_names, of, read_settings, setting

WAREHOUSE = f"s3://{BUCKET}/warehouse"
_DATABASE = "DATABASE_URL"
_URI = f"{CATALOG}URI"
_WAREHOUSE = f"{CATALOG}WAREHOUSE"
_STORE = ("MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY")
_STORE_MORE = ("AWS_SESSION_TOKEN", "AWS_REGION", "MINIO_FORCE_VIRTUAL_ADDRESSING")
_CATALOG_STORE = tuple(f"{CATALOG}S3__{name}" for name in ("ENDPOINT", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY"))
_CATALOG_MORE = tuple(f"{CATALOG}S3__{name}" for name in ("SESSION_TOKEN", "REGION", "FORCE_VIRTUAL_ADDRESSING"))
_S3 = f"{CATALOG}S3__"
_KAFKA = "KAFKA_BOOTSTRAP_SERVERS"
_LINEAGE, _SOURCES = "OPENLINEAGE_URL", "STOCKPOT_LINEAGE_SOURCES"
# Where figures and events of runs go.
_URLS = frozenset({_LINEAGE, "STOCKPOT_PUSHGATEWAY_URL"})
POSTGRES_VARIABLES = (_DATABASE, _URI)
STORE_VARIABLES = (*_STORE, *_CATALOG_STORE)
# What libpq takes for files in an address.
_LIBPQ_FILES = ("sslrootcert", "sslcert", "sslkey", "sslcrl", "passfile")


@dataclass(frozen=True)
class Postgres:
    """A Postgres: libpq addresses for the steps that read the source, for its owner, and for the catalog."""

    reader: str = field(repr=False)
    owner: str = field(repr=False)
    catalog: str = field(repr=False)
    origin: str


@dataclass(frozen=True)
class ObjectStore:
    """An S3 endpoint with its keys; empty is what is not set."""

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    origin: str = ""
    session_token: str = field(default="", repr=False)
    region: str = ""
    virtual: str = ""

    def keys(self) -> tuple[str, str, str]:
        """Endpoint and keys."""
        return self.endpoint, self.access_key, self.secret_key

    def more(self) -> tuple[str, str, str]:
        """Session token, region, and whether buckets are part of the host's name."""
        return self.session_token, self.region, self.virtual


@dataclass(frozen=True)
class Given:
    """What the user's environment names; None is what has to be embedded."""

    postgres: Postgres | None
    store: ObjectStore | None
    catalog_store: ObjectStore | None
    warehouse: str
    kafka: str
    others: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Endpoints:
    """All endpoints of a run. The values hold credentials and stay out of every representation.

    An empty value means that the variable is not to be set, whatever the user's environment says.
    """

    for_steps: Mapping[str, str] = field(repr=False)
    for_people: Mapping[str, str] = field(repr=False)
    described: tuple[str, ...]

    def put_into(self, environ: MutableMapping[str, str]) -> None:
        """Let this process speak to the services as the steps would."""
        for name, value in self.for_people.items():
            environ.pop(name, None)
            if value:
                environ[name] = value


def read(environ: Mapping[str, str]) -> Given:
    """What the environment names.

    Raises:
        ConfigurationError: a service is named in part, or its address cannot be one.
    """
    own = {name: value.strip() for name, value in environ.items() if value.strip()}
    postgres, store, catalog_store = _postgres(own), _store(own, _STORE, _STORE_MORE), _catalog_store(own)
    parts = {Part.NETWORK, Part.STEPS, Part.KAFKA, Part.NOTIFY, Part.LINEAGE} | ({Part.POSTGRES} if postgres else set())
    setting(_WAREHOUSE).check(own.get(_WAREHOUSE, WAREHOUSE))
    if _KAFKA in own:
        connection(servers(own[_KAFKA]), own)
    others = _others(own) | read_settings(own, parts)
    for name in others.keys() & _URLS:
        refuse_plaintext(others[name], name)
    return Given(
        postgres=postgres,
        store=store or catalog_store,
        catalog_store=catalog_store or store,
        warehouse=own.get(_WAREHOUSE, WAREHOUSE),
        kafka=own.get(_KAFKA, ""),
        others=others,
    )


def combine(given: Given, postgres: Postgres | None, store: ObjectStore | None) -> Endpoints:
    """The endpoints of a run: what is given, then what was embedded; what is neither is left out.

    What the environment says of another store or server than the one that is used is set to empty.
    """
    database, objects, tables = given.postgres or postgres, given.store or store, given.catalog_store or store
    values = dict.fromkeys((*_STORE_MORE, *_CATALOG_MORE, *(each.name for each in of(Part.POSTGRES))), "")
    values |= {name: "" if store and name.upper().startswith(_S3) else value for name, value in given.others.items()}
    if database:
        values[_URI] = for_sqlalchemy(database.catalog)
    if objects and tables:
        values |= dict(zip((*_STORE, *_STORE_MORE), (*objects.keys(), *objects.more()), strict=True))
        values |= dict(zip((*_CATALOG_STORE, *_CATALOG_MORE), (*tables.keys(), *tables.more()), strict=True))
    values[_WAREHOUSE] = given.warehouse
    if _LINEAGE in values:
        values.setdefault(_SOURCES, _sources(database, given.kafka))
    return Endpoints(
        for_steps=values | ({_DATABASE: database.reader} if database else {}),
        for_people=values | ({_DATABASE: database.owner} if database else {}),
        described=tuple(_describe(database, objects, given.kafka)),
    )


def _sources(database: Postgres | None, kafka: str) -> str:
    """What OpenLineage's events call the source and Kafka: the first of their servers, without a login."""
    read = addresses.read(database.reader) if database else None
    sources = [f"kafka://{servers(kafka)[0].rpartition('://')[2].rpartition('@')[2]}"] if kafka else []
    if read and read.parameters.get("dbname"):
        host = next((each for each in read.hosts if not each.startswith(("/", "@"))), "") or "localhost"
        sources.append(f"postgres://{host}:{read.ports[0] or 5432}/{read.parameters['dbname']}")
    return " ".join(each for each in sources if all(rule.holds(each) for rule in SOURCES))


def _others(own: Mapping[str, str]) -> dict[str, str]:
    """The catalog's further properties, as they were said; those of the table have been checked."""
    known = (*_CATALOG_STORE, *_CATALOG_MORE, _URI, _WAREHOUSE)
    more = {each.name: each for each in of(Part.CATALOG) if each.name not in known}
    for name in more.keys() & own.keys():
        more[name].check(own[name])
    return {name: own[name] for name in (*catalog_names(own), *more) if name in own and name not in known}


def _describe(database: Postgres | None, store: ObjectStore | None, kafka: str) -> list[str]:
    lines = [f"Postgres: {database.origin}"] if database else []
    lines += [f"Object store: {store.origin}"] if store else []
    return lines + ([f"Kafka: yours ({_KAFKA})"] if kafka else [])


def _postgres(own: Mapping[str, str]) -> Postgres | None:
    """The user's Postgres; where one of source and catalog is named, the other is in the same database."""
    urls = {name: _with_whole_paths(name, own[name]) for name in (_DATABASE, _URI) if name in own}
    if not urls:
        return None
    first, second = urls.get(_DATABASE) or urls[_URI], urls.get(_URI) or urls[_DATABASE]
    shown = addresses.read(first)
    origin = f"yours ({', '.join(urls)}: {shown.shown if shown else ''})"
    return Postgres(reader=libpq(first), owner=libpq(first), catalog=libpq(second), origin=origin)


def _with_whole_paths(name: str, address: str) -> str:
    """The address with the files that it names in full, for steps run in directories of their own.

    Raises:
        ConfigurationError: it is no address of a Postgres, or a file is missing.
    """
    setting(name).check(address)
    parsed = addresses.read(address)
    parameters = parsed.parameters if parsed else {}
    whole = {key: _whole_path(name, key, parameters[key]) for key in _LIBPQ_FILES if key in parameters}
    # Another form of the same would be harder for its owner to recognise.
    return address if whole.items() <= parameters.items() else Address({**parameters, **whole}).uri()


def _whole_path(name: str, key: str, written: str) -> str:
    if (key, written) == ("sslrootcert", "system"):
        return written
    whole = Path(written).absolute()
    if not is_file(whole):
        raise ConfigurationError(f"{name} says {key}={written}, which is no file", "name one that is there")
    return str(whole)


def _catalog_store(own: Mapping[str, str]) -> ObjectStore | None:
    return _store(own, _CATALOG_STORE, _CATALOG_MORE)


def _store(own: Mapping[str, str], names: tuple[str, ...], more: tuple[str, ...]) -> ObjectStore | None:
    missing = [name for name in names if name not in own]
    if len(missing) == len(names):
        return None
    if missing:
        raise ConfigurationError(
            f"{', '.join(missing)} not set, though {_present(own, names)} is", "set all three or none"
        )
    values = [setting(name).value(own) for name in (*names, *more)]
    for name, value in zip((*names, *more), values, strict=True):
        if value:
            setting(name).check(value)
    endpoint, access_key, secret_key, token, region, virtual = values
    endpoint = web_address(endpoint)
    store = ObjectStore(endpoint, access_key, secret_key, f"yours ({names[0]}: {endpoint.partition('://')[2]})")
    return replace(
        store,
        session_token=_token(own, more[0], access_key, token),
        region=region or setting("AWS_REGION").value(own),
        virtual=str(is_true(virtual)).lower() if virtual else "",
    )


def _token(own: Mapping[str, str], name: str, access_key: str, token: str) -> str:
    """The session token of the access key. Amazon's own variable may speak of quite another key."""
    if token and name != "AWS_SESSION_TOKEN":
        return token
    return own.get("AWS_SESSION_TOKEN", "") if own.get("AWS_ACCESS_KEY_ID", access_key) == access_key else ""


def _present(own: Mapping[str, str], names: tuple[str, ...]) -> str:
    return " and ".join(name for name in names if name in own)


def postgres_address(user: str, password: str, port: int, database: str) -> str:
    """A libpq address on this machine, which asks for no certificate whatever the user's environment says."""
    return f"postgresql://{quote(user)}:{quote(password, safe='')}@127.0.0.1:{port}/{quote(database)}?sslmode=disable"
