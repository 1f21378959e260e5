"""The workflow to submit, as Argo's API takes it."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from components.shell.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_OURS = ("table", "snapshot_id")
# Kubernetes copies a workflow's name into labels, which hold no more.
_LONGEST = 63


def training_workflow(template: str, parameters: Mapping[str, Any], table: str, snapshot_id: str) -> dict[str, Any]:
    """A Workflow that runs the template with the parameters, the table and the snapshot; equal input, equal name.

    Raises:
        ConfigurationError: the template's name is none, or a parameter would hide the table or the snapshot.
    """
    if not _NAME.fullmatch(template):
        raise ConfigurationError(f"'{template}' is no name of a WorkflowTemplate", "use lower case, digits, - and .")
    if taken := next((name for name in _OURS if name in parameters), None):
        raise ConfigurationError(f"the training parameter '{taken}' is set by the pipeline", "give it another name")
    values = {**{name: _text(value) for name, value in parameters.items()}, "table": table, "snapshot_id": snapshot_id}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": _name(template, values), "labels": {"stockpot/trained-on": snapshot_id}},
        "spec": {
            "workflowTemplateRef": {"name": template},
            "arguments": {"parameters": [{"name": name, "value": values[name]} for name in sorted(values)]},
        },
    }


def _name(template: str, values: Mapping[str, str]) -> str:
    """A name that says which template and stands for all values, so the same work cannot be submitted twice."""
    digest = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:10]
    return f"{template.replace('.', '-')[: _LONGEST - 11]}-{digest}"


def _text(value: Any) -> str:
    """A value as Argo wants it: KFP carries all numbers as floats, and structures as JSON."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
