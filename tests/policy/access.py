"""Rules of rights, of the network, of secrets, and of what a namespace must have."""

import base64
from typing import Any

from tests.policy.subjects import at, of_kind

# All rights that anybody is given, and to what.
_RIGHTS = {
    ("argoproj.io", "workflowtaskresults"): {"create", "patch"},
    ("argoproj.io", "workflows"): {"create", "get", "list", "watch", "patch", "update"},
    ("argoproj.io", "workflowtemplates"): {"get", "list"},
    ("", "pods"): {"get", "list", "watch", "delete"},
    ("", "pods/log"): {"get"},
    ("", "persistentvolumeclaims"): {"create", "get", "delete"},
}
# Rights that are given to single objects by name only, for the others are somebody else's.
_NAMED_RIGHTS = {("", "secrets"): {"get"}, ("", "configmaps"): {"get"}}
# KFP's launcher runs inside the step's own container, and cannot do without the token.
_WITH_TOKEN = {"stockpot-kfp"}
# What a secret may say in a repository: that it is none.
_EXAMPLES = ("demo", "replace-me")
_PUBLIC = ("ENDPOINT", "WAREHOUSE", "SERVERS", "SCHEMA", "HOSTS", "REPORTS_URL")


def rights_are_few(role: Any) -> bool:
    """A role gives only rights that are on the list, by name, never by a star; of secrets only some."""
    return all(
        set(rule.get("verbs", ()))
        <= (_RIGHTS | (_NAMED_RIGHTS if rule.get("resourceNames") else {})).get((group, resource), set())
        for rule in role["rules"]
        for group in rule.get("apiGroups", ("nonResourceURLs",))
        for resource in rule.get("resources", ("",))
    )


def rights_end_at_the_namespace(_: Any) -> bool:
    """Nothing is given in the whole cluster."""
    return False


def rights_go_to_somebody(binding: Any) -> bool:
    """A role is bound to an account or a group of its own, not to everybody and not to the default account."""
    names = [subject["name"] for subject in binding["subjects"]]
    return at(binding, "roleRef", "kind") == "Role" and not any(
        name == "default" or name.startswith("system:") for name in names
    )


def account_hands_out_no_token(account: Any) -> bool:
    """Pods of an account are not handed its token unless they say so, but for those that KFP's launcher runs in."""
    return account.get("automountServiceAccountToken") is (account["metadata"]["name"] in _WITH_TOKEN)


def secret_is_an_example(secret: Any) -> bool:
    """A secret in the repository is visibly none: each value that opens a door says so itself."""
    if secret.get("type") == "kubernetes.io/service-account-token":
        return not {"data", "stringData"} & set(secret)
    plain = {name: base64.b64decode(value).decode() for name, value in secret.get("data", {}).items()}
    values = plain | secret.get("stringData", {})
    return all(
        name.endswith(_PUBLIC) or any(example in value for example in _EXAMPLES) for name, value in values.items()
    )


def settings_hold_no_secret(settings: Any) -> bool:
    """A ConfigMap holds no passwords: the demo's own is in none either."""
    return not any("demo-not-secret" in text or "PRIVATE KEY" in text for text in settings.get("data", {}).values())


def executor_is_restricted(settings: Any) -> bool:
    """Argo's controller gives its own containers a context that the restricted standard admits."""
    if settings["metadata"]["name"] != "workflow-controller-configmap":
        return True
    text = settings["data"]["executor"]
    wanted = ("runAsNonRoot: true", "allowPrivilegeEscalation: false", "drop: [ALL]", "type: RuntimeDefault")
    return all(each in text for each in wanted)


def namespace_is_restricted(namespace: Any) -> bool:
    """The namespace enforces the restricted pod standard."""
    return at(namespace, "metadata", "labels", "pod-security.kubernetes.io/enforce") == "restricted"


def network_opens_named_ports(policy: Any) -> bool:
    """A network policy that allows anything names ports, and for what comes in also from whom."""
    spec = policy["spec"]
    incoming, outgoing = spec.get("ingress", ()), spec.get("egress", ())
    return all(rule.get("ports") for rule in (*incoming, *outgoing)) and all(rule.get("from") for rule in incoming)


def service_stays_inside(service: Any) -> bool:
    """A service is reached from inside the cluster only."""
    return at(service, "spec", "type", default="ClusterIP") == "ClusterIP"


def nothing_is_let_in(_: Any) -> bool:
    """Nothing is published outside of the cluster."""
    return False


def job_ends(job: Any) -> bool:
    """A job gives up after a while."""
    return at(job, "spec", "activeDeadlineSeconds", default=0) > 0 and "backoffLimit" in job["spec"]


def network_denies_by_default(documents: Any) -> bool:
    """A policy for every pod allows nothing in either direction."""
    return any(
        policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        for policy in of_kind(documents, "NetworkPolicy")
    )


def namespace_is_bounded(documents: Any) -> bool:
    """A quota bounds pods, processor and memory of the namespace, and containers that say nothing have limits."""
    hard = {name for quota in of_kind(documents, "ResourceQuota") for name in at(quota, "spec", "hard", default={})}
    return {"pods", "requests.cpu", "limits.memory"} <= hard and bool(of_kind(documents, "LimitRange"))


def accounts_exist(documents: Any) -> bool:
    """Every account that a workflow runs under is there, and the executor's has the token that Argo looks for."""
    there = {account["metadata"]["name"] for account in of_kind(documents, "ServiceAccount")}
    secrets = {secret["metadata"]["name"] for secret in of_kind(documents, "Secret")}
    specs = [template["spec"] for template in of_kind(documents, "WorkflowTemplate")]
    executors = {at(spec, "executor", "serviceAccountName") for spec in specs}
    holders = [*specs, *(template for spec in specs for template in spec["templates"])]
    wanted = executors | {holder["serviceAccountName"] for holder in holders if "serviceAccountName" in holder}
    return wanted <= there and {f"{name}.service-account-token" for name in executors} <= secrets


def secrets_exist(documents: Any) -> bool:
    """Every secret that a step cannot do without is in the overlay, or in its example, with the keys asked for."""
    there = {
        (secret["metadata"]["name"], key)
        for secret in of_kind(documents, "Secret")
        for part in ("data", "stringData")
        for key in secret.get(part, ())
    }
    return _wanted(documents) <= there


def _wanted(documents: Any) -> set[tuple[str, str]]:
    references = [
        at(variable, "valueFrom", "secretKeyRef", default={})
        for template in of_kind(documents, "WorkflowTemplate")
        for step in template["spec"]["templates"]
        for variable in at(step, "container", "env", default=())
    ]
    return {(each["name"], each["key"]) for each in references if each and not each.get("optional")}


RULES = {
    "Role": (rights_are_few,),
    "ClusterRole": (rights_end_at_the_namespace,),
    "ClusterRoleBinding": (rights_end_at_the_namespace,),
    "RoleBinding": (rights_go_to_somebody,),
    "ServiceAccount": (account_hands_out_no_token,),
    "Secret": (secret_is_an_example,),
    "ConfigMap": (settings_hold_no_secret, executor_is_restricted),
    "Namespace": (namespace_is_restricted,),
    "NetworkPolicy": (network_opens_named_ports,),
    "Service": (service_stays_inside,),
    "Ingress": (nothing_is_let_in,),
    "Job": (job_ends,),
    "Overlay": (network_denies_by_default, namespace_is_bounded, accounts_exist, secrets_exist),
}
