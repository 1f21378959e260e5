"""What OpenLineage calls tables and topics (https://openlineage.io/docs/spec/naming)."""

from dataclasses import dataclass
from urllib.parse import urlsplit

# Where a source's table is asked for without a schema, Postgres finds it in this one unless its search_path says more.
_SCHEMA = "public"


@dataclass(frozen=True)
class Named:
    """A dataset's name, in the namespace of the system that holds it."""

    namespace: str
    name: str


@dataclass(frozen=True)
class Sources:
    """The systems that runs read, as STOCKPOT_LINEAGE_SOURCES names them; empty where it names none of the kind."""

    postgres: str = ""
    database: str = ""
    kafka: str = ""

    def table(self, name: str) -> Named | None:
        """The source's table of that name, such as `users` or `shop.users`; None where Postgres is not named."""
        schema, dot, table = name.rpartition(".")
        whole = f"{self.database}.{schema if dot else _SCHEMA}.{table}"
        return Named(self.postgres, whole) if self.postgres else None

    def topic(self, name: str) -> Named | None:
        """The topic of that name; None where Kafka is not named."""
        return Named(self.kafka, name) if self.kafka else None


def sources(text: str) -> Sources:
    """The sources that the setting's text names, the first of each kind."""
    addresses: dict[str, str] = {}
    for word in text.split():
        parts = urlsplit(word)
        addresses.setdefault(parts.scheme, f"{parts.scheme}://{parts.netloc}")
        if parts.scheme == "postgres":
            addresses.setdefault("database", parts.path.strip("/"))
    return Sources(addresses.get("postgres", ""), addresses.get("database", ""), addresses.get("kafka", ""))


def table_at(location: str) -> Named:
    """An Iceberg table by its location, such as `s3://lake/warehouse/shop/articles`, which is what engines agree on."""
    parts = urlsplit(location)
    if not parts.netloc:
        return Named(parts.scheme or "file", parts.path)
    return Named(f"{parts.scheme}://{parts.netloc}", parts.path.strip("/"))
