"""What would go wrong later, found out before anything is built: images, settings, directories, buckets, keys."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from stockpot.compiler import ir
from stockpot.compiler.lightweight import installs_of
from stockpot.compiler.placeholders import Json
from stockpot.compiler.policies import works_on_claims
from stockpot.local import endpoints, secret_values
from stockpot.local.endpoints import STORE_VARIABLES
from stockpot.local.project import Project
from stockpot.local.secret_files import SecretFiles

_STORE = ("MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY")
# Variables of the object store, and the catalog's variables that mean the same.
_SAME = {
    "MINIO_ENDPOINT": "S3__ENDPOINT",
    "MINIO_ACCESS_KEY": "S3__ACCESS_KEY_ID",
    "MINIO_SECRET_KEY": "S3__SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN": "S3__SESSION_TOKEN",
    "AWS_REGION": "S3__REGION",
}
_NOTHING_HERE = "stockpot-preflight/"


def check(
    pipeline: ir.Pipeline, parameters: Mapping[str, Json], project: Project, files: SecretFiles
) -> tuple[str, ...]:
    """What runs in place of images, or that they run themselves, in lines, if what the run names here is there.

    Raises:
        ConfigurationError: an image has no lock, Docker is asked for and does not answer, an endpoint is named in part,
            a secret is nowhere, or the directory of events is missing.
    """
    running = (project.docker.described(),) if project.docker else _stand_ins(pipeline, project)
    endpoints.read(os.environ)
    secret_values.check(pipeline.dag, parameters, os.environ, files)
    events = parameters.get("events_dir")
    if isinstance(events, str) and Path(events).is_absolute():
        require_directory(Path(events))
    return running


def _stand_ins(pipeline: ir.Pipeline, project: Project) -> tuple[str, ...]:
    images: dict[str, bool] = {}
    for container in ir.containers(pipeline.dag):
        if not works_on_claims(container) and not container.image_text.parts:
            images[container.image] = images.get(container.image, False) or bool(installs_of(container).groups)
    return tuple(filter(None, (project.stands_in(image, installs=images[image]) for image in sorted(images))))


def require_directory(events: Path) -> None:
    """Nothing, if archives of events may be read there.

    Raises:
        ConfigurationError: there is no such directory, or it may not be read.
    """
    todo = "correct --events, which takes a directory with one folder per topic"
    if not events.is_dir():
        raise ConfigurationError(f"there is no directory {events} to read events from", todo)
    if not os.access(events, os.R_OK | os.X_OK):
        raise ConfigurationError(f"the directory {events} may not be read", todo)


def ask_buckets(dag: ir.Dag, parameters: Mapping[str, Json], environ: Mapping[str, str]) -> None:
    """Ask the user's own store whether the buckets that the run needs are there; `environ` are the variables of steps.

    Raises:
        ConfigurationError: a bucket is missing, or the store does not know the keys.
        TransientError: the store does not answer.
    """
    used = _variables(dag)
    bucket = parameters.get("bucket")
    if used & set(_STORE) and isinstance(bucket, str) and bucket:
        ask_bucket(bucket, environ)
    warehouse = urlsplit(environ.get(f"{CATALOG_PREFIX}WAREHOUSE", ""))
    if used & set(STORE_VARIABLES) - set(_STORE) and warehouse.scheme in ("s3", "s3a") and warehouse.netloc:
        same = {name: environ.get(f"{CATALOG_PREFIX}{other}", "") for name, other in _SAME.items()}
        ask_bucket(warehouse.netloc, {**environ, **same})


def _variables(dag: ir.Dag) -> set[str]:
    """What the tasks that run in any case take from Secrets; those under a condition may never need it."""
    names: set[str] = set()
    for task in dag.tasks:
        if task.condition or task.loop:
            continue
        body = task.component.body
        names |= (
            _variables(body)
            if isinstance(body, ir.Dag)
            else {name for source in body.environment_from for name in (source.key, source.variable)}
        )
    return names


def ask_bucket(bucket: str, environ: Mapping[str, str]) -> None:
    """Look for nothing in the bucket: only an answer to that names what is wrong with the keys.

    Raises:
        ConfigurationError: the bucket is missing, or the store does not know the keys.
        TransientError: the store does not answer.
    """
    from minio.error import S3Error

    from components.connect import store
    from components.connect.endpoints import object_store

    with _in_environment(environ):
        client = store.connect(object_store())
        try:
            next(iter(client.list_objects(bucket, prefix=_NOTHING_HERE)), None)
        except S3Error as error:
            # Who may only write and read objects by their names may not list them.
            if error.code != "AccessDenied":
                raise store.classify(error, bucket) from None
        except Exception:
            with store.translated(bucket):
                raise


@contextmanager
def _in_environment(environ: Mapping[str, str]) -> Iterator[None]:
    """A step's variables, in this process's environment for a moment: both read them in one way."""
    before = dict(os.environ)
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
