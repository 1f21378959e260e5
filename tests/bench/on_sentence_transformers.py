"""Texts into vectors as sentence-transformers does it, by itself: MiniLM's shape, weights by chance, sums in float32.

`python on_sentence_transformers.py TOKENIZER TEXTS`: prints seconds by the clock and of the processor of one call, the
model opened and a first call made before. What weights are makes no call longer or shorter.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Normalize, Pooling, Transformer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

MINILM = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
LONGEST = 256


def model(tokenizer, directory):
    """A network of MiniLM's shape with this tokenizer, and what comes after it."""
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_file=tokenizer, **special).save_pretrained(directory)
    BertModel(BertConfig(**MINILM)).save_pretrained(directory)
    network = Transformer(directory, max_seq_length=LONGEST)
    return SentenceTransformer(modules=[network, Pooling(MINILM["hidden_size"]), Normalize()], device="cpu")


def main(tokenizer, texts):
    """Encode all of them once."""
    given = json.loads(Path(texts).read_text())
    with tempfile.TemporaryDirectory() as directory:
        made = model(tokenizer, directory)
    made.encode(given[:100])
    begin, cpu = time.perf_counter(), time.process_time()
    vectors = made.encode(given)
    print(json.dumps([time.perf_counter() - begin, time.process_time() - cpu]))
    assert vectors.shape == (len(given), MINILM["hidden_size"])


if __name__ == "__main__":
    main(*sys.argv[1:])
