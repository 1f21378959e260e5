"""What computes a network: a GPU where image and node have one, and processors else."""

import ctypes
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.vectors.session import opened
from tests.components.vectors.tiny import text_model

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


ROOT = Path(__file__).resolve().parents[3]
OPEN = """
import sys
from pathlib import Path
from components.vectors.session import opened
print(opened(Path(sys.argv[1]), ["last_hidden_state"]).output)
"""


def test_nobody_is_told_of_the_models_that_are_opened(tmp_path: Path) -> None:
    """ONNX Runtime would keep who we are in the home, and what it tells its makers, unless in a check of somebody's."""
    model, home = text_model(tmp_path / "model"), tmp_path / "home"
    home.mkdir()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "CI", "XDG_"))}
    environment = {**plain, "HOME": str(home), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", OPEN, str(model / "model.onnx")]
    done = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "last_hidden_state\n"
    assert list(home.rglob("*")) == []


def test_one_module_alone_opens_networks() -> None:
    """Whoever imports the runtime elsewhere imports it as its makers have it."""
    importing = re.compile(r"^\s*(?:import|from) onnxruntime\b", re.MULTILINE)
    found = [path for path in (ROOT / "components").rglob("*.py") if importing.search(path.read_text())]
    assert found == [ROOT / "components/vectors/session.py"]


@pytest.fixture
def of_a_gpu(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the runtime of an image for a GPU is asked for; it gives what there is here, a processor."""
    asked: list[Any] = []
    ort = sys.modules["onnxruntime"]
    make = ort.InferenceSession

    def session(network: str, options: object, providers: list[Any]) -> object:
        asked.extend(providers)
        return make(network, options, providers=[_CPU])

    monkeypatch.setattr(ort, "get_available_providers", lambda: ["TensorrtExecutionProvider", _CUDA, _CPU])
    monkeypatch.setattr(ort, "preload_dlls", lambda: asked.append("libraries"))
    monkeypatch.setattr(ort, "InferenceSession", session)
    return asked


def test_processors_compute_where_the_image_has_nothing_else(tmp_path: Path) -> None:
    """That is what each laptop has."""
    session = opened(text_model(tmp_path) / "model.onnx", ["last_hidden_state"])
    given = {name: np.ones((1, 2), np.int64) for name in session.inputs}
    assert (session.device, session.run(given).shape) == ("cpu", (1, 2, 8))


def test_a_gpu_computes_in_full_width(tmp_path: Path, of_a_gpu: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors of short numbers are others than those of processors; where CUDA cannot be loaded, these go on."""
    monkeypatch.setattr(ctypes, "CDLL", lambda name: name)
    session = opened(text_model(tmp_path) / "model.onnx", ["last_hidden_state"])
    assert of_a_gpu == ["libraries", (_CUDA, {"use_tf32": "0"}), _CPU]
    assert session.device == "cpu"
    monkeypatch.setattr(session.inner, "get_providers", lambda: [_CUDA, _CPU])
    assert session.device == "cuda"


def test_a_node_without_a_gpu_is_told_once(
    tmp_path: Path, of_a_gpu: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The run goes on, slower than somebody thinks."""

    def absent(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", absent)
    with caplog.at_level(logging.WARNING):
        session = opened(text_model(tmp_path) / "model.onnx", ["last_hidden_state"])
    assert (session.device, of_a_gpu) == ("cpu", [_CPU])
    assert [record.message for record in caplog.records] == [
        "this image is made for a GPU, and the node has none or no driver for it"
    ]
