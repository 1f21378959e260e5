"""Logs that Argo has kept in the bucket of its artifacts, where `archiveLogs` is on."""

from collections.abc import Iterator

from components.connect.endpoints import object_store
from components.connect.store import ABSENT, connect, translated

_CHUNK = 1 << 16


def kept_lines(bucket: str, key: str) -> Iterator[str]:
    """The lines of a log in the store of MINIO_ENDPOINT; none where it is no longer there.

    Raises:
        ConfigurationError: the store is not named, or refuses.
        TransientError: the store does not answer.
    """
    from minio.error import S3Error

    with translated(bucket):
        try:
            answer = connect(object_store()).get_object(bucket, key)
        except S3Error as error:
            if error.code in ABSENT:
                return
            raise
        try:
            rest = b""
            for chunk in answer.stream(_CHUNK):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from map(_text, lines)
            if rest:
                yield _text(rest)
        finally:
            answer.close()
            answer.release_conn()


def _text(line: bytes) -> str:
    return line.decode(errors="replace").removesuffix("\r")
