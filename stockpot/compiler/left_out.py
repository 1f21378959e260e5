"""What KFP's compiler leaves out of the groups around a task: parameters and items that only a text within them names.

2.17.0 hands a parameter to an inner group and forgets those between (https://github.com/kubeflow/pipelines/issues/12390),
and asks the outermost one for an inner loop's item, which nobody has there.
"""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from stockpot.compiler.errors import Location
from stockpot.compiler.values import CHANNEL, entry_of

Document = dict[str, Any]
# The components that the compiler makes of loops, conditions and exit handlers; any other is a pipeline of its own.
_GROUP = re.compile(r"comp-(for-loop|condition|condition-branches|exit-handler)(-\d+)+")
# So much is never left out of what somebody wrote; a crafted file may ask for as much as it likes.
_MOST = 10_000


def handed_on(documents: Sequence[Document]) -> list[Document]:
    """The documents with such parameters handed on from group to group; where none was left out, they are the same.

    Raises:
        UnsupportedError: a loop stands in a loop over the same, so that a name means an item of either.
    """
    return [_whole(document) if "root" in document else document for document in documents]


def _whole(spec: Document) -> Document:
    try:
        mended = deepcopy(spec)
        name = str(mended.get("pipelineInfo", {}).get("name", ""))
        _Mender(name, mended.get("components") or {}).visit([_Scope("", mended["root"], {})])
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError):
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
    def is_group(self) -> bool:
        """Whether the compiler made it of a loop or the like.

        A pipeline may have such a name, but has inputs and caching of its own.
        """
        own = "cachingOptions" in self.task or any(not name.startswith(CHANNEL) for name in self.declared)
        return bool(_GROUP.fullmatch(self.name)) and not own

    @property
    def declared(self) -> Document:
        """The parameters that it takes."""
        parameters: Document = self.component.get("inputDefinitions", {}).get("parameters", {})
        return parameters

    def reference(self, name: str) -> Document | None:
        """How a task in it asks for the parameter, or the entry of a loop item; None where it has none."""
        if name in self.declared:
            return {"componentInputParameter": name}
        if entry := entry_of(name, self.declared):
            item, key = entry
            selector = f'parseJson(string_value)["{key}"]'
            return {"componentInputParameter": item, "parameterExpressionSelector": selector}
        return None

    def take(self, name: str, kind: str, binding: Document) -> None:
        """Have it take a parameter, for which it asks the scope around it so."""
        inputs = self.component.setdefault("inputDefinitions", {}).setdefault("parameters", {})
        inputs[name] = {"parameterType": kind}
        given = self.task.setdefault("inputs", {}).setdefault("parameters", {})
        given[name] = binding


class _Mender:
    """Goes through all scopes, each after those around it."""

    def __init__(self, pipeline: str, components: Mapping[str, Document]) -> None:
        self._pipeline, self._components = pipeline, components
        self._seen: set[str] = set()
        self._taken = 0

    def visit(self, scopes: Sequence[_Scope]) -> None:
        """Look at the tasks of the last scope; those before it are around it.

        Raises:
            UnsupportedError: a loop stands in a loop over the same.
            ValueError: more is to be handed on than anybody wrote.
        """
        around = scopes[-1]
        for name, task in around.component["dag"]["tasks"].items():
            self._refuse_twice(name, _item(task), scopes)
            inner = _Scope(task["componentRef"]["name"], self._components[task["componentRef"]["name"]], task)
            for given, value in _undeclared(task, around):
                source = value["componentInputParameter"]
                if asked := around.reference(source):
                    # An entry of an entry is for the reader to refuse.
                    value.update({} if "parameterExpressionSelector" in value else asked)
                elif not self._hand_on(source, scopes) and _only_passes(given, inner):
                    _take_back(given, inner)
            if "dag" in inner.component and inner.name not in self._seen:
                self._seen.add(inner.name)
                self.visit([*scopes, inner])

    def _refuse_twice(self, task: str, item: str, scopes: Sequence[_Scope]) -> None:
        groups = list(takewhile(lambda scope: scope.is_group, reversed(scopes)))
        if item and item in map(_item, (scope.task for scope in groups)):
            location = Location(self._pipeline).at(task)
            location.unsupported(
                "a loop over what a loop around it goes over, whose items KFP gives one name,",
                "put the inner loop into a @dsl.pipeline that takes the list as a parameter",
            )

    def _hand_on(self, source: str, scopes: Sequence[_Scope]) -> bool:
        """Have the scopes down to the last take the parameter from the nearest one that has it; whether one has it."""
        for depth in range(len(scopes) - 1, -1, -1):
            around, within = scopes[depth], scopes[depth + 1 :]
            known = source if around.is_group else source.removeprefix(CHANNEL)
            if binding := around.reference(known):
                self._taken += len(within)
                if self._taken > _MOST:
                    raise ValueError
                # KFP takes an entry of an item for a text.
                kind = around.declared.get(known, {}).get("parameterType", "STRING")
                for scope in within:
                    scope.take(source, kind, binding)
                    binding = {"componentInputParameter": source}
                return True
            if not around.is_group:
                return False
        return False


def _item(task: Document) -> str:
    """The name of its loop's item; empty where it is no loop."""
    return str(task.get("parameterIterator", {}).get("itemInput", ""))


def _undeclared(task: Document, around: _Scope) -> list[tuple[str, Document]]:
    """The inputs of a task for which it asks the scope around it by a name that is not there."""
    inputs = task.get("inputs", {}).get("parameters", {})
    asking = ((name, value) for name, value in inputs.items() if "componentInputParameter" in value)
    return [(name, value) for name, value in asking if value["componentInputParameter"] not in around.declared]


def _only_passes(given: str, inner: _Scope) -> bool:
    """Whether a group takes the input for those within it alone: neither its loop nor its condition asks for it."""
    itself = str([inner.task.get("parameterIterator"), inner.task.get("triggerPolicy")])
    return inner.is_group and not re.search(rf"{re.escape(given)}(?![\w-])", itself)


def _take_back(given: str, group: _Scope) -> None:
    """Do without an input that nobody around the group has; within it those who need it are found another one."""
    del group.task["inputs"]["parameters"][given]
    group.declared.pop(given, None)
