"""Reading an executor of KFP's deployment spec, and what its Kubernetes platform document adds to it."""

from stockpot.compiler import ir
from stockpot.compiler.fields import Fields
from stockpot.compiler.importers import read_importer
from stockpot.compiler.names import variable
from stockpot.compiler.placeholders import InputParameter, RunProperty, parse_argument, parse_text, reads_executor_input
from stockpot.compiler.pods import read_pod
from stockpot.compiler.policies import CREATE_CLAIM, DELETE_CLAIM, STUB, is_step_of_ours

_INSTEAD = {
    "resolver": "hand artifacts from task to task",
    "customJob": "run the image as a container component",
}
_RESOURCES = {
    "resourceCpuRequest": "cpu_request",
    "resourceCpuLimit": "cpu_limit",
    "resourceMemoryRequest": "memory_request",
    "resourceMemoryLimit": "memory_limit",
}
# The same figures as plain numbers, for readers older than KFP 2.4; memory in units of 10^9 bytes.
_OLD_RESOURCES = {"cpuRequest": "", "cpuLimit": "", "memoryRequest": "G", "memoryLimit": "G"}
# What our own steps tell through the executor input is for KFP's UI alone: elsewhere nothing is put around them.
_EXECUTOR_INPUT, _NOBODY_ASKS = "{{$}}", "{}"


def read_container(executor: Fields, platform: Fields) -> ir.Container:
    """The container that an executor and its entry in the platform document describe."""
    location = executor.location
    for kind, todo in _INSTEAD.items():
        if executor.take(kind) is not None:
            location.unsupported(f"an executor of kind {kind} (dsl.{kind})", todo)
    importer = executor.take("importer")
    if importer is not None:
        executor.close()
        return read_importer(Fields(importer, "importer", location))
    spec = executor.inner("container")
    image = str(spec.take_needed("image"))
    parsed = parse_text(image, location)
    if any(not isinstance(part, str | InputParameter) or isinstance(part, RunProperty) for part in parsed.parts):
        location.unsupported(f"the image {image}", "take it from a parameter")
    if image.startswith(STUB) and image not in (CREATE_CLAIM, DELETE_CLAIM):
        location.unsupported(f"the work of KFP's backend named {image}")
    command, arguments = spec.take("command", []), spec.take("args", [])
    if is_step_of_ours(command):
        arguments = [_NOBODY_ASKS if text == _EXECUTOR_INPUT else text for text in arguments]
    program = reads_executor_input((*command, *arguments))
    container = ir.Container(
        image=image,
        image_text=ir.NOTHING if parsed.plain is not None else parsed,
        command=tuple(parse_argument(text, location, program=program) for text in command),
        arguments=tuple(parse_argument(text, location, program=program) for text in arguments),
        environment={
            variable(entry.take("name"), location): parse_text(entry.take("value", ""), location)
            for entry in spec.items("env")
        },
        resources=_resources(spec.inner("resources")),
        **read_pod(platform),
    )
    for fields in (spec, executor, platform):
        fields.close()
    return container


def _resources(fields: Fields) -> ir.Resources:
    quantities = {}
    for key, name in _RESOURCES.items():
        old = key.removeprefix("resource")
        old = old[0].lower() + old[1:]
        number = fields.take(old)
        text = fields.take(key) or (f"{number:g}{_OLD_RESOURCES[old]}" if number else "")
        quantities[name] = parse_text(text, fields.location)
    accelerator = fields.inner("accelerator")
    types = (accelerator.take("type"), accelerator.take("resourceType"))
    counts = (accelerator.take("count"), accelerator.take("resourceCount"))
    accelerator.close()
    fields.close()
    return ir.Resources(
        **quantities,
        accelerator=parse_text(str(types[1] or types[0] or ""), fields.location),
        accelerator_count=parse_text(str(counts[1] or counts[0] or ""), fields.location),
    )
