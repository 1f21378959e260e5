"""The images of the steps: one shape, and nothing in it that a step does not need."""

import re
from pathlib import Path

import pytest

from stockpot.images.sources import ON_GPU, Sources

ROOT = Path(__file__).parents[1]
STEPS = Sources().steps()


def test_every_step_has_an_image() -> None:
    """Each folder of a step has requirements of the same name, and each requirements a step."""
    assert sorted(path.parent.name for path in ROOT.glob("components/*/component.py")) == STEPS


def test_all_images_have_one_shape() -> None:
    """There is one Dockerfile, and nobody has put another beside a step's requirements."""
    assert list((ROOT / "images").rglob("*Dockerfile*")) == [ROOT / "images/Dockerfile"]
    locks = {"requirements.in", "requirements.txt", "gpu.in", "gpu.txt"}
    assert [path for path in (ROOT / "images").glob("*/*") if path.name not in locks] == []


@pytest.mark.parametrize("step", [image.removesuffix(ON_GPU) for image in Sources().on_gpu()])
def test_an_image_for_a_gpu_differs_in_what_computes(step: str) -> None:
    """All else is of the same versions, so that both make the same rows."""
    plain, gpu = (_packages(ROOT / "images" / step / name) for name in ("requirements.in", "gpu.in"))
    assert {name for name, _ in plain ^ gpu} == {"onnxruntime", "onnxruntime-gpu[cuda,cudnn]"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", dict(gpu)["onnxruntime-gpu[cuda,cudnn]"])


def _packages(requirements: Path) -> set[tuple[str, str]]:
    lines = (line.partition("==") for line in requirements.read_text().splitlines() if not line.startswith("#"))
    return {(name, version) for name, _, version in lines}


@pytest.mark.parametrize("step", STEPS)
def test_each_image_says_what_it_does(step: str) -> None:
    """In one sentence, which is part of its labels."""
    assert re.fullmatch(r"[A-Z][^\n]+\.", Sources().description(step))


def test_the_shape_is_safe() -> None:
    """Packages are held to their hashes, the user is a number other than root, and there is no entrypoint."""
    text = Sources().dockerfile.read_text()
    assert "--require-hashes" in text
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", text, re.MULTILINE)
    assert "ENTRYPOINT" not in text
    assert ":latest" not in text
