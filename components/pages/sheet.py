"""A page as a whole: one HTML document that is XML as well, and needs nothing beside itself."""

from pathlib import Path

from components.pages.markup import Markup, tag
from components.shell.pages import POLICY

_STYLE = Path(__file__).with_name("style.css")


def sheet(title: str, *body: object) -> str:
    """The document with that title and body."""
    head = tag(
        "head",
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(_STYLE.read_text())),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, tag("body", body), lang="en") + "\n"
