"""Ports for servers that tests start, and start again on the same port."""

import os
import random
import socket
from collections.abc import Iterator, Mapping

# Below those that the kernel hands to connections, which would come and go on a server's port while it is down.
_CANDIDATES = range(15_000, 30_000)


def share(environ: Mapping[str, str]) -> range:
    """The ports that are this process's own among the workers of pytest-xdist; all of them where it is alone.

    A server takes its port a while after it is drawn, so that a look at what is free would let two workers draw the
    same.
    """
    place = int(environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    count = int(environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return _CANDIDATES[place % count :: count]


def _free() -> Iterator[int]:
    candidates = share(os.environ)
    for port in random.sample(candidates, len(candidates)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                yield port


_ports = _free()


def free_port() -> int:
    """A port that nobody uses, another one with each call."""
    return next(_ports)
