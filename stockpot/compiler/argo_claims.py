"""Making and deleting a PersistentVolumeClaim on Argo: a template that hands Kubernetes an object.

KFP's driver does this work by itself; the image that its components name is none. Here Argo's executor does it, with an
account that may do nothing else (manifests/volumes).
"""

from collections.abc import Iterator
from typing import Any

from hera.workflows import models as m

from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import without_tags
from stockpot.compiler.argo_pods import inputs_of
from stockpot.compiler.argo_surroundings import is_there
from stockpot.compiler.argo_text import Scope, expression, json_tag, object_code, tag
from stockpot.compiler.placeholders import InputParameter, Text
from stockpot.compiler.policies import CREATE_CLAIM

ACCOUNT = "stockpot-volumes"
_OBJECT = '{{"apiVersion":"v1","kind":"PersistentVolumeClaim",{rest}}}'


def claim_template(name: str, image: str, scope: Scope) -> m.Template:
    """The template that makes or deletes a claim; its inputs are those of KFP's component."""
    making = image == CREATE_CLAIM
    made = m.Parameter(name="name", value_from=m.ValueFrom(json_path="{.metadata.name}"))
    return m.Template(
        name=name,
        inputs=inputs_of(scope),
        outputs=m.Outputs(parameters=[made]) if making else None,
        executor=m.ExecutorConfig(service_account_name=ACCOUNT),
        resource=_made(scope) if making else _deleted(scope),
    )


def _made(scope: Scope) -> m.ResourceTemplate:
    """The claim as KFP's driver makes it; where it is given no name, the pod's is taken, which is used once."""
    metadata = dict(_entries(scope, annotations=_struct))
    spec = {
        **dict(_entries(scope, access_modes=_struct, storage_class_name=_text, volume_name=_text, data_source=_struct)),
        "resources": object_code({"requests": object_code({"storage": _text("size", scope)})}),
    }
    named = f'"name":{_name(scope)}' + "".join(f',"{key}":{json_tag(code)}' for key, code in metadata.items())
    rest = f'"metadata":{{{named} }},"spec":{json_tag(object_code(spec))}'
    return m.ResourceTemplate(action="create", manifest=_OBJECT.format(rest=rest))


def _deleted(scope: Scope) -> m.ResourceTemplate:
    rest = f'"metadata":{{"name":{json_tag(_text("pvc_name", scope))} }}'
    # The claim goes once the last pod that mounts it has ended; there is nothing to wait for.
    return m.ResourceTemplate(action="delete", flags=["--wait=false"], manifest=_OBJECT.format(rest=rest))


def _name(scope: Scope) -> str:
    named, suffixed = (name in scope.parameters for name in ("pvc_name", "pvc_name_suffix"))
    if named and suffixed:
        scope.location.broken("it is given pvc_name and pvc_name_suffix", "give one of them")
    if named:
        return json_tag(_text("pvc_name", scope))
    # Within the quotes of a text, so without its own.
    suffix = f"toJson({_text('pvc_name_suffix', scope)})" if suffixed else ""
    return '"{{pod.name}}' + (tag(without_tags(f"{suffix}[1:len({suffix}) - 1]")) if suffix else "") + '"'


def _entries(scope: Scope, **read: Any) -> Iterator[tuple[str, str]]:
    """Kubernetes' names of the inputs that are given, with their expressions."""
    for name, code in read.items():
        if is_there(Text((InputParameter(name),)), f"'{name}'", scope):
            first, *others = name.split("_")
            yield first + "".join(map(str.title, others)), code(name, scope)


def _text(name: str, scope: Scope) -> str:
    return expression(ir.ComponentInput(name), scope)


def _struct(name: str, scope: Scope) -> str:
    return f"fromJSON({_text(name, scope)})"
