"""Lightweight Python components on Argo: KFP's executor input around their own command, in the same pod.

The pod's command is `executor.py`, which needs nothing but the image's Python. It is handed the parameters as texts, as
they are carried, and starts the component's command, unchanged, with the executor input in its place.
"""

import ast
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from stockpot.compiler import executor, ir
from stockpot.compiler.argo_carrying import carried
from stockpot.compiler.argo_text import Scope, input_code, tag
from stockpot.compiler.lightweight import interface_of
from stockpot.compiler.placeholders import ExecutorInput, Text

INPUTS = "/inputs"
OUTPUTS = "/outputs"
# Of Kubernetes' two ways to write a dollar: the program sees `$`, unless nobody has read its arguments.
_MARK = "$$"
_INDENTED = re.compile("^ +")


def wrapped(
    component: ir.Component, words: Iterable[Text], scope: Scope, filled: Callable[[Text], str]
) -> tuple[list[str], list[str]]:
    """The command and the arguments of a pod that runs the words of a component; `filled` gives the text of a piece."""
    pieces = [[(kind, Text(tuple(parts))) for kind, parts in groupby(word.parts, key=_kind)] for word in words]
    parameters = sorted(scope.parameters)
    interface = interface_of(component)
    known = {
        **interface,
        "inputs": {name: kind for name, kind in interface["inputs"].items() if name in scope.artifacts},
        "values": {name: component.parameters[name].kind for name in parameters},
        "doubtful": sorted(scope.doubtful),
        "kept": bool(scope.kept),
        "words": [[kind for kind, _ in word] for word in pieces],
        "from": INPUTS,
        "to": OUTPUTS,
    }
    values = [tag(input_code(name, scope)) for name in parameters]
    texts = [filled(text) for word in pieces for kind, text in word if kind == "text"]
    keys = [json.dumps(dict(scope.kept))] if scope.kept else []
    return ["python3", "-I", "-c", carried(_program())], [_MARK, carried(json.dumps(known)), *values, *keys, *texts]


@cache
def _program() -> str:
    """The file's lines without comments, docstrings and most of the blanks, for it stands in every such template."""
    source = Path(executor.__file__).read_text(encoding="utf-8")
    docstrings = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = (line for number, line in enumerate(source.splitlines(), 1) if number not in docstrings)
    kept = (line for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return "\n".join(_INDENTED.sub(lambda match: " " * (len(match[0]) // 4), line) for line in kept) + "\n"


def _kind(part: Any) -> str:
    if isinstance(part, ExecutorInput):
        return "escaped" if part.escaped else "input"
    return "text"
