"""Finding a definition by what the user typed, and its plan through KFP's own compiler."""

import difflib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from components.shell.errors import ConfigurationError, StepError
from components.shell.yaml_documents import MOST_BYTES, yaml_documents
from stockpot.compiler import ir
from stockpot.compiler.left_out import handed_on
from stockpot.compiler.reading import read_plan
from stockpot.compiler.tracing import Document, Entry, entries, kfp_documents, traced
from stockpot.definition import Definition, find, module_of, wrong_in
from stockpot.sdk import import_kfp


@dataclass(frozen=True)
class Plan:
    """A pipeline's KFP documents (pipeline spec, then platform spec where there is one) and what they say."""

    documents: Sequence[Document]
    pipeline: ir.Pipeline
    definition: Definition | None = None
    entry: Entry | None = None

    def written_as(self, documents: Sequence[Document]) -> "Plan":
        """The same pipeline as these documents have it."""
        return replace(self, documents=documents, pipeline=read_plan(documents))


def in_a_file(name: str) -> bool:
    """Whether a pipeline is named by the file it stands in, and not as one that is registered."""
    return ":" in name or name.endswith(".py") or is_ir_file(name)


def is_ir_file(name: str) -> bool:
    """Whether a pipeline is named by the file that KFP's compiler wrote."""
    return name.endswith((".yaml", ".yml", ".json"))


def glance(name: str) -> Plan:
    """The plan as `load` gives it, but for its definition; KFP is left out where the pipeline has been traced before.

    Raises:
        ConfigurationError: as for `load`.
    """
    if in_a_file(name):
        return load(name)
    if trace := traced(name):
        return Plan(trace.documents, read_plan(trace.documents), entry=trace.entry)
    raise _unknown(name)


def load(name: str) -> Plan:
    """The plan of a registered pipeline (`NAME`), a function in a file (`FILE.py:function`) or an IR file (`IR.yaml`).

    Raises:
        ConfigurationError: there is no such pipeline, file or function, or its plan is not supported.
    """
    if is_ir_file(name):
        documents = handed_on(read_documents(Path(name)))
        return Plan(documents, read_plan(documents))
    if name.endswith(".py"):
        raise ConfigurationError(f"{name} names a file and no function", f"write {name}:FUNCTION")
    path, colon, function = name.rpartition(":")
    if colon:
        pipeline = _from_file(Path(path), function)
        return from_definition(pipeline) if isinstance(pipeline, Definition) else from_component(pipeline)
    return from_definition(registered(name))


def registered(name: str) -> Definition:
    """The registered pipeline of that name.

    Raises:
        ConfigurationError: there is none; the near match is named.
    """
    if definition := find(name):
        return definition
    raise _unknown(name)


def _unknown(name: str) -> ConfigurationError:
    known = entries()
    near = difflib.get_close_matches(name, known, n=1)
    todo = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
    return ConfigurationError(f"there is no pipeline '{name}'", todo)


def from_definition(definition: Definition) -> Plan:
    """The plan of a definition, which carries its schedule along."""
    plan = from_component(definition.function)
    return Plan(plan.documents, plan.pipeline, definition, Entry.of(definition))


def from_component(component: Any) -> Plan:
    """The plan of a KFP pipeline or component function."""
    documents = kfp_documents(component)
    return Plan(documents, read_plan(documents))


def read_documents(path: Path) -> list[Document]:
    """The documents of an IR file, the pipeline spec first, wherever it stands.

    Raises:
        ConfigurationError: the file cannot be read, is no YAML, or too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    documents = yaml_documents(content, str(path))
    if not all(isinstance(document, Mapping) for document in documents if document is not None):
        raise ConfigurationError(f"{path} is no compiled KFP pipeline")
    return sorted((dict(document) for document in documents if document), key=lambda document: "root" not in document)


def _from_file(path: Path, function: str) -> Any:
    if not path.is_file():
        raise ConfigurationError(f"there is no file {path}")
    module_name = module_of(path)
    import_kfp()
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise ConfigurationError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    # As when Python runs the file: it may import what lies beside it.
    beside = str(path.resolve().parent)
    sys.path.insert(0, beside)
    try:
        spec.loader.exec_module(module)
    except StepError:
        # Of what is written wrong in it, such as a column's type: it names the line.
        raise
    except Exception as error:
        raise ConfigurationError(wrong_in(path, error)) from error
    finally:
        sys.path.remove(beside)
    pipeline = getattr(module, function, None)
    if not isinstance(pipeline, Definition) and not hasattr(pipeline, "pipeline_spec"):
        known = sorted(
            name
            for name, value in vars(module).items()
            if isinstance(value, Definition) or hasattr(value, "pipeline_spec")
        )
        raise ConfigurationError(f"{path} has no pipeline '{function}'", f"it has {', '.join(known)}" if known else "")
    return pipeline
