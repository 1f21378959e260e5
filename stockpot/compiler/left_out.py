"""What KFP's compiler leaves out of the groups around a task: parameters and items that only a text within them names.

2.17.0 hands a parameter to an inner group and forgets those between (https://github.com/kubeflow/pipelines/issues/12390),
and asks the outermost one for an inner loop's item, which nobody has there.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from stockpot.compiler.values import CHANNEL, entry_of

Document = dict[str, Any]
# The components that the compiler makes of loops, conditions and exit handlers; any other is a pipeline of its own.
_GROUP = re.compile(r"comp-(for-loop|condition|condition-branches|exit-handler)(-\d+)+")


def handed_on(documents: Sequence[Document]) -> list[Document]:
    """The documents with such parameters handed on from group to group; where none was left out, they are the same."""
    return [_whole(document) if "root" in document else document for document in documents]


def _whole(spec: Document) -> Document:
    mended = deepcopy(spec)
    try:
        _visit([_Scope("", mended["root"], {})], mended.get("components") or {}, set())
    except (AttributeError, KeyError, RecursionError, TypeError):
        # It is no sound PipelineSpec, which is said where it is read.
        return spec
    return mended


@dataclass(frozen=True)
class _Scope:
    """A component whose tasks are looked at, and the task that stands for it in the scope around it."""

    name: str
    component: Document
    task: Document

    @property
    def declared(self) -> Document:
        """The parameters that it takes."""
        found: Document = self.component.get("inputDefinitions", {}).get("parameters", {})
        return found

    def reference(self, name: str) -> Document | None:
        """How a task in it asks for the parameter, or the entry of a loop item; None where it has none."""
        if name in self.declared:
            return {"componentInputParameter": name}
        if found := entry_of(name, self.declared):
            item, key = found
            selector = f'parseJson(string_value)["{key}"]'
            return {"componentInputParameter": item, "parameterExpressionSelector": selector}
        return None

    def take(self, name: str, kind: str, asked: Document) -> None:
        """Have it take a parameter, for which it asks the scope around it so."""
        inputs = self.component.setdefault("inputDefinitions", {}).setdefault("parameters", {})
        inputs[name] = {"parameterType": kind}
        given = self.task.setdefault("inputs", {}).setdefault("parameters", {})
        given[name] = asked


def _visit(scopes: list[_Scope], components: Mapping[str, Document], seen: set[str]) -> None:
    around = scopes[-1]
    for task in around.component["dag"]["tasks"].values():
        inner = _Scope(task["componentRef"]["name"], components[task["componentRef"]["name"]], task)
        for given, value in _undeclared(task, around):
            source = value["componentInputParameter"]
            if asked := around.reference(source):
                # An entry of an entry is for the reader to refuse.
                value.update({} if "parameterExpressionSelector" in value else asked)
            elif not _hand_on(source, scopes) and _only_passes(given, inner):
                _take_back(given, inner)
        if "dag" in inner.component and inner.name not in seen:
            seen.add(inner.name)
            _visit([*scopes, inner], components, seen)


def _undeclared(task: Document, around: _Scope) -> list[tuple[str, Document]]:
    """The inputs of a task for which it asks the scope around it by a name that is not there."""
    inputs = task.get("inputs", {}).get("parameters", {})
    asking = ((name, value) for name, value in inputs.items() if "componentInputParameter" in value)
    return [(name, value) for name, value in asking if value["componentInputParameter"] not in around.declared]


def _hand_on(source: str, scopes: Sequence[_Scope]) -> bool:
    """Have the scopes down to the last take the parameter from the nearest one that has it; whether one has it."""
    for place in range(len(scopes) - 1, -1, -1):
        around = scopes[place]
        is_group = bool(_GROUP.fullmatch(around.name))
        known = source if is_group else source.removeprefix(CHANNEL)
        if asked := around.reference(known):
            # KFP takes an entry of an item for a text.
            kind = around.declared.get(known, {}).get("parameterType", "STRING")
            for scope in scopes[place + 1 :]:
                scope.take(source, kind, asked)
                asked = {"componentInputParameter": source}
            return True
        if not is_group:
            return False
    return False


def _only_passes(given: str, inner: _Scope) -> bool:
    """Whether a group takes the input for those within it alone: neither its loop nor its condition asks for it."""
    itself = str([inner.task.get("parameterIterator"), inner.task.get("triggerPolicy")])
    return bool(_GROUP.fullmatch(inner.name)) and not re.search(rf"{re.escape(given)}(?![\w-])", itself)


def _take_back(given: str, group: _Scope) -> None:
    """Do without an input that nobody around the group has; within it those who need it are found another one."""
    del group.task["inputs"]["parameters"][given]
    group.declared.pop(given, None)
