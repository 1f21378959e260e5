"""Keys of commits: the same work has the same key, whoever does it, however often."""

import hashlib
import json
from typing import Any


def key_of(work: Any, digits: int = 32) -> str:
    """Hexadecimal digits of the SHA-256 over the work, a value of JSON, in whatever order its names are.

    A key names the work and never the attempt: a retry and a run submitted again have the same one. Tables hold keys,
    so they must not change: with another key, what is committed would be committed again.
    """
    return hashlib.sha256(json.dumps(work, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:digits]
