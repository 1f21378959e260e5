"""The one table of settings: what the environment may say, who gets it, and what it must be (docs/settings.md).

On this machine the runner hands each setting to the steps that use its part, on a cluster the part's Secret does.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from components.shell import default_names, rules
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX, CATALOG_SETTING
from components.shell.rules import Rule

CATALOG_PROPERTIES = "STOCKPOT_CATALOG_PROPERTIES"
COMPUTE = "STOCKPOT_COMPUTE"


class Part(StrEnum):
    """What a setting belongs to: the steps that use it get its settings."""

    DATABASE = "database"
    STORE = "object-store"
    CATALOG = "catalog"
    KAFKA = "kafka"
    NOTIFY = "notify"
    LINEAGE = "lineage"
    REPORTS = "reports"
    NETWORK = "network"
    POSTGRES = "postgres"
    STEPS = "steps"
    NAMES = "names"
    HERE = "here"

    @property
    def secret(self) -> str:
        """The Secret that holds the part's settings on a cluster; empty where none does."""
        return "" if self in (Part.POSTGRES, Part.STEPS, Part.NAMES, Part.HERE) else f"stockpot-{self}"


@dataclass(frozen=True)
class Setting:
    """One variable. `also` are names that mean the same, `at_home` is a file that counts where none is named.

    `required` is what its Secret must hold; `file` is a path, which steps get in full.
    """

    name: str
    part: Part
    what: str
    rules: tuple[Rule, ...] = ()
    required: bool = False
    secret: bool = False
    file: bool = False
    also: tuple[str, ...] = ()
    at_home: str = ""

    def value(self, environ: Mapping[str, str]) -> str:
        """What the environment says, without blanks around it; a file in full, and empty where nothing is said."""
        text = next((text for name in (self.name, *self.also) if (text := environ.get(name, "").strip())), "")
        if not self.file or text == "system":
            return text
        default_file = Path(environ.get("HOME", "/")) / self.at_home
        if not text and self.at_home and rules.is_file(default_file):
            return str(default_file)
        return str(Path(text).absolute()) if text else ""

    def usable(self, environ: Mapping[str, str]) -> str:
        """What the environment says, as `value`, where it may be used.

        Raises:
            ConfigurationError: it may not, as in `check`.
        """
        value = self.value(environ)
        if value:
            self.check(value)
        return value

    def check(self, value: str) -> None:
        """Nothing, if the value may be used.

        Raises:
            ConfigurationError: it may not; the error names the variable and does not repeat the value.
        """
        broken = next((rule for rule in self.rules if not rule.holds(value)), None)
        if broken:
            raise ConfigurationError(f"{self.name} {broken.otherwise}", broken.todo)


def _catalog(name: str, what: str, rules: tuple[Rule, ...] = (), **more: bool) -> Setting:
    return Setting(CATALOG_PREFIX + name, Part.CATALOG, what, rules, **more)  # type: ignore[arg-type]  # only yes-no fields are left


def _postgres(
    name: str, what: str, rules: tuple[Rule, ...] = (), at_home: str = "", *, secret: bool = False
) -> Setting:
    return Setting(name, Part.POSTGRES, what, rules, secret=secret, file=bool(at_home), at_home=at_home)


_STORE = (
    Setting("MINIO_ENDPOINT", Part.STORE, "any S3 store, not MinIO alone", rules.ENDPOINT, required=True),
    Setting("MINIO_ACCESS_KEY", Part.STORE, "its access key", required=True, secret=True),
    Setting("MINIO_SECRET_KEY", Part.STORE, "its secret key", required=True, secret=True),
    Setting(
        "AWS_SESSION_TOKEN",
        Part.STORE,
        "the token of temporary keys; not used where AWS_ACCESS_KEY_ID names another key",
        rules.WORD,
        secret=True,
    ),
    Setting("AWS_REGION", Part.STORE, "the region of its buckets", rules.REGION, also=("AWS_DEFAULT_REGION",)),
    Setting("MINIO_FORCE_VIRTUAL_ADDRESSING", Part.STORE, "true: `bucket.host`, not `host/bucket`", rules.FLAG),
)
_CATALOG = (
    _catalog("URI", "the Iceberg catalog, which is a Postgres", rules.POSTGRES, required=True, secret=True),
    _catalog("WAREHOUSE", "where its tables lie", rules.LOCATION, required=True),
    _catalog("S3__ENDPOINT", "the store of its tables", rules.ENDPOINT, required=True),
    _catalog("S3__ACCESS_KEY_ID", "its access key", required=True, secret=True),
    _catalog("S3__SECRET_ACCESS_KEY", "its secret key", required=True, secret=True),
    _catalog("S3__SESSION_TOKEN", "the token of temporary keys", rules.WORD, secret=True),
    _catalog("S3__REGION", "the region of its buckets", rules.REGION),
    _catalog("S3__FORCE_VIRTUAL_ADDRESSING", "true: `bucket.host`, not `host/bucket`", rules.FLAG),
    _catalog("S3__PROXY_URI", "a proxy for this store alone", rules.PROXY, secret=True),
    _catalog("S3__CONNECT_TIMEOUT", "seconds to wait for a connection", rules.SECONDS),
    _catalog("S3__REQUEST_TIMEOUT", "seconds to wait for an answer", rules.SECONDS),
    Setting(
        CATALOG_PROPERTIES,
        Part.CATALOG,
        "any other properties of pyiceberg's, as JSON",
        rules.PROPERTIES,
        secret=True,
    ),
)
_NOTIFY = (
    Setting(
        "STOCKPOT_NOTIFY_URLS",
        Part.NOTIFY,
        "[apprise](https://github.com/caronc/apprise) addresses to tell when a run fails, is warned of its data or is "
        "late",
        secret=True,
    ),
    Setting("STOCKPOT_NOTIFY_ON_SUCCESS", Part.NOTIFY, "true: tell them of every run that succeeds too", rules.FLAG),
    Setting(
        "STOCKPOT_LATE_HOURS",
        Part.NOTIFY,
        "how many hours after the end of its interval a run may end before it is late: `26`, or `26,timeseries=3` with "
        "those of a pipeline",
        rules.HOURS,
    ),
    Setting(
        "STOCKPOT_RUN_URL",
        Part.NOTIFY,
        "where people see a run, for notifications: `https://argo.example.org/workflows/stockpot/{run}`",
        rules.RUN_PAGE,
    ),
    Setting(
        "STOCKPOT_PUSHGATEWAY_URL",
        Part.NOTIFY,
        "the Prometheus Pushgateway that gets the metrics of each run",
        rules.WEB,
    ),
    Setting(
        "STOCKPOT_METRICS_DIR",
        Part.NOTIFY,
        "the directory of node_exporter's textfile collector for the same metrics, on one machine",
        rules.DIRECTORY,
        file=True,
    ),
)
_LINEAGE = (
    Setting("OPENLINEAGE_URL", Part.LINEAGE, "the server that gets OpenLineage events of each run", rules.WEB),
    Setting("OPENLINEAGE_ENDPOINT", Part.LINEAGE, "the path of events there, by default `api/v1/lineage`", rules.WORD),
    Setting("OPENLINEAGE_API_KEY", Part.LINEAGE, "its key", rules.WORD, secret=True),
    Setting("OPENLINEAGE_NAMESPACE", Part.LINEAGE, "the namespace of jobs in events, by default `default`", rules.WORD),
    Setting(
        "STOCKPOT_LINEAGE_SOURCES",
        Part.LINEAGE,
        "what events call the sources: `postgres://host:port/database kafka://host:port`, without a login; on this "
        "machine what is read is known",
        rules.SOURCES,
    ),
)
_REPORTS = (
    Setting(
        "STOCKPOT_REPORTS_URL",
        Part.REPORTS,
        "on a cluster: the folder for the page of each run and the index of all, such as `s3://bucket/reports`, in the "
        "store of the catalog; for `report --all --on cluster` the same, in the store of `MINIO_ENDPOINT`",
        rules.FOLDER,
    ),
)
_NETWORK = (
    Setting(
        "HTTPS_PROXY",
        Part.NETWORK,
        "the proxy for https, to S3 and for notifications, events and metrics",
        rules.PROXY,
        secret=True,
        also=("https_proxy",),
    ),
    Setting("HTTP_PROXY", Part.NETWORK, "the same for http", rules.PROXY, secret=True, also=("http_proxy",)),
    Setting("NO_PROXY", Part.NETWORK, "hosts that are reached without, as this machine always is", also=("no_proxy",)),
    Setting(
        "STOCKPOT_PLAINTEXT_HOSTS",
        Part.NETWORK,
        "hosts that may be reached without TLS, as this machine always may: names, addresses or a `.domain`, between "
        "commas",
        rules.HOSTS,
    ),
    Setting(
        "SSL_CERT_FILE",
        Part.STEPS,
        "the authorities to trust: S3, Kafka, notifications, events, metrics, and Postgres where nothing else is said",
        rules.CERTIFICATES,
        file=True,
    ),
    Setting(
        "AWS_CA_BUNDLE",
        Part.STEPS,
        "the authorities to trust for S3, before SSL_CERT_FILE",
        rules.CERTIFICATES,
        file=True,
    ),
)
_POSTGRES = (
    _postgres("PGHOST", "the host of Postgres, where the address names none"),
    _postgres("PGPORT", "its port, likewise"),
    _postgres("PGUSER", "the user, likewise"),
    _postgres("PGDATABASE", "the database, likewise"),
    _postgres(
        "PGSSLMODE",
        "how Postgres is to prove itself, where the address does not say; else verify-full for another machine",
        rules.WORD,
    ),
    _postgres(
        "PGSSLROOTCERT",
        "the authorities to trust for Postgres, before SSL_CERT_FILE",
        rules.AUTHORITIES,
        ".postgresql/root.crt",
    ),
    _postgres("PGSSLCERT", "the client's certificate", rules.FILE, ".postgresql/postgresql.crt"),
    _postgres("PGSSLKEY", "its key", rules.FILE, ".postgresql/postgresql.key"),
    _postgres("PGPASSFILE", "passwords, as in `~/.pgpass`", rules.FILE, ".pgpass"),
    _postgres("PGPASSWORD", "the password, where the address has none", secret=True),
    _postgres("PGOPTIONS", "options of the session, such as a role"),
)
_NAMES = (
    Setting(
        CATALOG_SETTING,
        Part.NAMES,
        f"the name of the Iceberg catalog, by default `{default_names.CATALOG}`",
        rules.CATALOG,
    ),
    Setting(
        "STOCKPOT_BUCKET", Part.NAMES, f"the data lake's bucket, by default `{default_names.BUCKET}`", rules.BUCKET
    ),
    Setting(
        "STOCKPOT_DATABASE",
        Part.NAMES,
        f"the embedded Postgres' database, by default `{default_names.DATABASE}`; its roles are named after it",
        rules.DATABASE,
    ),
)
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DATABASE_URL",
        Part.DATABASE,
        "the source Postgres; steps only read it",
        rules.POSTGRES,
        required=True,
        secret=True,
    ),
    *_STORE,
    *_CATALOG,
    Setting(
        "KAFKA_BOOTSTRAP_SERVERS",
        Part.KAFKA,
        "Kafka, for pipelines that read topics; never embedded. `host:port`, or `ssl://user:password@host:port` for "
        "TLS and SCRAM-SHA-512",
        secret=True,
    ),
    *_NOTIFY,
    *_LINEAGE,
    *_REPORTS,
    *_NETWORK,
    *_POSTGRES,
    Setting("LD_LIBRARY_PATH", Part.STEPS, "where the Python that runs all this finds its libraries"),
    Setting(
        COMPUTE,
        Part.STEPS,
        "what computes instead of DuckDB: `local[*]` or `local[N]`, Spark on this machine with all processors or N",
        rules.SPARK,
    ),
    Setting("STOCKPOT_DEBUG", Part.STEPS, "set: a traceback instead of one line"),
    *_NAMES,
    Setting("STOCKPOT_HOME", Part.HERE, "where runs, cache and embedded services are kept"),
    Setting(
        "STOCKPOT_CACHE",
        Part.HERE,
        "where the steps' environments and the pipelines' plans are kept, by default `$XDG_CACHE_HOME/stockpot`",
    ),
    Setting(
        "STOCKPOT_RETENTION_DAYS",
        Part.HERE,
        "for how many days `stockpot clean` keeps what nobody uses, where `--older-than` says nothing; by default 30",
        rules.DAYS,
    ),
    Setting(
        "STOCKPOT_CLEAN_AFTER_RUNS",
        Part.HERE,
        "`true`: at its end a run on this machine removes what `stockpot clean` would, but for the runs of each"
        " pipeline since its last success",
        rules.FLAG,
    ),
    Setting(
        "STOCKPOT_DOCKER", Part.HERE, "the program that runs steps in their images (`--docker`): `podman`, or a path"
    ),
    Setting("XDG_CACHE_HOME", Part.HERE, "the user's cache, by default `~/.cache`"),
)
_BY_NAME = {each.name: each for each in SETTINGS}


def of(*parts: Part, required: bool | None = None) -> tuple[Setting, ...]:
    """The settings of these parts: all of them, or only those that are required, or not."""
    return tuple(each for each in SETTINGS if each.part in parts and required in (None, each.required))


def setting(name: str) -> Setting:
    """The setting of that name."""
    return _BY_NAME[name]


def known(name: str) -> bool:
    """Whether there is a setting of that name."""
    return name in _BY_NAME


def is_public(name: str) -> bool:
    """Whether what the variable holds may be shown."""
    return name in _BY_NAME and not _BY_NAME[name].secret


def read_settings(environ: Mapping[str, str], parts: Collection[Part]) -> dict[str, str]:
    """The settings of these parts that the environment has, under their own names; what is not set is left out.

    Raises:
        ConfigurationError: a value cannot be used.
    """
    values = {each.name: each.value(environ) for each in of(*parts)}
    for name, value in values.items():
        if value:
            _BY_NAME[name].check(value)
    return {name: value for name, value in values.items() if value}


def catalog_names(environ: Mapping[str, str]) -> Iterator[str]:
    """The variables that pyiceberg takes for properties of the catalog, whatever their case."""
    return (name for name in environ if name.upper().startswith(CATALOG_PREFIX))
