"""Texts of 30 tokens into MiniLM's vectors: 100 a core-second, beside sentence-transformers and the file's padding.

Times are those of the calls alone, models opened before; by the processor, for each uses as many as there are. Ours are
the int8 weights that `make test-models` fetches; without them nothing is measured. Sentence-transformers computes a
network of the same shape with float32 weights, as it does by itself (tests/bench/on_sentence_transformers.py). Its
environment is 6 GB, for PyTorch comes with CUDA; where it cannot be had, its ratio is not here. The file's padding is
128 tokens: of texts of 30 tokens nobody can be more than 128 / 30 = 4.3 times as fast, so 6 is said of 20 tokens.
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
SIX = least(6, "peer")
PEER = "sentence-transformers==6.2.0"
# What BERT's vocabulary has as one token each.
WORDS = ("soft", "blue", "wool", "warm", "winter", "cotton", "black", "shirt", "with", "long", "for", "cold", "days")
AROUND, MARKS = 10, 2
FILES_PADDING = 128


def texts(count: int, tokens: int) -> list[str]:
    """Texts of so many tokens on average, up to ten fewer or more; two of them mark the ends."""
    draw = np.random.default_rng(3)
    lengths = draw.integers(tokens - AROUND - MARKS, tokens + AROUND - MARKS + 1, count)
    return [" ".join(draw.choice(WORDS, length)) for length in lengths]


def measure(scratch: Path, scale: float) -> Iterator[Row]:
    """Ours beside both."""
    count = int(FEW * scale)
    work, target = "{:,} texts of {} tokens".format, most(count / A_CORE_SECOND, "cpu")
    if not (directory := unpacked(scratch / "model")):
        yield Row(f"{work(count, 30)}: make test-models has not fetched MiniLM", targets=(target, SIX))
        return
    made = encoder(Settings(Address(f"file://{directory}")), scratch / "scratch")[1]
    given = texts(count, 30)
    made.encode(given[:100])
    ours = here(lambda: made.encode(given))
    yield Row(work(count, 30), ours, Other(PEER, transformers(directory, given)), targets=(target,), by="cpu")
    few = texts(count // 5, 20)
    short = here(lambda: made.encode(few))
    padding = Other(f"padded to {FILES_PADDING}, as the file says", here(lambda: padded(made, few)))
    yield Row(work(len(few), 20), short, padding, targets=(SIX,), by="cpu")


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
