"""An embedded S3 store (SeaweedFS) below a directory, with keys of its own."""

import contextlib
import io
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from components.shell.errors import TransientError
from stockpot.local import object_store_keys as keys
from stockpot.local.endpoints import ObjectStore
from stockpot.local.processes import ended
from stockpot.local.programs import installed

PORTS = tuple(f"{part}.{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("port", "port.grpc"))
_SOCKETS = Path("/tmp")  # noqa: S108 - its own choice, see `_sockets`
# Bytes of a disk that the store leaves free; below it takes nothing more.
KEPT_FREE = 32 * 2**20
_START_SECONDS = 60
_STOP_SECONDS = 10
_PROBE = "stockpot-probe"
# As many small volumes as are wanted, made when needed. How many there may be does not depend on the disk, and the disk
# is full when less than a fixed amount is free, not a share of it.
_VOLUMES = (
    "-volume.max=10000", "-master.volumeSizeLimitMB=256", "-master.volumePreallocate=false",
    f"-volume.minFreeSpace={KEPT_FREE >> 20}MiB",
)  # fmt: skip
_GROWTH = {"WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}


def running(directory: Path) -> int | None:
    """The store's process id, None when it does not run. It is known by the directory it works in."""
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "weed" and Path(process.cwd()).samefile(directory / "data"):
                return int(process.pid)
        except (psutil.Error, OSError):
            continue
    return None


def can_listen(ports: Mapping[str, int]) -> bool:
    """Whether no socket of somebody else is where the store puts its own: in /tmp, under the numbers of its ports."""
    names = (f"{part.removesuffix('.port.grpc')}-grpc-{port}" for part, port in ports.items() if part.endswith("grpc"))
    return not any(_is_anothers(_SOCKETS / f"seaweedfs-{name}.sock") for name in names)


def _is_anothers(path: Path) -> bool:
    try:
        return os.geteuid() not in (0, path.lstat().st_uid)  # root removes what is there
    except FileNotFoundError:
        return False


def start(directory: Path, ports: Mapping[str, int], access_key: str, secret_key: str) -> ObjectStore:
    """The store below `directory`, started where it does not run; it may need seconds until it answers."""
    if running(directory) is not None and not keys.are_there(directory):
        stop(directory)  # one of an earlier version, which everybody may use
    if running(directory) is None:
        _launch(directory, ports, access_key, secret_key)
    address = f"127.0.0.1:{ports['s3.port']}"
    return ObjectStore(f"http://{address}", access_key, secret_key, f"embedded at {address}")


def stop(directory: Path) -> None:
    """Stop the store below `directory`, if it runs, and remove its keys and sockets.

    It is killed: asked politely it waits 15 seconds for its own connections. Every acknowledged write has reached the
    kernel by then, and the store reads its files back as after any crash.
    """
    pid = running(directory)
    if pid is not None:
        process = psutil.Process(pid)
        sockets = _sockets(process)
        process.kill()
        ended(lambda: running(directory), _STOP_SECONDS)
        for path in sockets:
            path.unlink(missing_ok=True)
    keys.remove(directory)


def _sockets(process: psutil.Process) -> set[Path]:
    """The unix sockets that it listens on. It puts some into /tmp, whatever its options say."""
    with contextlib.suppress(psutil.Error):
        data = Path(process.cwd())
        return {data / connection.laddr for connection in process.net_connections("unix") if connection.laddr}
    return set()


def wait_until_it_stores(store: ObjectStore, directory: Path, bucket: str) -> None:
    """Wait until an object can be written, and create `bucket`.

    Raises:
        TransientError: the store gave up or takes longer than a minute.
    """
    client = _client(store)
    deadline = time.monotonic() + _START_SECONDS
    while not _stores(client, bucket):
        if time.monotonic() > deadline or running(directory) is None:
            raise TransientError("the embedded object store does not start", f"see {directory / 'server.log'}")
        time.sleep(0.1)


def _stores(client: Any, bucket: str) -> bool:
    import urllib3
    from minio.error import MinioException

    try:
        for name in (_PROBE, bucket):
            if not client.bucket_exists(name):
                client.make_bucket(name)
        client.put_object(_PROBE, "probe", io.BytesIO(b"1"), 1)
    except (MinioException, urllib3.exceptions.HTTPError, OSError):
        return False
    return True


def _client(store: ObjectStore) -> Any:
    import urllib3
    from minio import Minio

    pool = urllib3.PoolManager(retries=False, timeout=5)
    host = store.endpoint.removeprefix("http://")
    return Minio(host, access_key=store.access_key, secret_key=store.secret_key, secure=False, http_client=pool)


def _launch(directory: Path, ports: Mapping[str, int], access_key: str, secret_key: str) -> None:
    data = directory / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    keys.write(directory, access_key, secret_key)
    program = installed("weed", "the embedded object store is not installed", "run make setup, or set MINIO_ENDPOINT")
    command = [
        program, "-logtostderr=true", "server", "-dir=.", "-s3", f"-s3.config={keys.identities(directory)}",
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer.localSocket=../filer.sock", "-s3.localSocket=../s3.sock",
        "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false", "-s3.iam=false",
        *_VOLUMES,
        # A single master that resumes its old state after a restart waits for an election that never comes.
        "-master.resumeState=false", "-master.electionTimeout=1s", "-master.telemetry=false",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]  # fmt: skip
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(directory), **_GROWTH}
    with (directory / "server.log").open("wb") as log:
        subprocess.Popen(
            command, cwd=data, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, umask=0o077,
        )  # fmt: skip
