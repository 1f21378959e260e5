"""What lies at an address, copied: an object or all objects below a key, a file or a directory."""

import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from components.connect import store
from components.connect.endpoints import ObjectStore, object_store
from components.import_artifact.schemes import GOOGLE, IMAGE, IN_STORE, LOCAL, behind_scheme, scheme_of, shown
from components.shell.errors import ConfigurationError, ContractError

if TYPE_CHECKING:
    from minio import Minio

log = logging.getLogger(__name__)

# Google's store speaks the protocol of S3 there.
_GOOGLE_HOST = "storage.googleapis.com"


def fetch(address: str, target: Path) -> bool:
    """Whether what lies at the address was copied to `target`; what KFP does not fetch either is an empty file there.

    Raises:
        ConfigurationError: nothing lies at the address, it is none, or the bucket or the keys are wrong.
        ContractError: an object's name leads out of the directory.
        TransientError: the store does not answer.
    """
    scheme, path = scheme_of(address), behind_scheme(address)
    if scheme == IMAGE:
        raise ConfigurationError(
            f"{shown(address)} cannot be imported: an image has to be mounted into the pods of its readers",
            "put the files into a bucket",
        )
    if scheme in LOCAL:
        _refuse_in_pod(address)
        _copy(address, Path(path), target)
    elif scheme in (*IN_STORE, GOOGLE):
        bucket, _, key = path.partition("/")
        _download(store.connect(store_of(scheme)), bucket, key.rstrip("/"), target)
    else:
        log.warning("%s: what lies there is not copied; readers get the address alone", shown(address))
        target.touch()
        return False
    return True


def _refuse_in_pod(address: str) -> None:
    """Nothing, on a machine of the user's.

    What lies in a pod is the system's: `/proc/self/environ` would hand the store's keys to programs of others.
    """
    if os.environ.get("KUBERNETES_SERVICE_HOST") and os.environ.get("STOCKPOT_ENGINE") != "local":
        raise ConfigurationError(
            f"the address '{shown(address)}' is that of no bucket, and files of a pod are not imported",
            "put what is to be imported into a bucket: s3://bucket/key",
        )


def _copy(address: str, source: Path, target: Path) -> None:
    if not source.is_absolute():
        raise ConfigurationError(
            f"the address '{shown(address)}' is none", "write s3://bucket/key, gs://bucket/key, or an absolute path"
        )
    try:
        if not source.exists():
            raise ConfigurationError(f"there is no {source} here", "correct the address")
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    except OSError as error:
        raise ConfigurationError(
            f"{source} cannot be copied: {_reason(error)}", "see that all below it are files that can be read"
        ) from error


def _reason(error: OSError) -> str:
    """What is wrong; of many files that cannot be copied, with the first."""
    listed = error.args[0] if isinstance(error, shutil.Error) else []
    return ": ".join(listed[0][::2]) if isinstance(listed, list) and listed else error.strerror or str(error)


def store_of(scheme: str) -> ObjectStore:
    """The store of the settings; for Google's, unless the settings name that one, the one for what is public there."""
    if scheme != GOOGLE or _GOOGLE_HOST in os.environ.get("MINIO_ENDPOINT", ""):
        return object_store()
    return ObjectStore(_GOOGLE_HOST, secure=True, access_key="", secret_key="")


def _download(client: "Minio", bucket: str, key: str, target: Path) -> None:
    if not bucket or not key:
        raise ConfigurationError("the address names no object", "write s3://bucket/key")
    with store.translated(bucket):
        if _is_there(client, bucket, key):
            client.fget_object(bucket, key, str(target))
            return
        names = [each.object_name or "" for each in client.list_objects(bucket, f"{key}/", recursive=True)]
        files = [name for name in names if not name.endswith("/")]
        if not files:
            raise ConfigurationError(f"nothing lies at {key} in the bucket {bucket}", "correct the address")
        _refuse_within_a_file(files)
        for name in files:
            client.fget_object(bucket, name, str(target / inside(name, key)))


def _refuse_within_a_file(names: Sequence[str]) -> None:
    """Nothing, if all objects can be files of one directory.

    Raises:
        ContractError: one would lie within another, which a store allows.
    """
    known = set(names)
    for name in names:
        around = next((str(each) for each in PurePosixPath(name).parents if str(each) in known), "")
        if around:
            raise ContractError(
                f"the objects {around} and {name} cannot both be files, for one would lie in the other",
                "give one of them another name, or import them one by one",
            )


def _is_there(client: "Minio", bucket: str, key: str) -> bool:
    from minio.error import S3Error  # noqa: PLC0415 - the step alone has the client

    try:
        client.stat_object(bucket, key)
    except S3Error as error:
        if error.code in store.ABSENT:
            return False
        raise
    return True


def inside(name: str, key: str) -> PurePosixPath:
    """The path of an object below the key.

    Raises:
        ContractError: its name leads out of the directory.
    """
    below = PurePosixPath(name.removeprefix(f"{key}/"))
    if ".." in below.parts or below.is_absolute():
        raise ContractError(f"the object {name} would lie outside of its directory", "give it another name")
    return below
