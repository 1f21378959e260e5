"""How the interface of a step becomes its container: the flags of the command follow from the signature."""

from collections.abc import Collection, Mapping
from typing import Any

from kfp import dsl

from components.images import reference
from components.shell.arguments import flag

_EXECUTOR_INPUT = "{{$}}"


def container(
    command: str, interface: Mapping[str, Any], *, optional: Collection[str] = (), executor_input: bool = False
) -> dsl.ContainerSpec:
    """The container that runs the module `components.COMMAND`, in the image of its step, with a flag per parameter.

    Args:
        command: The step, or one of its modules, such as `end_run` or `consume_events.plan`.
        interface: What KFP hands over by the names of the signature, in its order: `locals()`, before all else.
        optional: Input artifacts that may be left out; their flags are left out with them.
        executor_input: Whether the step hands over metadata of its artifacts: it gets KFP's executor input as
            `--executor-input`, which names the file for them. It is empty everywhere but on Kubeflow Pipelines, which
            alone keeps these.

    Raises:
        ValueError: one of these is no parameter.
    """
    if strange := sorted(set(optional) - set(interface)):
        raise ValueError(f"{command} has no parameter {', '.join(strange)} that could be optional")
    return dsl.ContainerSpec(
        image=reference(command.partition(".")[0]),
        command=["python", "-m", f"components.{command}"],
        args=[
            *(word for name, value in interface.items() for word in _words(name, value, name in optional)),
            *([flag("executor_input"), _EXECUTOR_INPUT] if executor_input else ()),
        ],
    )


def _words(name: str, value: Any, may_be_missing: bool) -> list[Any]:
    # Only an artifact has a path; a parameter stands for its value, and an output parameter for the path of its file.
    words = [flag(name), getattr(value, "path", value)]
    return [dsl.IfPresentPlaceholder(input_name=name, then=words)] if may_be_missing else words
