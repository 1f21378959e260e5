"""Pages as a browser lays them out: what runs out of its place, or cannot be read."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SCRIPT = Path(__file__).with_name("browser.js")
# Paper of A4 without the margins of the style, at 96 pixels an inch.
_PAPER = 702
_DARK = "(prefers-color-scheme: dark)"
LOOKS: Mapping[str, tuple[Sequence[str], int]] = {
    "light, 800": ((), 800),
    "light, 1280": ((), 1280),
    "dark, 1280": ((_DARK, f"screen and {_DARK}"), 1280),
    "print": (("print",), _PAPER),
    "print, of a dark screen": (("print", _DARK), _PAPER),
}
"""How pages are looked at: which queries of the style hold besides, and how wide they are."""


def faults(pages: Mapping[str, str], directory: Path) -> dict[str, list[str]]:
    """What is wrong with each page in each look, as `page, look`; all by one browser, which is all that takes time."""
    frames = [_frame(f"{name}, {look}", page, *how) for name, page in pages.items() for look, how in LOOKS.items()]
    sheet = directory / "all.html"
    script = f"<script>{_SCRIPT.read_text()}</script>"
    sheet.write_text(f"<!DOCTYPE html><meta charset=utf-8>{script}<body>{''.join(frames)}")
    (told,) = re.findall(r"<body>(.*)</body>", _browsed(sheet, "--dump-dom"), re.DOTALL)
    found: dict[str, list[str]] = json.loads(html.unescape(told))
    return found


def draw(page: Path, picture: Path, width: int, height: int) -> None:
    """Draw the top of the page, light, as a PNG of so many pixels."""
    _browsed(page, f"--screenshot={picture}", f"--window-size={width},{height}", "--hide-scrollbars")


def _browsed(page: Path, *options: str) -> str:
    """What the browser prints of the page; its profile lies beside that."""
    browser = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if browser is None:
        pytest.skip("needs chromium")
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", profile, *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def _frame(name: str, page: str, media: Sequence[str], width: int) -> str:
    """A frame with the page, in which parts of its style hold that the machine's browser would not choose."""
    for each in media:
        page = page.replace(f"@media {each} {{", "@media all {")
    about = f'data-name="{html.escape(name)}" data-width="{width}"'
    return f'<iframe {about} srcdoc="{html.escape(page)}" style="width:{width}px;height:900px;border:0"></iframe>'
