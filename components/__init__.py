"""The steps: one folder per container image, and the shell they share."""

import gc
import sys

# In a process that is a step, before it imports anything else: Python looks for cycles after every 700 new objects, and
# the libraries make half a million, none of them garbage. The looking took a fifth of a step's start.
if any(word.startswith("components.") for word in sys.orig_argv):
    gc.set_threshold(100_000)
