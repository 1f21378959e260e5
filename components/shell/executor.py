"""KFP's executor input and output: how a step hands over metadata of its artifacts beside their files.

KFP's launcher reads the output after any program that it runs, and keeps the metadata with each artifact.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_OUTPUTS = re.compile(r'"outputs"\s*:\s*')


def executor_input(text: str) -> Mapping[str, Any]:
    """The outputs of an executor input; empty for an empty one, as other engines give it.

    KFP's launcher fills placeholders within the text too, as in a parameter that others are part of, and escapes
    nothing of it. So the text as a whole may be no JSON; its outputs, which come last, are.
    """
    ends = [match.end() for match in _OUTPUTS.finditer(text)]
    return {"outputs": json.JSONDecoder().raw_decode(text, ends[-1])[0]} if ends else {}


def write_artifacts(inputs: Mapping[str, Any], artifacts: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the artifacts, by their names, to the output file that the executor input `inputs` names."""
    path = Path(inputs["outputs"]["outputFile"])
    # The launcher makes no room for it.
    path.parent.mkdir(parents=True, exist_ok=True)
    output = {"artifacts": {name: {"artifacts": [dict(each)]} for name, each in artifacts.items()}}
    path.write_text(json.dumps(output), encoding="utf-8")


def write_metadata(inputs: Mapping[str, Any], name: str, metadata: Mapping[str, Any]) -> None:
    """Write the metadata of one artifact, which lies at its own path; an empty executor input gets nothing."""
    if not inputs:
        return
    (artifact,) = inputs["outputs"]["artifacts"][name]["artifacts"]
    known = {key: artifact[key] for key in ("name", "uri") if key in artifact}
    write_artifacts(inputs, {name: {**known, "metadata": {**artifact.get("metadata", {}), **metadata}}})
