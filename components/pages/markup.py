"""HTML and SVG as values: what is not markup already is escaped, so nothing a user wrote becomes a tag."""

import html
import re

# Everything else XML 1.0 forbids, such as NUL; a caption may hold it.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_VOID = frozenset({"meta", "br", "hr", "link"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def tag(element: str, /, *children: object, **attributes: object) -> Markup:
    """The element; None among children and attributes is left out, lists are children one by one.

    An attribute's trailing underscore is dropped and others become hyphens: `class_`, `text_anchor`.
    """
    attribute_text = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if element in _VOID:
        return Markup(f"<{element}{attribute_text}/>")
    return Markup(f"<{element}{attribute_text}>{join(children)}</{element}>")


def join(children: object) -> Markup:
    """The children one after the other."""
    if children is None:
        return Markup()
    if isinstance(children, list | tuple):
        return Markup("".join(join(child) for child in children))
    return children if isinstance(children, Markup) else Markup(escape(children))


def escape(value: object) -> str:
    """The value as text that is safe between tags and inside quotes."""
    return html.escape(_FORBIDDEN.sub("\ufffd", str(value)))
