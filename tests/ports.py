"""Ports for servers that tests start, and start again on the same port."""

import random
import socket
from collections.abc import Iterator

# Below those that the kernel hands to connections, which would come and go on a server's port while it is down.
_CANDIDATES = range(15_000, 30_000)


def _free() -> Iterator[int]:
    for port in random.sample(_CANDIDATES, len(_CANDIDATES)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                yield port


_ports = _free()


def free_port() -> int:
    """A port that nobody uses, another one with each call."""
    return next(_ports)
