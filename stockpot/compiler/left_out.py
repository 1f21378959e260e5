"""What KFP's compiler leaves out of the groups around a task: parameters and items that only a text within them names.

2.17.0 hands a parameter to an inner group and forgets those between (https://github.com/kubeflow/pipelines/issues/12390),
and asks the outermost one for an inner loop's item, which nobody has there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from stockpot.compiler.values import CHANNEL, is_at_hand

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

    def declare(self, name: str, kind: str, known: str) -> None:
        """Have it take a parameter, which the scope around it knows by another name."""
        inputs = self.component.setdefault("inputDefinitions", {}).setdefault("parameters", {})
        inputs[name] = {"parameterType": kind}
        given = self.task.setdefault("inputs", {}).setdefault("parameters", {})
        given[name] = {"componentInputParameter": known}


def _visit(scopes: list[_Scope], components: Mapping[str, Document], seen: set[str]) -> None:
    around = scopes[-1]
    for task in around.component["dag"]["tasks"].values():
        inner = _Scope(task["componentRef"]["name"], components[task["componentRef"]["name"]], task)
        for given, source in list(_asked(task)):
            at_hand = is_at_hand(source, around.declared) or _hand_on(source, scopes)
            if not at_hand and _only_passes(given, inner):
                _take_back(given, inner)
        if "dag" in inner.component and inner.name not in seen:
            seen.add(inner.name)
            _visit([*scopes, inner], components, seen)


def _asked(task: Document) -> Iterator[tuple[str, str]]:
    """The inputs of a task that are parameters of the scope around it, each with that one's name."""
    for given, value in task.get("inputs", {}).get("parameters", {}).items():
        if "componentInputParameter" in value:
            yield given, value["componentInputParameter"]


def _hand_on(source: str, scopes: Sequence[_Scope]) -> bool:
    """Have the scopes down to the last take the parameter from the nearest one that has it; whether one has it."""
    for place in range(len(scopes) - 1, -1, -1):
        around = scopes[place]
        is_group = bool(_GROUP.fullmatch(around.name))
        known = source if is_group else source.removeprefix(CHANNEL)
        if is_at_hand(known, around.declared):
            # KFP takes an entry of an item for a text.
            kind = around.declared.get(known, {}).get("parameterType", "STRING")
            for scope in scopes[place + 1 :]:
                scope.declare(source, kind, known)
                known = source
            return True
        if not is_group:
            return False
    return False


def _only_passes(given: str, inner: _Scope) -> bool:
    """Whether a group takes the input for those within it alone: neither its loop nor its condition asks for it."""
    itself = str([inner.task.get("parameterIterator"), inner.task.get("triggerPolicy")])
    return bool(_GROUP.fullmatch(inner.name)) and f"'{given}'" not in itself


def _take_back(given: str, group: _Scope) -> None:
    """Do without an input that nobody around the group has; within it those who need it are found another one."""
    del group.task["inputs"]["parameters"][given]
    group.declared.pop(given, None)
