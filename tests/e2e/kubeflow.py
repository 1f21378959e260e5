"""A workflow of the shape that Kubeflow Pipelines gives a pipeline.

A launcher ends with 1 whatever the step ends with, every failure is tried again, a step is the node `executor` of
its task, and an exit handler is a hook that learns of the state alone.
"""

import json
from typing import Any

from components.images import reference
from tests.e2e.places import ROOT

ACCOUNT = ROOT / "manifests/kfp/runs/account.yaml"
LINE = "as_of: 'yesterday' is not an instant - write it as ISO 8601 with an offset, such as 2026-01-15T00:00:00Z"
TICK = "2026-01-15T03:00:00Z"


def _container(step: str, *words: str, launcher: str = 'exec "$@"', **more: Any) -> dict[str, Any]:
    """The container of a step below a launcher, with the variable that names its pod."""
    return {
        "image": reference(step),
        "command": ["sh", "-c", launcher, "launcher", "python", "-m"],
        "args": list(words),
        "env": [
            {"name": "KFP_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "HOME", "value": "/tmp"},  # noqa: S108 - in the pod
        ],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        **more,
    }


def judged_workflow() -> dict[str, Any]:
    """One step that can never succeed, tried three times, with an exit handler that records the end."""
    plan = [
        "components.begin_run.interval",
        "--as-of",
        "yesterday",
        "--pipeline",
        "p",
        "--table",
        "{}",
        "--version",
        "1",
    ]
    outputs = ("instant", "interval-start", "interval-end", "run-key", "views-start", "past", "held", "summary")
    plan += ["--label-delay-seconds", "0", "--run-id", "{{workflow.name}}"]
    plan += [word for name in outputs for word in (f"--{name}", f"/tmp/{name}")]  # noqa: S108 - in the pod
    end = ["components.end_run", "--status", json.dumps({"state": "FAILED", "error": {}})]
    end += ["--run-id", "{{workflow.name}}", "--pipeline", "p", "--as-of", "", "--scheduled", TICK]
    end += ["--report", "/tmp/report", "--metrics", "/tmp/metrics"]  # noqa: S108 - in the pod
    secrets = [{"secretRef": {"name": f"stockpot-{name}"}} for name in ("catalog", "network")]
    hook = {"exit": {"template": "end-run"}}
    spec = {
        "entrypoint": "root",
        "serviceAccountName": "stockpot-kfp",
        "securityContext": {"runAsNonRoot": True, "runAsUser": 8737, "seccompProfile": {"type": "RuntimeDefault"}},
        "templates": [
            {"name": "root", "dag": {"tasks": [{"name": "begin-interval", "template": "step", "hooks": hook}]}},
            {"name": "step", "dag": {"tasks": [{"name": "executor", "template": "impl"}]}},
            {
                "name": "impl",
                "retryStrategy": {"limit": "2", "backoff": {"duration": "1", "factor": "1"}},
                "container": _container("begin_run", *plan, launcher='"$@" || exit 1'),
            },
            {
                "name": "end-run",
                "container": _container("end_run", *end, envFrom=secrets),
            },
        ],
    }
    kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}
    return {**kind, "metadata": {"generateName": "verdict-"}, "spec": spec}
