"""What is submitted: a workflow that refers to the pipeline's template or stands alone, its parameters checked."""

import difflib
from collections.abc import Mapping
from typing import Any

from components.shell.errors import ConfigurationError
from stockpot.cluster.access import Document
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import Plan
from stockpot.compiler.errors import Location
from stockpot.compiler.placeholders import text_of
from stockpot.compiler.profiles import Profile
from stockpot.compiler.sizes import refuse_large, refuse_long
from stockpot.local.parameters import start, utc_now


def workflow_of(plan: Plan, given: Mapping[str, str], as_of: str | None) -> dict[str, Any]:
    """The workflow to create; what is not given is left to the template's defaults.

    Raises:
        ConfigurationError: a parameter is unknown, missing, of another type, too long or not to be written; all of them
            are too large together; `as_of` is malformed or in the future.
    """
    arguments = [{"name": name, "value": value} for name, value in _arguments(plan, given, as_of).items()]
    _, workflow = argo_documents(plan)
    if arguments:
        workflow["spec"]["arguments"] = {"parameters": arguments}
    refuse_large(workflow, Location(plan.pipeline.name))
    return workflow


def one_off(plan: Plan, given: Mapping[str, str], as_of: str | None, profile: Profile) -> dict[str, Any]:
    """The workflow to create for a pipeline of which nothing is installed: it holds all that its template would.

    Raises:
        ConfigurationError: as for `workflow_of`, or the pipeline cannot be compiled for Argo.
    """
    arguments = _arguments(plan, given, as_of)
    (template, *_), workflow = argo_documents(plan, profile=profile)
    workflow["metadata"]["annotations"] = template["metadata"]["annotations"]
    workflow["spec"] = template["spec"]
    for parameter in workflow["spec"].get("arguments", {}).get("parameters", []):
        if parameter["name"] in arguments:
            parameter["value"] = arguments[parameter["name"]]
    refuse_large(workflow, Location(plan.pipeline.name))
    return workflow


def _arguments(plan: Plan, given: Mapping[str, str], as_of: str | None) -> dict[str, str]:
    """The texts of the parameters that are given."""
    values = start(plan.pipeline, given, as_of, "", utc_now()).parameters
    named = [name for name in plan.pipeline.parameters if name in given or (name == "as_of" and as_of)]
    return {name: _text(name, values[name]) for name in named}


def _text(name: str, value: Any) -> str:
    refuse_long(f"parameter {name}", value)
    text = text_of(value)
    if "{{" in text:
        raise ConfigurationError(f"parameter {name} holds '{{{{', which Argo would fill in", "write it without")
    return text


def template_name(workflow: Document) -> str | None:
    """The name of the template that the workflow refers to; None where it stands alone."""
    reference = workflow["spec"].get("workflowTemplateRef")
    return str(reference["name"]) if reference else None


def check(workflow: Document, template: Document) -> None:
    """Nothing, if the template on the cluster takes the workflow's parameters.

    Raises:
        ConfigurationError: it is another version of the pipeline, which does not know one of them.
    """
    known = [each["name"] for each in template["spec"].get("arguments", {}).get("parameters", [])]
    for parameter in workflow["spec"].get("arguments", {}).get("parameters", []):
        if parameter["name"] not in known:
            near = difflib.get_close_matches(parameter["name"], known, n=1)
            raise ConfigurationError(
                f"the template {template['metadata']['name']} on the cluster has no parameter '{parameter['name']}'",
                f"it has '{near[0]}'; apply manifests/argo again" if near else "apply manifests/argo again",
            )
