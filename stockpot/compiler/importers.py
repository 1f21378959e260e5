"""KFP's importers: a step of ours that copies what lies at an address, and tells what is known of it.

KFP's backend notes the address, and its launcher copies the bytes into every pod that reads the artifact. Neither is
there on plain Argo or on this machine, where an importer is one more step that hands out an artifact.
"""

import json
from typing import Any

from components.images import reference
from components.import_artifact.schemes import GOOGLE, IMAGE, IN_STORE, LOCAL, scheme_of
from components.shell.settings import Part, of
from stockpot.compiler import ir
from stockpot.compiler.errors import Location
from stockpot.compiler.fields import Fields
from stockpot.compiler.placeholders import ExecutorInput, InputParameter, OutputPath, RunProperty, Text, parse_text
from stockpot.compiler.values import whole_numbers

_STEP = "import_artifact"
_COMMAND = tuple(Text((word,)) for word in ("python", "-m", f"components.{_STEP}"))
OUTPUT = "artifact"
"""The one output that KFP gives to all importers."""
ADDRESS = "uri"
"""The input of all importers that holds the address."""


def read_importer(spec: Fields) -> ir.Container:
    """The container of the step that an importer becomes.

    Raises:
        UnsupportedError: its address is that of an image, or its metadata ask for what no parameter tells.
        PlanError: it has no address.
    """
    # Every run copies what is there now, so nothing is imported anew or not; readers get the bytes as a file or
    # directory of their own, so they need not be in the workspace.
    for ignored in ("typeSchema", "reimport", "downloadToWorkspace"):
        spec.take(ignored)
    address = _address(spec.inner("artifactUri"))
    metadata = _metadata(spec.take("metadata") or {}, spec.location)
    spec.close()
    return _container(address, metadata)


def importer_of(parameter: str) -> ir.Container:
    """The container of the step that imports what lies at the address in a parameter, of which nothing is known."""
    return _container(Text((InputParameter(parameter),)), Text(("{}",)))


def _container(address: Text, metadata: Text) -> ir.Container:
    return ir.Container(
        image=reference(_STEP),
        command=_COMMAND,
        arguments=(
            *(Text(("--address",)), address),
            *(Text(("--artifact",)), Text((OutputPath(OUTPUT),))),
            *(Text(("--metadata",)), metadata),
            *(Text(("--executor-input",)), Text((ExecutorInput(),))),
        ),
        environment_from=_store(address.plain),
    )


def is_importer(container: ir.Container) -> bool:
    """Whether the container is that of an importer: what it hands out depends on what lies at its address."""
    return container.command == _COMMAND


def is_composed(constant: str) -> bool:
    """Whether parameters are in the address. KFP's compiler leaves them unresolved there, and not in the input."""
    return "{{channel:" in constant or "{{$" in constant


def refuse_local(container: ir.Container, location: Location) -> None:
    """Nothing, if what the importer copies can be found from a pod.

    Raises:
        UnsupportedError: it is a file of some machine.
    """
    address = container.arguments[1]
    known = address.plain if isinstance(address, Text) else None
    if known is not None and scheme_of(known) in LOCAL:
        location.unsupported(f"an import of the file {known}, which is in no pod,", "put it into a bucket")


def _address(spec: Fields) -> Text:
    constant, parameter = spec.take("constant"), spec.take("runtimeParameter")
    spec.close()
    if parameter:
        return Text((InputParameter(str(parameter)),))
    if not constant:
        spec.location.broken("its importer has no address", "give artifact_uri a text")
    if is_composed(str(constant)):
        return Text((InputParameter(ADDRESS),))
    if scheme_of(str(constant)) == IMAGE:
        spec.location.unsupported(
            "an import of an image (oci://), which has to be mounted into the pods of its readers,",
            "put the files into a bucket",
        )
    return Text((_dollars(str(constant)),))


def _metadata(metadata: Any, location: Location) -> Text:
    """The metadata as JSON, in which the step puts in the parameters; what is known of the run the engine does.

    A name or an instant of a run holds nothing that a text of JSON would write otherwise.
    """
    parsed = parse_text(json.dumps(whole_numbers(metadata), ensure_ascii=False), location)
    return Text(tuple(part if isinstance(part, RunProperty) else _kept(part, location) for part in parsed.parts))


def _kept(part: Any, location: Location) -> str:
    if isinstance(part, InputParameter):
        return f"{{{{$$.inputs.parameters['{part.name}']}}}}"
    return _dollars(part) if isinstance(part, str) else location.unsupported("metadata that name an artifact")


def _dollars(text: str) -> str:
    """The text as a container's definition has to write it, of which Kubernetes reads `$(NAME)` and `$$`."""
    return text.replace("$", "$$")


def _store(address: str | None) -> tuple[ir.EnvironmentSource, ...]:
    """The settings that the step needs: of the object store, and of the network on the way to it.

    Where only the run will know the address, or where it is that of Google's store, there may be none.
    """
    scheme = None if address is None else scheme_of(address)
    if scheme not in (None, GOOGLE, *IN_STORE):
        return ()
    return tuple(
        ir.EnvironmentSource(
            each.name,
            "Secret",
            Text((each.part.secret,)),
            each.name,
            optional=not each.required or scheme not in IN_STORE,
        )
        for each in of(Part.STORE, Part.NETWORK)
    )
