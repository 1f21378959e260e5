"""Artifacts that a container of others may leave unwritten, as KFP lets it: who is handed one goes without."""

from collections.abc import Iterable, Iterator

from hera.workflows import models as m


def let_artifacts_lack(templates: Iterable[m.Template]) -> None:
    """Where a pod may leave an artifact unwritten, nobody has to be given one: no pod, no group, no hook.

    What a pod fetches by its key is left as it is.
    """
    templates = list(templates)
    if not any(each.optional for template in templates for each in _made(template)):
        return
    for template in templates:
        for each in _handed(template):
            if each.s3 is None:
                each.optional = True


def _made(template: m.Template) -> Iterator[m.Artifact]:
    if template.outputs:
        yield from template.outputs.artifacts or ()


def _handed(template: m.Template) -> Iterator[m.Artifact]:
    if template.inputs:
        yield from template.inputs.artifacts or ()
    if template.dag:
        yield from _made(template)
        for task in template.dag.tasks or ():
            for arguments in (task.arguments, *(hook.arguments for hook in (task.hooks or {}).values())):
                yield from (arguments and arguments.artifacts) or ()
