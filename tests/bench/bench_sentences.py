"""Texts of 30 tokens into MiniLM's vectors: 100 a core-second, beside sentence-transformers and the file's padding.

Times are those of the calls alone, models opened before; by the processor, for each uses as many as there are. Ours are
the int8 weights that `make test-models` fetches; without them nothing is measured. Sentence-transformers computes a
network of the same shape with float32 weights, as it does by itself (tests/bench/on_sentence_transformers.py). Its
environment is 7 GB, for PyTorch comes with CUDA; where it cannot be had, its ratio is not here.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from components.vectors.embed_texts import Settings, encoder
from components.vectors.model import Address
from components.vectors.texts import Encoder
from tests.bench.cost import Cost, here
from tests.bench.environments import other
from tests.bench.rows import Other, Row, least, most
from tests.models.minilm import unpacked

SMALL = 0.1
FEW, A_CORE_SECOND = 5000, 100
PEER = "sentence-transformers==6.2.0"
# What BERT's vocabulary has as one token each; with the marks of the ends a text has 30 on average.
WORDS = ("soft", "blue", "wool", "warm", "winter", "cotton", "black", "shirt", "with", "long", "for", "cold", "days")
LEAST, MOST = 18, 39
FILES_PADDING = 128


def texts(count: int) -> list[str]:
    """Texts of 20 to 40 tokens."""
    draw = np.random.default_rng(3)
    lengths = draw.integers(LEAST, MOST, count)
    return [" ".join(draw.choice(WORDS, length)) for length in lengths]


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """Ours beside both."""
    count = int(FEW * scale)
    work, target = f"{count:,} texts of 30 tokens", most(count / A_CORE_SECOND, "cpu")
    if not (directory := unpacked(scratch / "model")):
        yield Row(f"{work}: make test-models has not fetched MiniLM", targets=(target, least(6, "peer")))
        return
    given = texts(count)
    made = encoder(Settings(Address(f"file://{directory}")), scratch / "scratch")[1]
    made.encode(given[:100])
    ours = here(lambda: made.encode(given))
    yield Row(work, ours, Other(PEER, transformers(directory, given)), targets=(target,), by="cpu")
    theirs = Other(f"padded to {FILES_PADDING}, as the file says", here(lambda: padded(made, given)))
    yield Row(work, ours, theirs, targets=(least(6, "peer"),), by="cpu")


def transformers(directory: Path, given: list[str]) -> Cost | None:
    """What the peer's call costs; None where it cannot be installed."""
    if not (python := other(PEER)):
        return None
    laid = directory / "texts.json"
    laid.write_text(json.dumps(given))
    script = Path(__file__).with_name("on_sentence_transformers.py")
    words = [python, script, directory / "tokenizer.json", laid]
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    return Cost(*json.loads(said.splitlines()[-1]))


def padded(made: Encoder, given: list[str]) -> None:
    """Encode them all as long as the tokenizer's file says."""
    made.tokenizer.enable_padding(length=FILES_PADDING)
    try:
        made.encode(given)
    finally:
        made.tokenizer.no_padding()
