"""How texts travel through a workflow: in a writing in which neither Argo nor Kubernetes finds anything to fill in.

Argo looks for `{{…}}` in whatever it has filled in before: in the inputs of a template, in the list of a loop, in the
pod itself. A value with braces would be taken for a tag, or for an expression that Argo evaluates. So inputs of all
templates but the outermost hold values as they are *carried*, and of two braces the second one is written as a variable
of the pod, which Kubernetes puts in when it starts the container. Kubernetes reads `$$` as `$`. A text without `{{` and
`$`, which is nearly every text, is carried as it is. Decided in docs/decisions/2026-11-28-carried-values.md.
"""

import json
import re
from collections.abc import Iterable

BRACE = "STOCKPOT_BRACE"
"""The variable of each pod that holds `{`."""

_OPEN = "{{"
_SPELLED = f"{{$({BRACE})"
# The same two braces within a text of JSON, where they stand nowhere else.
_IN_JSON = "{\\u007b"
# A whole variable, what Kubernetes reads as the name of one that no pod has, or a `$` alone.
_VARIABLE = re.compile(r"(\$\$|\$\([^){]*\))|\$\([^)]*\)|\$")


def quoted(string: str) -> str:
    """The string as a literal of Argo's expressions, with no braces that could begin or end a tag."""
    return json.dumps(string, ensure_ascii=False).replace("}}", "}\\u007d").replace(_OPEN, "{\\u007b")


def carried(text: str) -> str:
    """The text as it is carried."""
    return text.replace("$", "$$").replace(_OPEN, _SPELLED)


def carried_code(code: str) -> str:
    """The expression of what `code` gives, as it is carried."""
    return joined_code(_replaced(code, "$", "$$"))


def joined_code(code: str) -> str:
    """The expression of carried texts that were joined to one: a brace at each side of a joint makes two."""
    return _replaced(code, _OPEN, _SPELLED)


def read_code(code: str) -> str:
    """The expression of the text that `code` gives as it is carried."""
    return _replaced(_replaced(code, _SPELLED, _OPEN), "$$", "$")


def items_text(items: Iterable[str]) -> str:
    """The list of a loop over these texts, as Argo reads it: its items are not carried yet."""
    return json.dumps(list(items), ensure_ascii=False).replace(_OPEN, _IN_JSON)


def without_tags(code: str) -> str:
    """The expression of the JSON text that `code` gives, with nothing in it that Argo would fill in."""
    return _replaced(code, _OPEN, _IN_JSON)


def literal(text: str, *, joined: bool) -> str:
    """A piece of a container's own texts, where Kubernetes fills in variables as for KFP and Argo finds nothing.

    A piece that is `joined` to others ends in no brace and no half variable, which the other one could complete.
    """
    if joined or _OPEN in text:
        text = _VARIABLE.sub(lambda match: match[1] or match[0].replace("$", "$$"), text)
    text = text.replace(_OPEN, _SPELLED)
    return re.sub(r"\A\{|\{\Z", lambda _: f"$({BRACE})", text) if joined else text


def _replaced(code: str, old: str, new: str) -> str:
    return f"replace({code}, {quoted(old)}, {quoted(new)})"
