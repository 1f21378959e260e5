"""Reading KFP's platform document: what it says of a pod beyond its container.

A name or a piece of JSON there may come from a parameter, told in terms of the scope the task stands in. Each becomes
an input of the task's own, which the container reads like any other.
"""

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stockpot.compiler import ir
from stockpot.compiler.errors import Location
from stockpot.compiler.fields import Fields
from stockpot.compiler.names import variable
from stockpot.compiler.placeholders import Json, Text, parse_text
from stockpot.compiler.values import whole_numbers

PLATFORM = "kubernetes--"
"""What the names of those inputs begin with."""

_BOUND = ("Parameter", "Json")
_CLAIM_BINDINGS = ("componentInputParameter", "taskOutputParameter")
_PREFERRED, _REQUIRED = (f"{how}DuringSchedulingIgnoredDuringExecution" for how in ("preferred", "required"))


def with_inputs(entry: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """An executor's entry in which placeholders stand for what comes from parameters, and the bindings of those."""
    inputs: dict[str, Any] = {}

    def lifted(value: Any, path: str) -> Any:
        if isinstance(value, list):
            return [lifted(each, f"{path}-{number}") for number, each in enumerate(value)]
        if not isinstance(value, Mapping):
            return value
        if not path.endswith(_BOUND):
            return {key: lifted(each, f"{path}-{key}".strip("-")) for key, each in value.items()}
        constant = value.get("runtimeValue", {}).get("constant")
        if constant is not None and "{{" not in json.dumps(constant):
            return constant
        inputs[PLATFORM + path] = value
        return f"{{{{$.inputs.parameters['{PLATFORM}{path}']}}}}"

    return lifted({**entry, "pvcMount": [_claim(each) for each in entry.get("pvcMount", [])]}, ""), inputs


def _claim(mount: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mount of a claim with its name in one place, for older compilers wrote it in another."""
    rest = {key: value for key, value in mount.items() if key not in (*_CLAIM_BINDINGS, "constant")}
    if "pvcNameParameter" in mount:
        return rest
    old = {key: mount[key] for key in _CLAIM_BINDINGS if key in mount}
    return {**rest, "pvcNameParameter": old or {"runtimeValue": {"constant": mount.get("constant", "")}}}


def read_pod(platform: Fields) -> dict[str, Any]:
    """What an executor's entry says, as fields of the plan's container."""
    metadata = platform.inner("podMetadata")
    pod = {
        "environment_from": tuple(_environment(platform)),
        "volumes": tuple(_volumes(platform)),
        "timeout_seconds": int(platform.take("activeDeadlineSeconds", 0)) or None,
        "placement": ir.Placement(**_selector(platform), **_tolerations(platform), **_affinity(platform)),
        "image_pull_policy": platform.take("imagePullPolicy", ""),
        "image_pull_secrets": tuple(_name(entry, "secretName") for entry in platform.items("imagePullSecret")),
        "user": whole_numbers(platform.take("securityContext", {})),
        **{name: dict(metadata.take(name, {})) for name in ("labels", "annotations")},
    }
    metadata.close()
    return pod


def read_workspace(fields: Fields) -> dict[str, Json]:
    """The spec of the claim that a run's steps share, empty where there is none.

    KFP's backend has defaults for what the pipeline leaves out; here the cluster has one for the storage class alone.
    """
    if not fields.left.get("workspace"):
        return {}
    workspace = fields.inner("workspace")
    kubernetes = workspace.inner("kubernetes")
    size, spec = workspace.take_needed("size"), dict(kubernetes.take("pvcSpecPatch", {}))
    for read in (kubernetes, workspace):
        read.close()
    if not spec.get("accessModes"):
        todo = "name them: dsl.KubernetesWorkspaceConfig(pvcSpecPatch={'accessModes': [...]})"
        fields.location.unsupported("a workspace without accessModes", todo)
    return {**spec, "resources": {"requests": {"storage": size}}}


def read_limits(fields: Fields) -> ir.Limits:
    """What the document says of the whole run."""
    limits = ir.Limits(
        deadline=_seconds(fields.take("activeDeadlineSeconds")),
        kept=_seconds(fields.take("resourceTtlOnCompletion")),
        kept_after_success=_seconds(fields.take("resourceTtlOnSuccess")),
        kept_after_failure=_seconds(fields.take("resourceTtlOnFailure")),
    )
    fields.close()
    return limits


def _seconds(value: Json) -> int | None:
    return None if value is None else int(value)


def _name(fields: Fields, key: str) -> Text:
    """The name in the field, which may hold a parameter."""
    plain, bound = fields.take(key), fields.take(f"{key}Parameter")
    name = parse_text(str(bound or plain or ""), fields.location)
    return name if name.parts else fields.location.broken(f"{fields.name} has no {key}")


def _environment(platform: Fields) -> Iterator[ir.EnvironmentSource]:
    for what, kind, key in (("secret", "Secret", "secretKey"), ("configMap", "ConfigMap", "configMapKey")):
        for fields in platform.items(f"{what}AsEnv"):
            name, optional = _name(fields, f"{what}Name"), bool(fields.take("optional"))
            for entry in fields.items("keyToEnv"):
                named = variable(entry.take("envVar"), fields.location)
                yield ir.EnvironmentSource(named, kind, name, entry.take(key), optional)
    for fields in platform.items("fieldPathAsEnv"):
        named = variable(fields.take("name"), fields.location)
        yield ir.EnvironmentSource(named, "field", ir.NOTHING, str(fields.take_needed("fieldPath")), optional=False)


def _volumes(platform: Fields) -> Iterator[ir.Volume]:
    for kind in ("secret", "configMap"):
        for fields in platform.items(f"{kind}AsVolume"):
            name, optional = _name(fields, f"{kind}Name"), bool(fields.take("optional"))
            yield ir.Volume(kind, _path(fields), name, optional)
    for fields in platform.items("pvcMount"):
        name = _name(fields, "pvcName")
        yield ir.Volume("persistentVolumeClaim", _path(fields), name, sub_path=_within(fields))
    for fields in platform.items("emptyDirMounts"):
        fields.take("volumeName")
        own = {"medium": fields.take("medium"), "sizeLimit": fields.take("sizeLimit")}
        yield ir.Volume("emptyDir", _path(fields), own={key: value for key, value in own.items() if value})
    for fields in platform.items("genericEphemeralVolume"):
        fields.take("volumeName")
        yield ir.Volume("ephemeral", _path(fields), own={"volumeClaimTemplate": _claim_template(fields)})


def _path(fields: Fields) -> str:
    """The path at which something is mounted, in the one way to write it."""
    path = str(fields.take_needed("mountPath"))
    if not path.startswith("/"):
        fields.location.broken(f"the mount path '{path}' does not begin with '/'")
    whole = "/" + posixpath.normpath(path).lstrip("/")
    if whole == "/":
        fields.location.broken(f"the mount path '{path}' is that of all files", "mount it at a directory")
    return whole


def refuse_twice(volumes: Iterable[ir.Volume], location: Location) -> None:
    """Refuse two volumes at one path, of which Kubernetes takes no pod, and a step would see but one.

    Raises:
        PlanError: there are two.
    """
    seen: set[str] = set()
    for each in volumes:
        if each.path in seen:
            location.broken(f"two volumes are mounted at {each.path}", "give each a path of its own")
        seen.add(each.path)


def _within(fields: Fields) -> str:
    """The path within a volume, which leads out of none; Kubernetes would refuse the pod."""
    path = str(fields.take("subPath") or "")
    if path.startswith("/") or ".." in path.split("/"):
        fields.location.broken(f"the sub_path '{path}' leads out of its volume", "name a path within it")
    return path


def _claim_template(fields: Fields) -> dict[str, Json]:
    spec = {
        "accessModes": list(fields.take_needed("accessModes")),
        "resources": {"requests": {"storage": fields.take_needed("size")}},
    }
    name = fields.take("storageClassName", "")
    if not fields.take("defaultStorageClass"):
        spec["storageClassName"] = name
    metadata = fields.take("metadata", {})
    return {"metadata": metadata, "spec": spec} if metadata else {"spec": spec}


def _selector(platform: Fields) -> dict[str, Any]:
    fields = platform.inner("nodeSelector")
    labels, whole = dict(fields.take("labels", {})), fields.take("nodeSelectorJson")
    fields.close()
    if isinstance(whole, str):
        return {"any_selector": parse_text(whole, fields.location)}
    return {"selector": labels if whole is None else whole}


def _tolerations(platform: Fields) -> dict[str, Any]:
    written, whole = [], ir.NOTHING
    for fields in platform.items("tolerations"):
        seconds, bound = fields.take("tolerationSeconds"), fields.take("tolerationJson")
        if bound is not None:
            _refuse_second(whole, "toleration_json", fields.location)
            whole = parse_text(str(bound), fields.location)
            continue
        texts = {name: fields.take(name, "") for name in ("key", "operator", "value", "effect")}
        written.append(ir.Toleration(**texts, seconds=_seconds(seconds)))
    if written:
        _refuse_second(whole, "toleration_json", platform.location)
    return {"tolerations": tuple(written), "any_tolerations": whole}


def _affinity(platform: Fields) -> dict[str, Any]:
    required: list[Json] = []
    preferred: list[Json] = []
    whole = ir.NOTHING
    for fields in platform.items("nodeAffinity"):
        weight, bound = fields.take("weight"), fields.take("nodeAffinityJson")
        term = {
            name: whole_numbers(terms) for name in ("matchExpressions", "matchFields") if (terms := fields.take(name))
        }
        if isinstance(bound, str):
            _refuse_second(whole, "node_affinity_json", fields.location)
            whole = parse_text(bound, fields.location)
        elif bound:
            required += bound.get(_REQUIRED, {}).get("nodeSelectorTerms", [])
            preferred += whole_numbers(bound.get(_PREFERRED, []))
        elif term and weight is not None:
            preferred.append({"weight": int(weight), "preference": term})
        elif term:
            required.append(term)
    affinity: dict[str, Any] = {_REQUIRED: {"nodeSelectorTerms": required}} if required else {}
    affinity |= {_PREFERRED: preferred} if preferred else {}
    if affinity:
        _refuse_second(whole, "node_affinity_json", platform.location)
    return {"affinity": affinity, "any_affinity": whole}


def _refuse_second(whole: Text, what: str, location: Location) -> None:
    if whole.parts:
        location.unsupported(
            f"{what} from a parameter beside others of its kind", "put all of them into that parameter"
        )
