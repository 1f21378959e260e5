"""Workflows to submit, as Argo's API takes them."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from components.shell.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
# Kubernetes copies a workflow's name into labels, which hold no more.
_LONGEST = 63


def training_workflow(template: str, parameters: Mapping[str, Any], table: str, snapshot_id: str) -> dict[str, Any]:
    """A Workflow that runs the template with the parameters, the table and the snapshot; equal input, equal name.

    Raises:
        ConfigurationError: the template's name is none, or a parameter would hide the table or the snapshot.
    """
    values = _values(template, parameters, {"table": table, "snapshot_id": snapshot_id})
    return _workflow(template, values, json.dumps(values, sort_keys=True), {"stockpot/trained-on": snapshot_id})


def following_workflow(
    template: str, parameters: Mapping[str, Any], run_key: str, given: Mapping[str, str]
) -> dict[str, Any]:
    """A Workflow that follows a run, with the parameters and what the run has `given`; one run, one name.

    Raises:
        ConfigurationError: the template's name is none, or a parameter would hide what the run gives.
    """
    return _workflow(template, _values(template, parameters, given), run_key, {"stockpot/follows": run_key})


def _values(template: str, parameters: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    if not _NAME.fullmatch(template):
        raise ConfigurationError(f"'{template}' is no name of a WorkflowTemplate", "use lower case, digits, - and .")
    if taken := next((name for name in given if name in parameters), None):
        raise ConfigurationError(f"the parameter '{taken}' is set by the pipeline", "give it another name")
    return {**{name: _text(value) for name, value in parameters.items()}, **given}


def _workflow(template: str, values: Mapping[str, str], stands_for: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """The Workflow, under a name that says which template and what it stands for: no two are there at a time.

    Of the template a name may have room for the beginning alone, and has no dots; so the digest is of all of it.
    """
    digest = hashlib.sha256(json.dumps([template, stands_for]).encode()).hexdigest()[:10]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": f"{template.replace('.', '-')[: _LONGEST - 11]}-{digest}",
            "labels": dict(labels),
        },
        "spec": {
            "workflowTemplateRef": {"name": template},
            "arguments": {"parameters": [{"name": name, "value": values[name]} for name in sorted(values)]},
        },
    }


def _text(value: Any) -> str:
    """A value as Argo wants it: KFP carries all numbers as floats, and structures as JSON."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
