"""What a step tells of its artifacts beside their files: KFP's executor output.

KFP's launcher reads it behind any program that it runs, and keeps with each artifact the metadata that stand there.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OUTPUTS = re.compile(r'"outputs"\s*:\s*')


def executor_input(text: str) -> Mapping[str, Any]:
    """What an executor input says of outputs; nothing of an empty one, as other engines give it.

    KFP's launcher fills placeholders within the text too, as in a parameter that others are part of, and escapes
    nothing of it. So the text as a whole may be no JSON; its outputs, which come last, are.
    """
    ends = [found.end() for found in _OUTPUTS.finditer(text)]
    return {"outputs": json.JSONDecoder().raw_decode(text, ends[-1])[0]} if ends else {}


def tell_artifacts(told: Mapping[str, Any], artifacts: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what is told of artifacts, by their names, to where the executor input `told` says."""
    path = Path(told["outputs"]["outputFile"])
    # The launcher makes no room for it.
    path.parent.mkdir(parents=True, exist_ok=True)
    output = {"artifacts": {name: {"artifacts": [dict(each)]} for name, each in artifacts.items()}}
    path.write_text(json.dumps(output), encoding="utf-8")


def tell_metadata(told: Mapping[str, Any], name: str, metadata: Mapping[str, Any]) -> None:
    """Tell the metadata of one artifact, which lies where it was to be written; of an empty executor input, nothing."""
    if not told:
        return
    (given,) = told["outputs"]["artifacts"][name]["artifacts"]
    known = {key: given[key] for key in ("name", "uri") if key in given}
    tell_artifacts(told, {name: {**known, "metadata": {**given.get("metadata", {}), **metadata}}})
