"""Texts on their way through a workflow: Argo finds nothing to fill in, and Kubernetes makes of them what they were."""

import json
import re

import hypothesis.strategies as st
from hypothesis import example, given
from hypothesis.strategies import SearchStrategy

from stockpot.compiler.argo_carrying import BRACE, carried, carried_code, items_text, joined_code, literal, read_code

# Drawn from what could be taken for something else, in any order.
_PIECES = ("{", "}", "{{", "}}", "$", "$$", "(", ")", f"$({BRACE})", "$(HOME)", "=", "a", "\\", '"', "\x1b", "é")
TEXTS: SearchStrategy[str] = st.lists(st.sampled_from(_PIECES), max_size=8).map("".join)
_STEP = re.compile(r'replace\((.*), ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")\)')


def started(text: str) -> str:
    """What Kubernetes makes of an argument: `$$` is `$`, and a variable it knows is put in."""
    known = {BRACE: "{", "HOME": "/tmp"}  # noqa: S108 - a path in the pod
    return re.sub(
        r"\$(?:\$|\(([^)]*)\))", lambda found: "$" if found[1] is None else known.get(found[1], found[0]), text
    )


def computed(code: str, value: str) -> str:
    """What Argo's expressions make of `replace(…)` around the name `x`."""
    if code == "x":
        return value
    step = _STEP.fullmatch(code)
    assert step
    return computed(step[1], value).replace(json.loads(step[2]), json.loads(step[3]))


@given(TEXTS)
def test_no_text_changes_on_its_way(text: str) -> None:
    """From the hand that carries it to the process, and back where an expression reads it."""
    assert "{{" not in carried(text)
    assert started(carried(text)) == text
    assert computed(carried_code("x"), text) == carried(text)
    assert computed(read_code("x"), carried(text)) == text


@given(st.lists(TEXTS, min_size=2, max_size=3))
def test_texts_are_joined(texts: list[str]) -> None:
    """Where one ends and the next begins with a brace, there is no tag either."""
    joined = computed(joined_code("x"), "".join(map(carried, texts)))
    assert "{{" not in joined
    assert started(joined) == "".join(texts)


# Kubernetes reads up to the first `)`, and leaves a name that no variable has as it stands.
@example("", "", "$({$(HOME)")
@example("$({$$(HOME)", "{", "$({{$(HOME)")
@given(TEXTS, TEXTS, TEXTS)
def test_a_containers_own_texts_around_a_value(before: str, value: str, after: str) -> None:
    """Variables of the pod are filled in there, as in KFP; braces at the joints make no tag with those of the value."""
    whole = literal(before, joined=True) + carried(value) + literal(after, joined=True)
    assert "{{" not in whole
    assert not literal(before, joined=True).endswith("{")
    assert started(whole) == started(before) + value + started(after)
    assert "{{" not in literal(before, joined=False)
    assert started(literal(before, joined=False)) == started(before)


@given(st.lists(TEXTS))
def test_items_of_a_loop(texts: list[str]) -> None:
    """Argo reads a JSON list in which it finds nothing to fill in; each item is carried when it is handed on."""
    assert "{{" not in items_text(texts)
    assert json.loads(items_text(texts)) == texts
