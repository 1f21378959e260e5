"""The images of the steps: one shape, and nothing in it that a step does not need."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEPS = sorted(path.parent.name for path in ROOT.glob("images/*/Dockerfile"))


def _shape(step: str) -> str:
    """The step's Dockerfile with its own name and description taken out."""
    text = (ROOT / "images" / step / "Dockerfile").read_text()
    text = re.sub(r'image\.description="[^"]+"', 'image.description="…"', text)
    return re.sub(rf'(?<=[/"]){step}(?=[/"\s])', "…", text)


def test_every_step_has_an_image() -> None:
    """Each folder of a step has a Dockerfile of the same name, and each Dockerfile a step."""
    assert sorted(path.parent.name for path in ROOT.glob("components/*/component.py")) == STEPS


@pytest.mark.parametrize("step", STEPS)
def test_all_images_have_one_shape(step: str) -> None:
    """A Dockerfile differs from the others in the step's name and description alone."""
    assert _shape(step) == _shape("load_iceberg")


def test_the_shape_is_safe() -> None:
    """Packages are held to their hashes, the user is a number other than root, and there is no entrypoint."""
    text = (ROOT / "images/load_iceberg/Dockerfile").read_text()
    assert "--require-hashes" in text
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    assert "ENTRYPOINT" not in text
    assert ":latest" not in text


def test_another_shape_is_noticed(tmp_path: Path) -> None:
    """The comparison sees a step that copies more than its own folder."""
    text = _shape("load_iceberg")
    assert text.replace("COPY components/… /app/components/…", "COPY components /app/components") != text
