"""Reading an executor of KFP's deployment spec, and what its Kubernetes platform document adds to it."""

from collections.abc import Iterator

from stockpot.compiler import ir
from stockpot.compiler.errors import Place
from stockpot.compiler.fields import Fields
from stockpot.compiler.names import variable
from stockpot.compiler.placeholders import parse_argument, parse_text, reads_executor_input

_INSTEAD = {
    "importer": "let a container component read the address itself",
    "resolver": "hand artifacts from task to task",
    "customJob": "run the image as a container component",
}
# Of executors that KFP's backend carries out by itself; there is no such image.
_STUB = "argostub/"
_RESOURCES = {
    "resourceCpuRequest": "cpu_request",
    "resourceCpuLimit": "cpu_limit",
    "resourceMemoryRequest": "memory_request",
    "resourceMemoryLimit": "memory_limit",
}
# The same figures as plain numbers, for readers older than KFP 2.4; memory in units of 10^9 bytes.
_OLD_RESOURCES = {"cpuRequest": "", "cpuLimit": "", "memoryRequest": "G", "memoryLimit": "G"}


def read_container(executor: Fields, platform: Fields) -> ir.Container:
    """The container that an executor and its entry in the platform document describe."""
    place = executor.place
    for kind, todo in _INSTEAD.items():
        if executor.take(kind) is not None:
            place.unsupported(f"an executor of kind {kind} (dsl.{kind})", todo)
    spec = executor.inner("container")
    image = _fixed(spec.take_needed("image"), "image", place)
    if image.startswith(_STUB):
        place.unsupported(f"making or deleting a volume ({image.removeprefix(_STUB)})", "hand files on as artifacts")
    command, arguments = spec.take("command", []), spec.take("args", [])
    program = reads_executor_input((*command, *arguments))
    container = ir.Container(
        image=image,
        command=tuple(parse_argument(text, place, program=program) for text in command),
        arguments=tuple(parse_argument(text, place, program=program) for text in arguments),
        environment={
            variable(entry.take("name"), place): parse_text(entry.take("value", ""), place)
            for entry in spec.items("env")
        },
        resources=_resources(spec.inner("resources")),
        environment_from=(*_secrets(platform), *_config_maps(platform)),
        timeout_seconds=int(platform.take("activeDeadlineSeconds", 0)) or None,
        node_selector=_node_selector(platform.inner("nodeSelector")),
        tolerations=tuple(_tolerations(platform)),
        image_pull_policy=platform.take("imagePullPolicy", ""),
        image_pull_secrets=tuple(_name(entry, "secretName") for entry in platform.items("imagePullSecret")),
        **_metadata(platform.inner("podMetadata")),
    )
    for fields in (spec, executor, platform):
        fields.close()
    return container


def _fixed(text: str, what: str, place: Place) -> str:
    return place.unsupported(f"{what} from a parameter", f"write the {what} down") if "{{$" in text else text


def _resources(fields: Fields) -> ir.Resources:
    found = {}
    for key, name in _RESOURCES.items():
        old = key.removeprefix("resource")
        old = old[0].lower() + old[1:]
        number = fields.take(old)
        text = fields.take(key) or (f"{number:g}{_OLD_RESOURCES[old]}" if number else "")
        found[name] = _fixed(text, "resources", fields.place)
    accelerator = fields.inner("accelerator")
    types = (accelerator.take("type"), accelerator.take("resourceType"))
    counts = (accelerator.take("count"), accelerator.take("resourceCount"))
    accelerator.close()
    fields.close()
    return ir.Resources(
        **found,
        accelerator=_fixed(str(types[1] or types[0] or ""), "accelerator", fields.place),
        accelerator_count=_fixed(str(counts[1] or counts[0] or ""), "accelerator", fields.place),
    )


def _name(fields: Fields, key: str) -> str:
    name = str(fields.take(key) or "")
    parameter = fields.inner(f"{key}Parameter")
    constant = parameter.take("runtimeValue", {}).get("constant", "")
    if parameter.left or not (name or constant) or "{{$" in constant:
        fields.place.unsupported(f"{fields.name}.{key} from a parameter", "write the name down")
    return str(name or constant)


def _secrets(platform: Fields) -> Iterator[ir.EnvironmentSource]:
    for fields in platform.items("secretAsEnv"):
        name, optional = _name(fields, "secretName"), bool(fields.take("optional"))
        for entry in fields.items("keyToEnv"):
            yield ir.EnvironmentSource(
                variable(entry.take("envVar"), fields.place), "Secret", name, entry.take("secretKey"), optional
            )


def _config_maps(platform: Fields) -> Iterator[ir.EnvironmentSource]:
    for fields in platform.items("configMapAsEnv"):
        name, optional = _name(fields, "configMapName"), bool(fields.take("optional"))
        for entry in fields.items("keyToEnv"):
            yield ir.EnvironmentSource(
                variable(entry.take("envVar"), fields.place), "ConfigMap", name, entry.take("configMapKey"), optional
            )


def _node_selector(fields: Fields) -> dict[str, str]:
    labels = fields.take("labels", {})
    fields.close()
    return dict(labels)


def _tolerations(platform: Fields) -> Iterator[ir.Toleration]:
    for fields in platform.items("tolerations"):
        seconds = fields.take("tolerationSeconds")
        yield ir.Toleration(
            key=fields.take("key", ""),
            operator=fields.take("operator", ""),
            value=fields.take("value", ""),
            effect=fields.take("effect", ""),
            seconds=None if seconds is None else int(seconds),
        )


def _metadata(fields: Fields) -> dict[str, dict[str, str]]:
    found = {name: dict(fields.take(name, {})) for name in ("labels", "annotations")}
    fields.close()
    return found
