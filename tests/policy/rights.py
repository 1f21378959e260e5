"""Who may do what in the cluster: every right of every account, as a table that is kept by hand."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tests.policy.subjects import at, of_kind


class Right(NamedTuple):
    """That an account or a group may do something to all objects of a resource, or to the one that is named."""

    who: str
    verb: str
    resource: str
    name: str = ""


_TABLE = {
    ("stockpot-executor", "workflowtaskresults.argoproj.io"): "create patch",
    ("stockpot-volumes", "workflowtaskresults.argoproj.io"): "create patch",
    ("stockpot-volumes", "persistentvolumeclaims"): "create get delete",
    ("stockpot-trigger", "workflows.argoproj.io"): "create",
    ("stockpot-trigger", "workflowtemplates.argoproj.io"): "get",
    ("stockpot-submitter", "workflows.argoproj.io"): "create get list watch patch",
    ("stockpot-submitter", "workflowtemplates.argoproj.io"): "get list",
    ("stockpot-submitter", "pods"): "get list watch",
    ("stockpot-submitter", "pods/log"): "get",
    ("stockpot-submitters", "workflows.argoproj.io"): "update",
    ("stockpot-submitters", "pods"): "delete",
    ("stockpot-kfp", "configmaps", "kfp-launcher"): "get",
    ("stockpot-kfp", "secrets", "mlpipeline-minio-artifact"): "get",
    ("stockpot-kfp", "pods"): "get list",
    ("stockpot-kfp", "workflowtaskresults.argoproj.io"): "create patch",
}
_SAME = {"stockpot-submitter": "stockpot-submitters"}  # the people, beside the account that stands for them
MAY = {
    Right(name, verb, *what)
    for (who, *what), verbs in _TABLE.items()
    for verb in verbs.split()
    for name in (who, _SAME.get(who, who))
}


def given(documents: Sequence[Mapping[str, Any]]) -> set[Right]:
    """The rights that roles and bindings really give, to accounts that exist and to groups."""
    roles = {role["metadata"]["name"]: role for role in of_kind(documents, "Role")}
    accounts = {account["metadata"]["name"] for account in of_kind(documents, "ServiceAccount")}
    return {
        Right(subject["name"], *right)
        for binding in of_kind(documents, "RoleBinding")
        for subject in binding["subjects"]
        if subject["kind"] == "Group" or subject["name"] in accounts
        for right in _of(roles.get(at(binding, "roleRef", "name"), {"rules": ()}))
    }


def _of(role: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for rule in role["rules"]:
        for group in rule.get("apiGroups", ("",)):
            for resource in rule.get("resources", rule.get("nonResourceURLs", ())):
                for name in rule.get("resourceNames", ("",)):
                    yield from ((verb, f"{resource}.{group}".rstrip("."), name) for verb in rule["verbs"])
