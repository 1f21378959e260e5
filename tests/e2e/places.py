"""Places for pipelines to run: a namespace, databases and a bucket each, all on the stores of one demo."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import yaml
from minio import Minio
from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from components.shell.names import CATALOG, CATALOG_PREFIX, DATABASE
from tests.e2e.argo import Cluster

ROOT = Path(__file__).parents[2]
BASE = ROOT / "manifests/base"
STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
DEMO = Cluster("stockpot")
# The demo's own, known to everybody.
USER, PASSWORD = "demo", "demo-not-secret"
ARTIFACTS = "stockpot-artifacts"
# The demo's source, put aside before anybody looks into it: Postgres copies no database that is in use.
TEMPLATE = "sample"
FIRST = "2026-01-15T00:00:00Z"


def address(store: str) -> str:
    """The pod of one of the demo's stores, as this machine reaches it."""
    return str(DEMO.get("pod", f"{store}-0")["status"]["podIP"])


def query(database: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """The rows of a statement, as the server's owner."""
    connection = psycopg2.connect(
        host=address("postgres"), user="postgres", password=PASSWORD, dbname=database, connect_timeout=20
    )
    with closing(connection):
        connection.autocommit = True
        with connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []


def store() -> Minio:
    """The demo's object store."""
    return Minio(f"{address('minio')}:9000", USER, PASSWORD, secure=False)


@dataclass(frozen=True)
class Place(Cluster):
    """A namespace that has all that the pipelines need."""

    bucket: str
    source: str
    catalog: str

    def environment(self, *, inside: bool) -> dict[str, str]:
        """All endpoints, for a pod of the cluster or for this machine."""
        postgres, minio = (
            [f"{name}.{DEMO.namespace}.svc" for name in ("postgres", "minio")]
            if inside
            else [address("postgres"), address("minio")]
        )
        found = {
            "DATABASE_URL": f"postgresql://stockpot_reader:{PASSWORD}@{postgres}:5432/{self.source}",
            "MINIO_ENDPOINT": f"http://{minio}:9000",
            "MINIO_ACCESS_KEY": USER,
            "MINIO_SECRET_KEY": PASSWORD,
            "STOCKPOT_PLAINTEXT_HOSTS": f"{postgres},{minio}",
            "STOCKPOT_REPORTS_URL": f"s3://{self.bucket}/reports",
        }
        settings = {
            "URI": f"postgresql+psycopg2://stockpot_catalog:{PASSWORD}@{postgres}:5432/{self.catalog}",
            "WAREHOUSE": f"s3://{self.bucket}/warehouse",
            "S3__ENDPOINT": f"http://{minio}:9000",
            "S3__ACCESS_KEY_ID": USER,
            "S3__SECRET_ACCESS_KEY": PASSWORD,
        }
        return found | {CATALOG_PREFIX + name: value for name, value in settings.items()}

    def submit(self, template: str, **parameters: Any) -> str:
        """The name of a new run; what it writes beside the table goes into the place's bucket."""
        lake = {"bucket": self.bucket} if template == "moderation-training" else {}
        return super().submit(template, **(lake | parameters))

    def secret(self, name: str, values: Mapping[str, str]) -> None:
        """Put a secret in its place."""
        document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": dict(values)}
        self.kubectl("apply", "-f", "-", text=json.dumps(document))

    def stockpot(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """A command on this machine, with the place's stores unless others are given."""
        named = ("DATABASE_URL", "MINIO_", "PYICEBERG_", "STOCKPOT_")
        plain = {name: value for name, value in os.environ.items() if not name.startswith(named)}
        return subprocess.run(
            [STOCKPOT, *arguments], env=plain | self.environment(inside=False) | environment, capture_output=True,
            text=True, check=False, timeout=900,
        )  # fmt: skip

    def table(self, name: str = "moderation.training_data") -> Any:
        """The Iceberg table itself."""
        from pyiceberg.catalog.sql import SqlCatalog  # noqa: PLC0415 - a second of imports

        found = self.environment(inside=False)
        properties = {
            key.removeprefix(CATALOG_PREFIX).replace("__", ".").replace("_", "-").lower(): value
            for key, value in found.items()
            if key.startswith(CATALOG_PREFIX)
        }
        return SqlCatalog(CATALOG, **properties, **{"s3.region": "us-east-1"}).load_table(name)

    def rows(self, name: str = "moderation.training_data", key: Sequence[str] = ()) -> list[dict[str, Any]]:
        """All rows of a table, in the order of a key."""
        found: list[dict[str, Any]] = self.table(name).scan().to_arrow().to_pylist()
        return sorted(found, key=lambda row: [str(row[each]) for each in key or row])

    def receipts(self, name: str = "moderation.training_data") -> list[Mapping[str, str]]:
        """The summaries of all snapshots, oldest first."""
        return [each.summary.additional_properties for each in self.table(name).snapshots() if each.summary]

    def record(self, run: str) -> dict[str, Any]:
        """The row of a run in etl_runs."""
        (found,) = query(self.catalog, "SELECT * FROM etl_runs WHERE run_id = %s", run)
        return found

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys of a bucket."""
        return [str(each.object_name) for each in store().list_objects(bucket, prefix, recursive=True)]

    def assert_whole(self, runs: int = 1) -> None:
        """Hold the table to the sample: 285 rows, none twice, by one commit, every record closed."""
        rows = self.rows()
        assert len({(row["image_id"], row["decision_point_minutes"]) for row in rows}) == len(rows) == 285
        (receipt,) = self.receipts()
        assert receipt["stockpot.rows"] == "285"
        records = query(self.catalog, "SELECT status, finished_at FROM etl_runs")
        assert len(records) == runs
        assert all(each["finished_at"] for each in records)


def create(scratch: Path, pipelines: Sequence[str]) -> Place:
    """A new place: the manifests' base under a namespace of its own with some pipelines, and a copy of the sample."""
    name = f"e2e-{uuid.uuid4().hex[:8]}"
    place = Place(name, name, f"{name}-source", f"{name}-catalog")
    _kustomization(place, scratch / name, pipelines)
    # First, so that Argo has heard of the templates when the first run is submitted.
    place.kubectl("apply", "--server-side", "-k", str(scratch / name))
    query("postgres", f'CREATE DATABASE "{place.source}" TEMPLATE {TEMPLATE}')
    query("postgres", f'CREATE DATABASE "{place.catalog}" OWNER stockpot_catalog')
    store().make_bucket(place.bucket)
    return place


def remove(place: Place) -> None:
    """Take all of a place away; what it left in the stores goes with the demo."""
    place.kubectl("delete", "workflows,cronworkflows", "--all", "--wait=false")
    place.kubectl("delete", "namespace", place.namespace, "--wait=false")


def _kustomization(place: Place, directory: Path, pipelines: Sequence[str]) -> None:
    """Lay out what a place applies: all templates are a megabyte, which takes the cluster seconds."""
    directory.mkdir(parents=True)
    base = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    files = [BASE / each for each in base["resources"] if each != "../argo"]
    files += [ROOT / f"manifests/argo/{name}.yaml" for name in pipelines]
    for file in files:
        shutil.copy(file, directory)
    inside = place.environment(inside=True)
    secrets = {
        "stockpot-database": ["DATABASE_URL"],
        "stockpot-object-store": [each for each in inside if each.startswith("MINIO_")],
        "stockpot-catalog": [each for each in inside if each.startswith(CATALOG_PREFIX)],
        "stockpot-network": ["STOCKPOT_PLAINTEXT_HOSTS"],
        "stockpot-reports": ["STOCKPOT_REPORTS_URL"],
    }
    generated = [
        {"name": secret, "literals": [f"{each}={inside[each]}" for each in names]} for secret, names in secrets.items()
    ]
    generated.append({"name": "stockpot-artifacts", "literals": [f"access={USER}", f"secret={PASSWORD}"]})
    document = base | {
        "namespace": place.namespace,
        "resources": [file.name for file in files],
        "generatorOptions": {"disableNameSuffixHash": True},
        "secretGenerator": generated,
        "patches": [
            {"target": {"kind": "CronWorkflow"}, "patch": "- {op: add, path: /spec/suspend, value: true}"},
        ],
    }
    (directory / "kustomization.yaml").write_text(yaml.safe_dump(document))


def deploy() -> None:
    """Deploy the demo as its readers are told to, but for what this cluster cannot do."""
    apply = ("apply", "--server-side", "--force-conflicts", "-k")
    controller = Cluster("argo")
    controller.kubectl(*apply, str(ROOT / "manifests/controller"), "--field-manager=stockpot")
    # The jobs of an earlier deployment cannot be changed.
    DEMO.kubectl("delete", "jobs", "--all")
    DEMO.kubectl(*apply, os.environ.get("STOCKPOT_E2E_DEMO", str(ROOT / "tests/e2e/cluster")))
    controller.kubectl("rollout", "status", "deploy/workflow-controller", "--timeout=180s")
    for name in ("minio", "postgres", "kafka"):
        DEMO.kubectl("rollout", "status", f"statefulset/{name}", "--timeout=280s")
    DEMO.kubectl("wait", "job/create-buckets", "--for=condition=complete", "--timeout=280s")
    _put_sample_aside()


def _put_sample_aside() -> None:
    """Make the template that places copy, where it is not there yet."""
    if not query("postgres", "SELECT 1 FROM pg_database WHERE datname = %s", TEMPLATE):
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(TEMPLATE), sql.Identifier(DATABASE))
        query("postgres", statement)  # type: ignore[arg-type]  # psycopg2 composes it
