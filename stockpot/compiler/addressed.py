"""Artifacts that a pipeline takes: a run is given their addresses, and imports what lies there."""

from collections.abc import Mapping
from dataclasses import replace

from stockpot.compiler import ir
from stockpot.compiler.errors import Location
from stockpot.compiler.importers import ADDRESS, OUTPUT, importer_of


def with_addresses(pipeline: ir.Pipeline) -> ir.Pipeline:
    """The plan whose parameters are the addresses of the artifacts that it takes; an optional artifact is absent.

    Raises:
        UnsupportedError: it takes a list of artifacts.
    """
    taken = pipeline.root.artifacts
    if not taken:
        return pipeline
    location = Location(pipeline.name)
    for name, artifact in taken.items():
        if artifact.listed:
            location.unsupported(
                f"a list of artifacts as a parameter of the pipeline ('{name}')", "gather it in a loop"
            )
    names = {task.name for task in pipeline.dag.tasks}
    needed = {name: _task(artifact, names) for name, artifact in taken.items() if not artifact.optional}
    sources = {name: ir.TaskOutput(task.name, OUTPUT) for name, task in needed.items()}
    tasks = (_moved(task, sources) for task in pipeline.dag.tasks)
    addresses = {name: ir.Parameter(name, "STRING", description=taken[name].description) for name in needed}
    root = replace(
        pipeline.root,
        body=replace(pipeline.dag, tasks=(*needed.values(), *tasks)),
        parameters={**pipeline.root.parameters, **addresses},
        artifacts={},
    )
    return replace(pipeline, root=root)


def _task(artifact: ir.Artifact, names: set[str]) -> ir.Task:
    """The task that imports an artifact, by a name that no other has."""
    plain = f"import-{artifact.name.replace('_', '-').lower()}"
    name = next(each for each in (plain, *(f"{plain}-{n}" for n in range(2, len(names) + 3))) if each not in names)
    names.add(name)
    component = ir.Component(
        name,
        importer_of(ADDRESS),
        parameters={ADDRESS: ir.Parameter(ADDRESS, "STRING")},
        output_artifacts={OUTPUT: ir.Artifact(OUTPUT, artifact.schema)},
    )
    return ir.Task(name, component, parameters={ADDRESS: ir.ComponentInput(artifact.name)}, title=name)


def _moved(task: ir.Task, sources: Mapping[str, ir.TaskOutput]) -> ir.Task:
    """The task with what was imported in place of what the pipeline takes; it comes after the import."""
    artifacts: dict[str, ir.ArtifactSource] = {}
    for name, source in task.artifacts.items():
        if not isinstance(source, ir.ComponentInput):
            artifacts[name] = source
        elif source.name in sources:
            artifacts[name] = sources[source.name]
    imports = {each.task for each in artifacts.values() if isinstance(each, ir.TaskOutput)} - set(task.after)
    on_exit = _moved(task.on_exit, sources) if task.on_exit else None
    return replace(task, after=(*task.after, *sorted(imports)), artifacts=artifacts, on_exit=on_exit)
