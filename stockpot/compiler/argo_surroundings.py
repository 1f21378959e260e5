"""What surrounds the container of a pod on Argo: its volumes, and what only the run knows of it, as a patch.

Kubernetes reads the quantities of a template before Argo fills anything in, and Argo has no field for some of the rest.
So what parameters say of these is an expression that gives the patch of the pod's spec, as for KFP's driver.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hera.workflows import models as m

from components.trigger_training import account
from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import quoted
from stockpot.compiler.argo_text import Scope, expression, json_tag, list_code, object_code
from stockpot.compiler.placeholders import Json, RunProperty, Text, text_of

Fill = Callable[[Text], str]
_VOLUME = "volume-{}"
WORKSPACE_VOLUME = "workspace"
_QUANTITIES = {
    "requests": {"cpu": "cpu_request", "memory": "memory_request"},
    "limits": {"cpu": "cpu_limit", "memory": "memory_limit"},
}
# What Kubernetes mounts where a pod may have a token, but for this one container alone and for no longer than it must.
_TOKEN = m.Volume.model_validate(
    {
        "name": "token",
        "projected": {
            "sources": [
                {"serviceAccountToken": {"path": "token", "expirationSeconds": 600}},
                {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
            ]
        },
    }
)


def is_there(text: Text, what: str, scope: Scope) -> bool:
    """Whether the parameters within the text have values: the pod goes without what one without value names.

    Raises:
        UnsupportedError: only the run will know.
    """
    if any(name in scope.doubtful for name in text.inputs):
        scope.location.unsupported(f"{what} from an optional parameter without default", "give the parameter a default")
    return all(name in scope.parameters for name in text.inputs)


def account_of(container: ir.Container) -> str | None:
    """The account of the pod, where it is not that of all steps: the one that may submit workflows, if it asks so."""
    return account.NAME if container.annotations.get(account.ANNOTATION) == account.NAME else None


def volumes_of(container: ir.Container, scope: Scope, fill: Fill) -> tuple[list[m.Volume], list[m.VolumeMount]]:
    """The volumes of the pod, and where the container finds them."""
    given = [each for each in container.volumes if is_there(each.name, "a volume named", scope)]
    volumes, mounts = [], []
    for number, each in enumerate(given):
        name = _VOLUME.format(number) if each.kind != WORKSPACE_VOLUME else WORKSPACE_VOLUME
        mounts.append(m.VolumeMount(name=name, mount_path=each.path, sub_path=each.sub_path or None))
        if each.kind == WORKSPACE_VOLUME:
            # A claim that Argo makes for each run.
            continue
        volumes.append(m.Volume.model_validate({"name": name, each.kind: _source(each, fill)}))
    if account_of(container):
        volumes.append(_TOKEN)
        mounts.append(m.VolumeMount(name=_TOKEN.name, mount_path=account.MOUNT, read_only=True))
    return volumes, mounts


def workspace_claims(workspace: Mapping[str, Json]) -> list[m.PersistentVolumeClaim] | None:
    """The claim that Argo makes for each run, where its steps share one."""
    claim = {"metadata": {"name": WORKSPACE_VOLUME}, "spec": dict(workspace)}
    return [m.PersistentVolumeClaim.model_validate(claim)] if workspace else None


def _source(volume: ir.Volume, fill: Fill) -> Json:
    name, optional = fill(volume.name), {"optional": True} if volume.optional else {}
    match volume.kind:
        case "secret":
            return {"secretName": name, **optional}
        case "configMap":
            return {"name": name, **optional}
        case "persistentVolumeClaim":
            return {"claimName": name}
    return volume.own


def known_resources(resources: ir.Resources) -> m.ResourceRequirements | None:
    """The quantities that are known when the pipeline is compiled."""
    quantities = {
        kind: {key: m.Quantity(text) for key, text in _known(each)} for kind, each in _asked(resources).items()
    }
    requests, limits = quantities["requests"] or None, quantities["limits"] or None
    return m.ResourceRequirements(requests=requests, limits=limits) if requests or limits else None


def _asked(resources: ir.Resources) -> dict[str, list[tuple[Text, Text]]]:
    """The quantities by what they are of, requests and limits apart."""
    quantities = {
        kind: [(Text((key,)), getattr(resources, name)) for key, name in names.items()]
        for kind, names in _QUANTITIES.items()
    }
    if resources.accelerator.parts:
        count = resources.accelerator_count
        quantities["limits"].append((resources.accelerator, count if count.parts else Text(("1",))))
    return {kind: [(key, text) for key, text in each if text.parts] for kind, each in quantities.items()}


def _known(asked: list[tuple[Text, Text]]) -> Iterator[tuple[str, str]]:
    for key, text in asked:
        if key.plain is not None and text.plain is not None:
            yield key.plain, text.plain


def pod_patch(container: ir.Container, scope: Scope) -> str | None:
    """The patch of the pod's spec, nothing where all is known beforehand."""
    patch = {**_resources(container.resources, scope), **_placement(container.placement, scope)}
    late = [each for each in container.image_pull_secrets if each.plain is None]
    secrets = [
        object_code({"name": _text(each, scope)}) for each in late if is_there(each, "a secret of an image", scope)
    ]
    if secrets:
        patch["imagePullSecrets"] = list_code(secrets)
    return json_tag(object_code(patch)) if patch else None


def _resources(resources: ir.Resources, scope: Scope) -> dict[str, str]:
    late = {
        kind: [
            (key, text)
            for key, text in each
            if (key.plain is None or text.plain is None) and is_there(text, "a quantity", scope)
        ]
        for kind, each in _asked(resources).items()
    }
    quantities = {
        kind: "{" + ", ".join(f"{_key(key, scope)}: {_text(text, scope)}" for key, text in each) + "}"
        for kind, each in late.items()
        if each
    }
    main = {"name": quoted("main"), "resources": object_code(quantities)}
    return {"containers": list_code([object_code(main)])} if quantities else {}


def _key(text: Text, scope: Scope) -> str:
    return f"({_text(text, scope)})" if text.plain is None else quoted(text.plain)


def _placement(placed: ir.Placement, scope: Scope) -> dict[str, str]:
    spec = {}
    if _asked_of(placed.any_selector, "a node selector", scope):
        spec["nodeSelector"] = _read(placed.any_selector, scope)
    if _asked_of(placed.any_tolerations, "a toleration", scope):
        # One toleration or a list of them; one of nothing is none.
        tolerations = _read(placed.any_tolerations, scope)
        spec["tolerations"] = (
            f'type({tolerations}) == "array" ? {tolerations} : len({tolerations}) == 0 ? [] : [{tolerations}]'
        )
    if placed.affinity:
        spec["affinity"] = object_code({"nodeAffinity": f"fromJSON({quoted(text_of(placed.affinity))})"})
    if _asked_of(placed.any_affinity, "a node affinity", scope):
        spec["affinity"] = object_code({"nodeAffinity": _read(placed.any_affinity, scope)})
    return spec


def _asked_of(text: Text, what: str, scope: Scope) -> bool:
    return bool(text.parts) and is_there(text, what, scope)


def _read(text: Text, scope: Scope) -> str:
    return f"fromJSON({_text(text, scope)})"


def _text(text: Text, scope: Scope) -> str:
    """The expression of a text, whose parts are inputs of the container."""

    def value(part: Any) -> ir.Value:
        return ir.RunValue(part) if isinstance(part, RunProperty) else ir.ComponentInput(part.name)

    parts = (part if type(part) is str else value(part) for part in text.parts)
    return expression(ir.Template(Text(tuple(parts))), scope)
