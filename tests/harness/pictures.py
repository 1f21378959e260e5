"""Pictures of pages for docs/: the samples are run, and a browser draws what is worth seeing of their reports.

`python -m tests.harness.pictures` takes them anew; it needs Chromium.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from tests.harness.browser import draw
from tests.harness.docs_commands import ROOT

FOLDER = ROOT / "docs" / "pictures"
WIDTH = 1280
# The height of a page before it is cut, and what is left below its last part.
_TALLEST, _MARGIN = 6000, 16
_COLORS = 64
_STOCKPOT = Path(sys.executable).with_name("stockpot")
# Five days of one pipeline, and a run that fails: what an index is for.
_DAYS = ("2026-01-11", "2026-01-12", "2026-01-13", "2026-01-14", "2026-01-15")
_MODERATION = ("run", "moderation-training", "--as-of")
_KEPT = ("HOME", "LANG", "PATH", "UV_CACHE_DIR")


@dataclass(frozen=True)
class Picture:
    """A picture of parts of a page: of a pipeline's report, or of the index where none is named.

    Shown are the sections of these headings, all figures in them or those alone that are named, and the page's head.
    """

    name: str
    pipeline: str
    sections: Sequence[str]
    figures: Sequence[str] = ("",)
    has_head: bool = True

    @property
    def path(self) -> Path:
        """Where it lies."""
        return FOLDER / f"{self.name}.png"


_TABLES = ("What the tables look like",)
_RFM = ("Customers by recency and frequency", "Customers by segment")
PICTURES = (
    Picture("index", "", ("What failed, and the next command", "GourmetGram moderation training data")),
    Picture("report", "moderation-training", ("Steps",)),
    Picture("funnel", "events-and-funnels", _TABLES, has_head=False),
    Picture("segments", "customer-features", _TABLES, _RFM, has_head=False),
)


def shot(page: str, wanted: Picture, folder: Path) -> bytes:
    """A PNG of what is wanted of the page, as wide as `WIDTH`, in few colors.

    Raises:
        ValueError: the page has no part of such a heading.
    """
    file, drawn = folder / "shot.html", folder / "shot.png"
    file.write_text(_alone(page, wanted))
    draw(file, drawn, WIDTH, _TALLEST)
    with Image.open(drawn) as opened:
        picture = opened.convert("RGB")
    ground = Image.new("RGB", picture.size, picture.getpixel((0, picture.height - 1)))
    _, _, _, end = ImageChops.difference(picture, ground).getbbox() or picture.getbbox()
    cut, out = picture.crop((0, 0, WIDTH, end + _MARGIN)), io.BytesIO()
    cut.quantize(_COLORS, dither=Image.Dither.NONE).save(out, "png", optimize=True)
    return out.getvalue()


def _alone(page: str, wanted: Picture) -> str:
    """The page without what is not wanted of it."""
    root = ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page
    kept = {"section": wanted.sections, "figure": wanted.figures, "footer": ()}
    kept |= {} if wanted.has_head else {"header": (), "dl": ()}
    missing = {*wanted.sections, *wanted.figures} - {""}
    for above in list(root.iter()):
        for part in [each for each in above if each.tag in kept]:
            heading = "".join(next(iter(part), part).itertext())
            named = next((name for name in kept[part.tag] if heading.startswith(name)), None)
            missing.discard(named or "")
            if named is None:
                above.remove(part)
    if missing:
        raise ValueError(f"the page has no part {', '.join(sorted(missing))}")
    return "<!DOCTYPE html>\n" + ET.tostring(root, encoding="unicode", method="html")


def take(kitchen: Path) -> None:
    """Run the samples in that directory, and write all pictures."""
    try:
        _stockpot(kitchen, "sample-data")
        for day in _DAYS:
            _stockpot(kitchen, *_MODERATION, f"{day}T00:00:00Z")
        # Nothing has filled the table of events yet.
        _stockpot(kitchen, *_MODERATION, "2026-01-16T00:00:00Z", "--param", "views_from=events")
        _stockpot(kitchen, "demo", "shop")
        runs = json.loads(_stockpot(kitchen, "runs", "--output", "json"))
        index = Path(_stockpot(kitchen, "report", "--all").strip())
    finally:
        _stockpot(kitchen, "services", "down")
    reports = {run["pipeline"]: run["report"] for run in reversed(runs) if run["state"] == "succeeded"}
    for one in PICTURES:
        page = kitchen / (reports[one.pipeline] if one.pipeline else index)
        one.path.write_bytes(shot(page.read_text(), one, kitchen))


def _stockpot(kitchen: Path, *words: str) -> str:
    """What the command prints; its home lies in that directory, and no service of the developer's is used."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return subprocess.run(
        [_STOCKPOT, *words], cwd=kitchen, env=environment, stdout=subprocess.PIPE, text=True, check=False
    ).stdout


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        take(Path(folder))
