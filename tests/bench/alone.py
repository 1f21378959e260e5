"""`python -m tests.bench.alone MODULE FUNCTION ANSWER ARGUMENTS`: calls a function and keeps what it returns.

So a way to do something has a process of its own (tests/bench/cost.py). ARGUMENTS is a list and ANSWER a file, as JSON.
"""

import dataclasses
import importlib
import json
import sys
from pathlib import Path

if __name__ == "__main__":
    _module, _function, _answer, _arguments = sys.argv[1:]
    _returned = getattr(importlib.import_module(_module), _function)(*json.loads(_arguments))
    Path(_answer).write_text(json.dumps(_returned, default=dataclasses.asdict))
