"""Tiny models in ONNX whose vectors are a closed form: they are linear, and their weights are known."""

import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "jumper",
    "warm",
    "winter",
    "wool",
    "knife",
    "steel",
    "kitchen",
    "blue",
    "red",
]
WIDTH = 8
# What CLIP expects of pictures, channel by channel.
MEAN, SPREAD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_SPLIT = re.compile(r"\w+|[^\w\s]+")


def weights(seed: int = 7, rows: int = len(WORDS), width: int = WIDTH) -> npt.NDArray[np.float32]:
    """What the tokens stand for."""
    return np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32)


def split(text: str) -> list[str]:
    """The words and signs of a text, as the tokenizer splits it."""
    return _SPLIT.findall(text)


def tokenizer(directory: Path, words: Sequence[str] = WORDS) -> None:
    """A tokenizer of whole words, which marks both ends, pads to 128 and cuts at 128, as MiniLM's file has it."""
    made = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_truncation(128)
    made.enable_padding(length=128)
    made.save(str(directory / "tokenizer.json"))


def text_model(
    directory: Path,
    *,
    seed: int = 7,
    width: int = WIDTH,
    kind: str = "linear",
    output: str = "last_hidden_state",
    inputs: Sequence[str] = ("input_ids", "attention_mask"),
    words: Sequence[str] = WORDS,
    rows: int = len(WORDS),
) -> Path:
    """A model of texts: each token's row of the weights.

    `dynamic` rounds them to 8 bits by the range of the whole batch, as dynamic quantisation does; `nan` and `zero` give
    what is no vector; `any` takes each number for a token; `several` has other outputs before the one with vectors, and
    `both` its `negative` beside it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    table = weights(seed, rows, width) * (0 if kind == "zero" else 1)
    nodes, constants = _looked_up(kind, table)
    last = nodes[-1].output[0]
    nodes += [helper.make_node("Identity", [last], [output])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", "length", width])]
    if kind == "several":
        nodes += [helper.make_node("ReduceSum", ["raw"], ["total"], keepdims=0)]
        outputs.insert(0, helper.make_tensor_value_info("total", TensorProto.FLOAT, []))
    if kind == "both":
        nodes += [helper.make_node("Neg", ["raw"], ["negative"])]
        outputs += [helper.make_tensor_value_info("negative", TensorProto.FLOAT, ["batch", "length", width])]
    given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in inputs]
    graph = helper.make_graph(nodes, "tiny", given, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(made)
    onnx.save(made, directory / "model.onnx")
    tokenizer(directory, words)
    return directory


def _looked_up(kind: str, table: npt.NDArray[np.float32]) -> tuple[list[onnx.NodeProto], list[TensorProto]]:
    """What looks each token's row up in the table, in the way of this kind, and the constants for it."""
    nodes = [helper.make_node("Gather", ["table", "token" if kind == "any" else "input_ids"], ["raw"])]
    constants = [numpy_helper.from_array(table, "table")]
    if kind == "dynamic":
        # Large only where something is padded: so the range depends on the batch.
        constants += [numpy_helper.from_array(np.array(40, np.float32), "forty")]
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Constant", [], ["one"], value_float=1.0),
            helper.make_node("Sub", ["one", "mask"], ["padded"]),
            helper.make_node("Mul", ["padded", "forty"], ["large"]),
            helper.make_node("Constant", [], ["axis"], value_ints=[2]),
            helper.make_node("Unsqueeze", ["large", "axis"], ["wide"]),
            helper.make_node("Add", ["raw", "wide"], ["spread"]),
            helper.make_node("DynamicQuantizeLinear", ["spread"], ["eight", "scale", "zero"]),
            helper.make_node("DequantizeLinear", ["eight", "scale", "zero"], ["rounded"]),
        ]
    if kind == "any":
        constants += [numpy_helper.from_array(np.array(len(table), np.int64), "rows")]
        nodes.insert(0, helper.make_node("Mod", ["input_ids", "rows"], ["token"]))
    if kind == "nan":
        nodes += [helper.make_node("Sub", ["raw", "raw"], ["none"]), helper.make_node("Div", ["none", "none"], ["odd"])]
    return nodes, constants


def expected(text: str, seed: int = 7, words: Sequence[str] = WORDS) -> npt.NDArray[np.float64]:
    """The vector of a text, word by word."""
    places = [words.index(word) if word in words else 1 for word in split(text)][:254]
    table = weights(seed, len(words)).astype(np.float64)
    total = np.zeros(WIDTH)
    for place in [2, *places, 3]:
        total += table[place]
    return total / (total @ total) ** 0.5


def image_model(
    directory: Path,
    *,
    width: int = WIDTH,
    inputs: Sequence[str] = ("pixel_values",),
    times: float = 1,
    alone: bool = True,
) -> Path:
    """A model of images: the mean of each 32 by 32 pixels, times the weights.

    Where they are not `alone`, the mean of the whole batch is added, as normalising by batches does in training.
    """
    directory.mkdir(parents=True, exist_ok=True)
    constants = [numpy_helper.from_array(image_weights(width) * np.float32(times), "table")]
    nodes = [
        helper.make_node("AveragePool", ["pixel_values"], ["pooled"], kernel_shape=[32, 32], strides=[32, 32]),
        *([] if alone else [helper.make_node("ReduceMean", ["pooled"], ["others"], axes=[0], keepdims=1)]),
        helper.make_node("Identity" if alone else "Add", ["pooled"] if alone else ["pooled", "others"], ["seen"]),
        helper.make_node("Flatten", ["seen"], ["flat"]),
        helper.make_node("MatMul", ["flat", "table"], ["image_embeds"]),
    ]
    given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 3, 224, 224]) for name in inputs]
    outputs = [helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["batch", width])]
    graph = helper.make_graph(nodes, "tiny", given, outputs, constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(made)
    onnx.save(made, directory / "model.onnx")
    return directory


def image_weights(width: int = WIDTH) -> npt.NDArray[np.float32]:
    """What the model of images multiplies by."""
    return np.random.default_rng(9).normal(size=(3 * 7 * 7, width)).astype(np.float32)


def of_colour(red: int, green: int, blue: int, width: int = WIDTH) -> npt.NDArray[np.float64]:
    """The vector of an image of one colour."""
    channels = [(value / 255 - MEAN[place]) / SPREAD[place] for place, value in enumerate((red, green, blue))]
    found = np.repeat(channels, 49) @ image_weights(width).astype(np.float64)
    return found / np.linalg.norm(found)


def colours(names: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """A colour of its own for each name."""
    return {name: (200, 7 * place % 256, 255 - 5 * place % 256) for place, name in enumerate(sorted(names))}


def image(colour: tuple[int, int, int]) -> bytes:
    """The bytes of an image of one colour."""
    target = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(target, "PNG")
    return target.getvalue()
