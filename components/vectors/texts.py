"""Texts into vectors: cut into tokens, sorted by their number, run in batches, and averaged over what is no padding."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from components.shell.control_group import processors
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.redaction import brief
from components.vectors.arrays import Floats
from components.vectors.session import CPU, CUDA, Session, require_same, unit

POOLED, HIDDEN = ("sentence_embedding", "text_embeds"), ("last_hidden_state", "token_embeddings")
OUTPUTS = (*POOLED, *HIDDEN)
BUDGETS: Mapping[str, int] = MappingProxyType({CPU: 512, CUDA: 4096})
"""So many tokens, padding too, are run at once: a processor's caches hold no more, a GPU wants more to do."""
_PADDINGS = ("[PAD]", "<pad>")
_TOKENS, _HIDDEN = "input_ids", 3
_PADDED = 1024
"""Tokens: a table of a network may have so many rows more than its tokenizer has tokens, to be a round number long."""
_ANY = 2**31 - 1
_Indices: TypeAlias = npt.NDArray[np.intp]
_Numbers: TypeAlias = npt.NDArray[np.int64]
# So that a single text is padded too when batches are compared.
_PROBES = ("a", "a warm winter jumper of soft wool, " * 12)


@dataclass(frozen=True)
class Encoded:
    """Of each text its vector, how many tokens it has, and whether some were cut off."""

    vectors: Floats
    tokens: npt.NDArray[np.int32]
    truncated: npt.NDArray[np.bool_]


def tokenizer(path: Path, max_tokens: int) -> Tokenizer:
    """The tokenizer in the file, which cuts texts at so many tokens and pads none, whatever the file says.

    Files come with the limits of their training: one that pads each text to 128 costs six times the work, and one that
    cuts there loses half of a long text.

    Raises:
        ConfigurationError: it is none, or the limit makes no sense.
    """
    if max_tokens < _HIDDEN:
        raise ConfigurationError(f"max_tokens is {max_tokens}", "give 3 or more: two of them are marks of the ends")
    try:
        loaded = Tokenizer.from_file(str(path))
    except Exception as error:  # noqa: BLE001 - all that it raises is Exception itself
        raise ConfigurationError(f"{path.name} is no tokenizer: {brief(error, 200)}", "export it anew") from None
    loaded.enable_truncation(max_tokens)
    loaded.no_padding()
    return loaded


@dataclass(frozen=True)
class Encoder:
    """What makes vectors of texts.

    Each processor has a batch of its own: together on one they wait for each other more than they compute, half as long
    again (MiniLM, two processors), and sums would go by how many there are.
    """

    tokenizer: Tokenizer
    session: Session
    budget: int = BUDGETS[CPU]

    def encode(self, texts: Sequence[str]) -> Encoded:
        """The vectors of the texts, in their order.

        Raises:
            ConfigurationError: tokenizer and network do not belong together.
            ContractError: a vector makes no sense.
        """
        cut = self.tokenizer.encode_batch_fast(list(texts))
        tokens = np.fromiter((len(each.ids) for each in cut), np.int32, len(cut))
        truncated = np.fromiter((bool(each.overflowing) for each in cut), np.bool_, len(cut))
        if empty := int((tokens == 0).sum()):
            raise ContractError(
                f"the tokenizer finds no token in {counted(empty, 'text')}", "use one that marks their ends"
            )
        order = np.argsort(tokens, kind="stable")
        batches = [[cut[index] for index in batch] for batch in _batches(order, tokens, self.budget)]
        within = sum(len(batch[-1].ids) <= self.budget for batch in batches)
        with ThreadPoolExecutor(1 if self.session.device == CUDA else processors()) as pool:
            parts = list(pool.map(self._run, batches[:within]))
        # The longest come last. What attention holds of a text grows with the square of its tokens: one at a time.
        parts += map(self._run, batches[within:])
        vectors = np.concatenate(parts) if parts else np.empty((0, 0), np.float32)
        restored = np.empty_like(vectors)
        restored[order] = vectors
        return Encoded(restored, tokens, truncated)

    def _run(self, cut: Sequence[Any]) -> Floats:
        """The vectors of a batch, padded to the longest text in it."""
        ids, mask, kinds = _padded(cut, self._padding)
        output = self.session.run(_inputs(ids, mask, kinds))
        return unit(_mean(output, mask) if output.ndim == _HIDDEN else output, "texts")

    @property
    def _padding(self) -> int:
        known = (self.tokenizer.token_to_id(each) for each in _PADDINGS)
        return next((each for each in known if each is not None), 0)

    def require_own_tokenizer(self) -> None:
        """Nothing, unless the network knows many more tokens than the tokenizer.

        It takes each number that such a tokenizer gives, and means another token by it. A network that takes any number
        tells nothing; nor does one on a GPU, where none is refused.

        Raises:
            ConfigurationError: it does.
        """
        known = max(self.tokenizer.get_vocab().values(), default=0) + 1
        if self.session.device == CPU and self._takes(known + _PADDED) and not self._takes(_ANY):
            problem = f"the network knows over {_PADDED:,} tokens more than its tokenizer, which has {known:,}"
            raise ConfigurationError(problem, "put the tokenizer.json beside it that it was trained with")

    def _takes(self, token: int) -> bool:
        ids = np.full((1, 1), token, np.int64)
        return self.session.takes(_inputs(ids, np.ones_like(ids), np.zeros_like(ids)))

    def require_independence(self, texts: Sequence[str]) -> None:
        """Nothing, if a text has the same vector alone and among others.

        Raises:
            ContractError: it has not.
        """
        asked = [*texts, *_PROBES]
        together = self._run(self.tokenizer.encode_batch_fast(asked))
        alone = np.concatenate([self._run([each]) for each in self.tokenizer.encode_batch_fast(asked)])
        require_same(together, alone)


def _batches(order: _Indices, tokens: npt.NDArray[np.int32], budget: int) -> Iterator[_Indices]:
    """Indices in the order of their tokens, in parts that hold at most the budget when padded, or a single text."""
    begin = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - begin) * int(tokens[order[end]]) > budget:
            yield order[begin:end]
            begin = end


def _inputs(ids: _Numbers, mask: _Numbers, kinds: _Numbers) -> dict[str, _Numbers]:
    return {_TOKENS: ids, "attention_mask": mask, "token_type_ids": kinds}


def _padded(cut: Sequence[Any], padding: int) -> tuple[_Numbers, _Numbers, _Numbers]:
    """Tokens, mask and kinds of a batch, each as long as the longest text."""
    shape = (len(cut), max(len(each.ids) for each in cut))
    ids, mask, kinds = np.full(shape, padding, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, each in enumerate(cut):
        length = len(each.ids)
        ids[row, :length], mask[row, :length], kinds[row, :length] = each.ids, 1, each.type_ids
    return ids, mask, kinds


def _mean(hidden: Floats, mask: _Numbers) -> Floats:
    """The mean over the tokens that are no padding.

    Sums go token by token, so that zeros behind the last change nothing, not even a last bit.
    """
    weights = mask[:, :, None].astype(np.float32)
    total: Floats = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    return total
