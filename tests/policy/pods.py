"""Rules of pods, of their containers and of what is handed to them."""

import re
from typing import Any

from tests.policy.subjects import at

_PINNED = re.compile(r":(?!latest$)[\w][\w.-]*$|@sha256:[0-9a-f]{64}$")
_SECRET_NAME = re.compile(
    r"passw|secret|(?<!max_)(?<!max-)token|api_?key|access_?key|private_?key|credential", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"://[^/\s:@]+:[^/\s@]+@|\bAKIA[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY|(passw\w*|secret|token)\s*[=:]\s*\S",
    re.IGNORECASE,
)
_ENDPOINT_NAME = re.compile(r"(URL|URLS|URI|ENDPOINT|SERVERS)$")
_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
# The only account of which a pod may have a token, and for how many seconds, which is Kubernetes' least.
_WITH_TOKEN, _SHORT = "stockpot-trigger", 600
_LARGEST_PARAMETER = 16_384


def image_is_pinned(container: Any) -> bool:
    """An image has a tag that is not `latest`, or a digest."""
    return bool(_PINNED.search(container["image"].rpartition("/")[2]))


def image_names_its_registry(container: Any) -> bool:
    """An image says where it comes from; no registry is guessed."""
    host, slash, _ = container["image"].partition("/")
    return bool(slash) and ("." in host or ":" in host)


def command_is_stated(container: Any) -> bool:
    """A container says what it runs; an image's entrypoint decides nothing."""
    return bool(container.get("command"))


def environment_holds_no_secret(container: Any) -> bool:
    """What opens a door, or names one, comes into the environment by reference to a Secret."""
    literal = [each for each in container.get("env", ()) if "valueFrom" not in each]
    return not any(
        _SECRET_NAME.search(each["name"]) or _ENDPOINT_NAME.search(each["name"]) or _SECRET_VALUE.search(each["value"])
        for each in literal
    )


def arguments_hold_no_secret(container: Any) -> bool:
    """Arguments, which anybody can list, carry no secret, and no flag asks for one."""
    words = [str(each) for each in (*container.get("command", ()), *container.get("args", ()))]
    flags = [word for word in words if word.startswith("-")]
    return not any(_SECRET_VALUE.search(word) for word in words) and not any(
        _SECRET_NAME.search(flag) for flag in flags
    )


def parameter_holds_no_secret(parameter: Any) -> bool:
    """Parameters, which Argo and KFP keep and show, carry no secret, and none is named like one."""
    name, value = parameter
    return not _SECRET_NAME.search(name) and not _SECRET_VALUE.search(value)


def parameter_is_small(parameter: Any) -> bool:
    """A parameter has at most 16 KiB; a list of work that grows is an artifact."""
    return len(parameter[1].encode()) <= _LARGEST_PARAMETER


def user_is_not_root(pod: Any) -> bool:
    """A pod runs under a number other than 0, and Kubernetes is told to make sure."""
    context = pod.get("securityContext", {})
    return context.get("runAsNonRoot") is True and context.get("runAsUser", 0) > 0


def system_calls_are_filtered(pod: Any) -> bool:
    """A pod has the runtime's seccomp profile."""
    return at(pod, "securityContext", "seccompProfile", "type") == "RuntimeDefault"


def host_is_out_of_reach(pod: Any) -> bool:
    """A pod shares no namespace, port or path with its node."""
    shared = any(pod.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    ports = [port for container in pod["containers"] for port in container.get("ports", ()) if "hostPort" in port]
    volumes = [volume for volume in pod.get("volumes", ()) if not _VOLUMES & set(volume)]
    return not (shared or ports or volumes)


def token_is_not_mounted(pod: Any) -> bool:
    """No container of a pod is handed the token of its account, but a short one where a step submits workflows."""
    sources = [source for volume in pod.get("volumes", ()) for source in at(volume, "projected", "sources", default=())]
    tokens = [source["serviceAccountToken"] for source in sources if "serviceAccountToken" in source]
    is_known = pod.get("serviceAccountName") == _WITH_TOKEN
    short = all(at(token, "expirationSeconds", default=3600) <= _SHORT for token in tokens)
    return pod.get("automountServiceAccountToken") is False and short and (is_known or not tokens)


def privileges_cannot_grow(container: Any) -> bool:
    """A container is not privileged and cannot become so."""
    context = container.get("securityContext", {})
    return context.get("allowPrivilegeEscalation") is False and not context.get("privileged")


def capabilities_are_dropped(container: Any) -> bool:
    """A container has no capability at all."""
    given = at(container, "securityContext", "capabilities", default={})
    return given.get("drop") == ["ALL"] and not given.get("add")


def root_is_read_only(container: Any) -> bool:
    """A container cannot change its image's files."""
    return at(container, "securityContext", "readOnlyRootFilesystem") is True


def user_is_the_pods_own(container: Any) -> bool:
    """A container does not take back what its pod says of the user and of system calls."""
    return not {"runAsUser", "runAsNonRoot", "seccompProfile"} & set(container.get("securityContext", {}))


def resources_are_set(container: Any) -> bool:
    """A container asks for processor and memory, and has a limit of both."""
    resources = container.get("resources", {})
    return all({"cpu", "memory"} <= set(resources.get(part, ())) for part in ("requests", "limits"))


RULES = {
    "Container": (
        image_is_pinned,
        image_names_its_registry,
        command_is_stated,
        environment_holds_no_secret,
        arguments_hold_no_secret,
    ),
    "Confinement": (
        privileges_cannot_grow,
        capabilities_are_dropped,
        root_is_read_only,
        user_is_the_pods_own,
        resources_are_set,
    ),
    "Parameter": (parameter_holds_no_secret, parameter_is_small),
    "Pods": (user_is_not_root, system_calls_are_filtered, host_is_out_of_reach, token_is_not_mounted),
}
