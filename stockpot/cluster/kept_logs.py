"""Logs that Argo has kept in the bucket of its artifacts, where `archiveLogs` is on."""

from collections.abc import Iterator

from stockpot.cluster.artifacts import opened
from stockpot.local.logs import ended_lines, text_of


def kept_lines(bucket: str, key: str) -> Iterator[str]:
    """The lines of a log in the store of MINIO_ENDPOINT; none where it is no longer there.

    Raises:
        ConfigurationError, TransientError: as `opened`.
    """
    with opened(bucket, key) as content:
        rest = bytearray()
        for chunk in content or ():
            yield from map(text_of, ended_lines(rest, chunk))
        if rest:
            yield text_of(rest)
