"""The steps: one folder per container image, and the shell they share."""

import ctypes
import gc
import os
import sys
from contextlib import suppress

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1


def _begin_step() -> None:
    """Have Python and C keep what a step uses over and over, before any library asks them for memory."""
    # Python looks for cycles after every 700 new objects, and the libraries make half a million, none of them garbage.
    # The looking took a fifth of a step's start.
    gc.set_threshold(100_000)
    # Columns of a batch come and go by the megabyte. Memory that goes back to the system each time must be cleared by
    # it each time, which took up to a fifth of a step's work; and Arrow's own pool holds more than the C library does.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, 32 << 20)
        mallopt(_TRIM_THRESHOLD, 64 << 20)


# In a process that is a step.
if any(word.startswith("components.") for word in sys.orig_argv):
    _begin_step()
