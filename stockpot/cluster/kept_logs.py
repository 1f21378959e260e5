"""Logs that Argo has kept in the bucket of its artifacts, where `archiveLogs` is on."""

from collections.abc import Iterator

from stockpot.cluster.artifacts import opened


def kept_lines(bucket: str, key: str) -> Iterator[str]:
    """The lines of a log in the store of MINIO_ENDPOINT; none where it is no longer there.

    Raises:
        ConfigurationError, TransientError: as `opened`.
    """
    with opened(bucket, key) as content:
        rest = b""
        for chunk in content or ():
            *lines, rest = (rest + chunk).split(b"\n")
            yield from map(_text, lines)
        if rest:
            yield _text(rest)


def _text(line: bytes) -> str:
    return line.decode(errors="replace").removesuffix("\r")
