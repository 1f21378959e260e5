"""What is known of an imported artifact, in the form of KFP's executor output."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.import_artifact.schemes import LOCAL, scheme_of
from components.shell.errors import ConfigurationError
from components.shell.executor import write_artifacts

_PARAMETER = re.compile(r"\{\{\$\.inputs\.parameters\[(['\"])(.*?)\1\]\}\}")


def report_artifact(
    executor_input: Mapping[str, Any], address: str, path: Path | None, metadata: Mapping[str, Any]
) -> None:
    """Write the address and the metadata of the artifact, of which the bytes are at `path`, if anywhere.

    Nothing is written where the executor input is empty.

    Raises:
        ConfigurationError: the metadata name a parameter that is not given.
    """
    if not executor_input:
        return
    known = _filled(metadata, executor_input["inputs"].get("parameterValues", {}))
    artifact = {"uri": "" if scheme_of(address) in LOCAL else address, "metadata": known}
    where = {"custom_path": str(path)} if path else {}
    (name,) = executor_input["outputs"]["artifacts"]
    write_artifacts(executor_input, {name: {**artifact, **where}})


def _filled(value: Any, parameters: Mapping[str, Any]) -> Any:
    """The value with parameters put into its texts, also where they are keys; each becomes text, as in KFP."""
    if isinstance(value, str):
        return _PARAMETER.sub(lambda match: _text(match[2], parameters), value)
    if isinstance(value, list):
        return [_filled(each, parameters) for each in value]
    if isinstance(value, Mapping):
        return {_filled(name, parameters): _filled(each, parameters) for name, each in value.items()}
    return value


def _text(name: str, parameters: Mapping[str, Any]) -> str:
    if name not in parameters:
        raise ConfigurationError(f"the metadata name the parameter '{name}', which has no value", "give it a default")
    value = parameters[name]
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
