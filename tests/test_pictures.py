"""Pictures in docs: those that pages show are there, light, and of one width."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from components.pages.markup import tag
from components.pages.sheet import sheet
from tests.harness.docs_commands import PAGES, ROOT
from tests.harness.pictures import FOLDER, PICTURES, WIDTH, Picture, shot

_SHOWN = re.compile(r"!\[(?P<said>[^\]]*)\]\((?P<place>[^)\s]+)\)")
_MOST_BYTES = 150_000


def shown() -> dict[Path, str]:
    """The pictures that pages show, with what is said in place of each."""
    texts = {page: page.read_text() for page in PAGES}
    return {
        (page.parent / each["place"]).resolve(): each["said"]
        for page, text in texts.items()
        for each in _SHOWN.finditer(text)
    }


def test_pages_show_the_pictures_that_the_harness_takes() -> None:
    """Each of them, and no other but drawings (SVG); in words too, for those who do not see them."""
    found = shown()
    drawn = {path for path in found if path.suffix == ".svg"}
    assert set(found) - drawn == {one.path for one in PICTURES} == set(FOLDER.iterdir())
    assert [path for path in drawn if not path.is_file()] == []
    assert [path.relative_to(ROOT) for path, said in found.items() if len(said.split()) < 5] == []


@pytest.mark.parametrize("one", PICTURES, ids=lambda one: one.name)
def test_pictures_are_light(one: Picture) -> None:
    """A reader loads little, and a clone holds little."""
    assert one.path.stat().st_size <= _MOST_BYTES
    with Image.open(one.path) as picture:
        assert (picture.format, picture.width) == ("PNG", WIDTH)
        assert 300 <= picture.height <= WIDTH


def page() -> str:
    """A page with a head, two sections and a foot; black boxes of known heights."""
    box = {"style": "background:#000;height:100px"}
    figures = [tag("figure", tag("figcaption", name), tag("div", **box), class_="chart") for name in ("One", "Two")]
    parts = [tag("section", tag("h2", name), figures, class_="card") for name in ("First part", "Second part")]
    return sheet("x", tag("main", tag("header", tag("h1", "Head")), parts), tag("footer", "Foot"))


def height_of(wanted: Picture, folder: Path) -> int:
    """How tall the picture is; it is as wide as all are."""
    with Image.open(io.BytesIO(shot(page(), wanted, folder))) as picture:
        assert picture.width == WIDTH
        return picture.height


def test_a_picture_shows_what_is_asked_for_alone(tmp_path: Path) -> None:
    """Sections and figures by their headings, the head or not; what the page lacks is told by name."""
    whole = height_of(Picture("x", "", ("First", "Second")), tmp_path)
    half = height_of(Picture("x", "", ("First",)), tmp_path)
    headless = height_of(Picture("x", "", ("First",), has_head=False), tmp_path)
    one = height_of(Picture("x", "", ("First",), ("Two",), has_head=False), tmp_path)
    assert whole - half > 200 > headless - one >= 100
    assert half > headless
    with pytest.raises(ValueError, match="the page has no part Second pat, Three"):
        shot(page(), Picture("x", "", ("First", "Second pat"), ("One", "Three")), tmp_path)
