"""Artifacts that pods fetch by their keys: those of lists, and those that a loop takes out of one."""

from collections.abc import Iterator

from hera.workflows import models as m

from stockpot.compiler import ir
from stockpot.compiler.argo_carrying import quoted
from stockpot.compiler.argo_text import Scope, input_code, tag
from stockpot.compiler.executor import KEY, METADATA, STORE, URI

# What is gathered lies together, by the templates that make it, so that a list can be fetched as one directory. Another
# attempt of a step is another pod, and only the one that succeeded tells its key.
LISTED = "runs/{{workflow.name}}/listed"
_NOTHING = "nothing"
IN_STORE = f"$({STORE})/"
"""What stands before a key where it is an address; Kubernetes puts in the variable."""


def key_of(template: str, parameter: str) -> str | None:
    """The key of an artifact, by the parameter that a pod reports it in; None for any other parameter."""
    return f"{template}/{{{{pod.name}}}}/{parameter.removesuffix(KEY)}" if parameter.endswith(KEY) else None


def fetched(artifact: m.Artifact, component: ir.Component, scope: Scope) -> Iterator[m.Artifact]:
    """The input artifact of a pod; where its key is a parameter, what lies there, and its metadata."""
    parameter = component.parameters.get(f"{artifact.name}{KEY}")
    if parameter is None:
        yield artifact
        return
    code = input_code(parameter.name, scope)
    artifact.s3 = m.S3Artifact(key=f"{LISTED}/{tag(_directory(code) if parameter.kind == 'LIST' else code)}")
    # Of an empty list nothing lies there, and a list's metadata lie beside its artifacts.
    artifact.optional = parameter.kind == "LIST" or None
    yield artifact
    if parameter.kind != "LIST":
        yield m.Artifact(
            name=f"{artifact.name}{METADATA}",
            path=f"{artifact.path}{METADATA}",
            s3=m.S3Artifact(key=f"{artifact.s3.key}{METADATA}"),
            optional=True,
        )


def address_code(artifact: str, scope: Scope) -> str:
    """The expression of the address of an input artifact: what its maker reported, or where it lies in the store."""
    if f"{artifact}{KEY}" in scope.parameters:
        before, after = LISTED.split("{{workflow.name}}")
        key = input_code(f"{artifact}{KEY}", scope)
        return f"({quoted(IN_STORE + before)} + workflow.name + {quoted(after + '/')} + {key})"
    code = input_code(f"{artifact}{URI}", scope)
    return f'((indexOf({code}, "://") >= 0 ? "" : {quoted(IN_STORE)}) + {code})'


def _directory(code: str) -> str:
    """The expression of the directory that holds all keys of a list: that of their template where they share one.

    The shim in the pod takes the same part off the keys.
    """
    keys, first = f"fromJSON({code})", f'split(fromJSON({code})[0], "/")[0]'
    shared = f'all({keys}, split(#, "/")[0] == {first})'
    return f'(len({keys}) == 0 ? {quoted(_NOTHING)} : {shared} ? {first} : "")'
