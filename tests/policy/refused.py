"""For each rule what it refuses: the repository as it is, with one thing changed for the worse."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.policy.tree import DOCKERFILE, Tree

Change = Callable[[Tree], None]
_GONE = object()


def sets(what: str, *path: str | int, to: Any) -> Change:
    """An object, `kind/name`, that says something else."""
    kind, _, name = what.partition("/")

    def change(tree: Tree) -> None:
        (document,) = [each for each in tree.objects if each["kind"] == kind and each["metadata"]["name"] == name]
        _put(document, path, to)

    return change


def _put(document: Any, path: tuple[str | int, ...], value: Any) -> None:
    for part in path[:-1]:
        document = document[part] if isinstance(part, int) else document.setdefault(part, {})
    if value is _GONE:
        del document[path[-1]]
    else:
        document[path[-1]] = value


def takes(what: str, *path: str | int) -> Change:
    """An object that no longer says something."""
    return sets(what, *path, to=_GONE)


def drops(what: str) -> Change:
    """An object that is not there."""
    kind, _, name = what.partition("/")

    def change(tree: Tree) -> None:
        kept = [each for each in tree.objects if (each["kind"], each["metadata"]["name"]) != (kind, name)]
        assert len(kept) == len(tree.objects) - 1
        tree.objects[:] = kept

    return change


def adds(kind: str, **body: Any) -> Change:
    """An object more."""
    return lambda tree: tree.objects.append({"kind": kind, "metadata": {"name": "more"}, **body})


def writes(old: str, new: str) -> Change:
    """The Dockerfile in which some words are others."""

    def change(tree: Tree) -> None:
        text = tree.dockerfiles[DOCKERFILE]
        assert old in text
        tree.dockerfiles[DOCKERFILE] = text.replace(old, new)

    return change


def compiles(*path: str | int, to: Any) -> Change:
    """A pipeline, compiled for KFP, that says something else."""
    return lambda tree: _put(tree.kfp["verify-pipeline.yaml"], path, to)


WORKFLOW, CRON = "WorkflowTemplate/verify-pipeline", "CronWorkflow/moderation-training"
STEP: tuple[str | int, ...] = ("spec", "templates", 2)
MAIN = (*STEP, "container")
STORE, IN_STORE = "StatefulSet/kafka", ("spec", "template", "spec")
IN_CONTAINER = (*IN_STORE, "containers", 0)
ARGUMENT = (*STEP[:2], 0, "dag", "tasks", 0, "arguments", "parameters", 0)
KFP = (0, "deploymentSpec", "executors", "exec-verify-table", "container")
KFP_TASK = (0, "components", "comp-exit-handler-1", "dag", "tasks", "verify-table")
# The step of feed-ranking that submits a workflow, and a token that nobody has made short.
SUBMITTING: tuple[str | int, ...] = ("spec", "templates", 10)
TOKEN = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
NETWORK = {"podSelector": {}, "policyTypes": ["Ingress"]}


def _grant(*verbs: str, group: str = "", resource: str = "pods") -> list[Mapping[str, Any]]:
    return [{"apiGroups": [group], "resources": [resource], "verbs": list(verbs)}]


REFUSED: dict[str, list[Change]] = {
    "image_is_pinned": [
        sets(WORKFLOW, *MAIN, "image", to="ghcr.io/stockpot/verify-table:latest"),
        sets(WORKFLOW, *MAIN, "image", to="registry.example.org:5000/verify-table"),
        compiles(*KFP, "image", to="ghcr.io/stockpot/verify-table"),
    ],
    "image_names_its_registry": [sets(STORE, *IN_CONTAINER, "image", to="apache/kafka:4.1.0")],
    "command_is_stated": [takes(WORKFLOW, *MAIN, "command"), takes(STORE, *IN_CONTAINER, "command")],
    "environment_holds_no_secret": [
        sets(WORKFLOW, *MAIN, "env", 0, to={"name": "MINIO_SECRET_KEY", "value": "soup"}),
        sets(WORKFLOW, *MAIN, "env", 0, to={"name": "DATABASE_URL", "value": "postgresql:///source"}),
        sets(WORKFLOW, *MAIN, "env", 0, to={"name": "PROXY", "value": "http://cook:soup@proxy:3128"}),
    ],
    "arguments_hold_no_secret": [
        sets(WORKFLOW, *MAIN, "args", 0, to="postgresql://cook:soup@postgres/source"),
        sets(WORKFLOW, *MAIN, "args", 0, to="--password"),
        compiles(*KFP, "args", 0, to="AKIAIOSFODNN7EXAMPLE"),
    ],
    "parameter_holds_no_secret": [
        sets(WORKFLOW, "spec", "arguments", "parameters", 0, to={"name": "api_key", "value": ""}),
        sets(WORKFLOW, *ARGUMENT, "value", to="s3://cook:soup@store/lake"),
        compiles(*KFP_TASK, "inputs", "parameters", "table", to={"runtimeValue": {"constant": "token=soup"}}),
    ],
    "parameter_is_small": [sets(WORKFLOW, *ARGUMENT, "value", to="x" * 16_385)],
    "user_is_not_root": [
        sets(WORKFLOW, "spec", "securityContext", "runAsUser", to=0),
        takes(WORKFLOW, "spec", "securityContext", "runAsNonRoot"),
    ],
    "system_calls_are_filtered": [
        sets(WORKFLOW, "spec", "securityContext", "seccompProfile", "type", to="Unconfined"),
        takes(STORE, *IN_STORE, "securityContext", "seccompProfile"),
    ],
    "host_is_out_of_reach": [
        sets(STORE, *IN_STORE, "hostNetwork", to=True),
        sets(STORE, *IN_CONTAINER, "ports", 0, "hostPort", to=9092),
        sets(WORKFLOW, "spec", "volumes", 0, to={"name": "outputs", "hostPath": {"path": "/"}}),
    ],
    "token_is_not_mounted": [
        takes(WORKFLOW, "spec", "automountServiceAccountToken"),
        sets(WORKFLOW, *STEP, "automountServiceAccountToken", to=True),
        sets(WORKFLOW, "spec", "volumes", 0, to=TOKEN),
        sets("WorkflowTemplate/feed-ranking", *SUBMITTING, "serviceAccountName", to="stockpot-step"),
        sets("WorkflowTemplate/feed-ranking", *SUBMITTING, "volumes", 0, to=TOKEN),
    ],
    "privileges_cannot_grow": [
        takes(WORKFLOW, *MAIN, "securityContext", "allowPrivilegeEscalation"),
        sets(STORE, *IN_CONTAINER, "securityContext", "privileged", to=True),
    ],
    "capabilities_are_dropped": [
        takes(WORKFLOW, *MAIN, "securityContext", "capabilities"),
        sets(STORE, *IN_CONTAINER, "securityContext", "capabilities", "add", to=["NET_BIND_SERVICE"]),
    ],
    "root_is_read_only": [sets(WORKFLOW, *MAIN, "securityContext", "readOnlyRootFilesystem", to=False)],
    "user_is_the_pods_own": [sets(WORKFLOW, *MAIN, "securityContext", "runAsUser", to=0)],
    "resources_are_set": [
        takes(WORKFLOW, *MAIN, "resources", "limits", "memory"),
        takes(STORE, *IN_CONTAINER, "resources"),
    ],
    "manifest_is_small": [adds("ConfigMap", data={"sample.sql": "x" * 262_144})],
    "step_is_a_container": [
        sets(WORKFLOW, *STEP, "podSpecPatch", to="hostNetwork: true"),
        sets(WORKFLOW, "spec", "templates", 0, to={"name": "main", "resource": {"action": "delete"}}),
    ],
    "step_has_a_deadline": [takes(WORKFLOW, *STEP, "activeDeadlineSeconds")],
    "step_is_tried_again_where_that_helps": [
        takes(WORKFLOW, *STEP, "retryStrategy"),
        sets(WORKFLOW, *STEP, "retryStrategy", "expression", to="true"),
        sets(WORKFLOW, *STEP, "retryStrategy", "retryPolicy", to="OnFailure"),
        sets(WORKFLOW, *STEP, "retryStrategy", "backoff", "factor", to=1),
        sets(WORKFLOW, *STEP, "retryStrategy", "backoff", "maxDuration", to="300s"),
        sets(WORKFLOW, "spec", "templates", 0, "retryStrategy", to={"limit": 3}),
    ],
    "artifacts_are_keys": [
        sets(WORKFLOW, *STEP, "outputs", "artifacts", 0, "s3", "bucket", to="elsewhere"),
        sets(WORKFLOW, *STEP, "outputs", "artifacts", 0, "s3", "key", to="summary"),
    ],
    "steps_have_an_account_of_their_own": [
        sets(WORKFLOW, "spec", "serviceAccountName", to="stockpot-executor"),
    ],
    "runs_are_cleared_away": [takes(WORKFLOW, "spec", "ttlStrategy"), takes(WORKFLOW, "spec", "podGC")],
    "schedule_is_unambiguous": [
        takes(CRON, "spec", "timezone"),
        sets(CRON, "spec", "concurrencyPolicy", to="Allow"),
        takes(CRON, "spec", "startingDeadlineSeconds"),
    ],
    "schedule_hands_over_its_instant": [takes(CRON, "spec", "workflowSpec", "arguments")],
    "kfp_caches_only_what_is_pure": [compiles(*KFP_TASK, "cachingOptions", to={"enableCache": True})],
    "rights_are_few": [
        sets("Role/stockpot-executor", "rules", to=_grant("create", "patch", "delete", group="argoproj.io",
                                                          resource="workflowtaskresults")),
        sets("Role/stockpot-submitter", "rules", to=_grant("*")),
        sets("Role/stockpot-submitter", "rules", to=_grant("get", resource="secrets")),
        sets("Role/stockpot-submitter", "rules", to=_grant("create", resource="pods/exec")),
        takes("Role/stockpot-kfp", "rules", 1, "resourceNames"),
    ],
    "rights_end_at_the_namespace": [
        adds("ClusterRole", rules=_grant("get")),
        adds("ClusterRoleBinding", subjects=[{"name": "stockpot-step"}]),
    ],
    "rights_go_to_somebody": [
        sets("RoleBinding/stockpot-submitter", "subjects", 1, "name", to="system:authenticated"),
        sets("RoleBinding/stockpot-executor", "subjects", 0, "name", to="default"),
        sets("RoleBinding/stockpot-executor", "roleRef", "kind", to="ClusterRole"),
    ],
    "account_hands_out_no_token": [
        takes("ServiceAccount/stockpot-step", "automountServiceAccountToken"),
        sets("ServiceAccount/stockpot-step", "automountServiceAccountToken", to=True),
    ],
    "secret_is_an_example": [
        sets("Secret/stockpot-object-store", "stringData", "MINIO_SECRET_KEY", to="Zm9uZCBvZiBzb3Vw"),
        adds("Secret", data={"password": base64.b64encode(b"soup").decode()}),
        sets("Secret/stockpot-executor.service-account-token", "data", to={"token": "c291cA=="}),
    ],
    "settings_hold_no_secret": [adds("ConfigMap", data={"env": "PASSWORD=demo-not-secret"})],
    "executor_is_restricted": [sets("ConfigMap/workflow-controller-configmap", "data", "executor", to="{}")],
    "namespace_is_restricted": [
        takes("Namespace/stockpot", "metadata", "labels"),
        sets("Namespace/stockpot", "metadata", "labels", "pod-security.kubernetes.io/enforce", to="baseline"),
    ],
    "network_opens_named_ports": [
        adds("NetworkPolicy", spec={**NETWORK, "ingress": [{}]}),
        adds("NetworkPolicy", spec={**NETWORK, "ingress": [{"ports": [{"port": 9000}]}]}),
        adds("NetworkPolicy", spec={**NETWORK, "egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}),
    ],
    "service_stays_inside": [sets("Service/minio", "spec", "type", to="LoadBalancer")],
    "nothing_is_let_in": [adds("Ingress", spec={})],
    "job_ends": [takes("Job/create-topics", "spec", "activeDeadlineSeconds")],
    "network_denies_by_default": [
        drops("NetworkPolicy/deny-all"),
        sets("NetworkPolicy/deny-all", "spec", "policyTypes", to=["Ingress"]),
    ],
    "namespace_is_bounded": [drops("ResourceQuota/stockpot"), drops("LimitRange/stockpot")],
    "accounts_exist": [
        drops("ServiceAccount/stockpot-step"),
        drops("ServiceAccount/stockpot-trigger"),
        drops("Secret/stockpot-executor.service-account-token"),
    ],
    "secrets_exist": [
        drops("Secret/stockpot-catalog"),
        takes("Secret/stockpot-database", "stringData", "DATABASE_URL"),
    ],
    "base_can_be_replaced": [writes("FROM ${BASE_IMAGE}\n", "FROM python:3.11-slim-bookworm\n")],
    "base_is_pinned": [
        writes("BASE_IMAGE=python:3.11-slim-bookworm", "BASE_IMAGE=python:latest"),
        writes("BASE_IMAGE=python:3.11-slim-bookworm", "BASE_IMAGE=python"),
    ],
    "packages_are_hashed": [writes("--allow-empty-requirements --require-hashes", "--allow-empty-requirements")],
    "nothing_else_is_fetched": [
        writes("RUN rm -rf", "RUN apt-get update && rm -rf"),
        writes("WORKDIR /tmp", "ADD https://example.org/soup /tmp"),
    ],
    "only_its_own_is_copied": [
        writes("COPY components /tmp/components", "COPY components /app/components"),
        writes("COPY components /tmp/components", "COPY . /tmp"),
    ],
    "user_is_a_number": [
        writes("USER 8737:8737", "USER stockpot"),
        writes("USER 8737:8737", "USER 0:0"),
        writes("USER 8737:8737", ""),
    ],
    "nothing_is_run_by_itself": [writes("WORKDIR /tmp", 'ENTRYPOINT ["python"]'), writes("WORKDIR /tmp", "CMD sh")],
    "no_secret_is_built_in": [writes("ARG REVISION=unknown", "ARG REVISION=unknown\nARG PYPI_TOKEN")],
    "labels_say_what_it_is": [writes("org.opencontainers.image.licenses", "org.opencontainers.image.taste")],
}  # fmt: skip
