"""A network that is ready to compute, and vectors of length 1 out of what it computes."""

import ctypes
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# Before it is imported: else it tells its makers of every model that it opens.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as state

from components.shell.control_group import processors
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, ContractError
from components.shell.redaction import brief
from components.vectors.arrays import Floats

CPU, CUDA = "cpu", "cuda"
"""What computes."""
_ON_GPU, _ON_CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# As on processors: the shorter numbers that a GPU would multiply make other vectors.
_WHOLE = {"use_tf32": "0"}
log = logging.getLogger(__name__)

_REFUSED = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NoSuchFile,
    state.NotImplemented,
    state.RuntimeException,
)
# How ONNX Runtime says that weights lie where it may not read, or nowhere.
_OUTSIDE = "External data path"
_FATAL = 4
_DIMENSIONS = 2
_SAME = 1 - 1e-5
DRIFT = 64
"""So many of the vectors that stand are computed again in each run."""
_UNCHANGED = 0.999


@dataclass(frozen=True)
class Session:
    """A network, the inputs that it wants, and the output that holds the vectors."""

    inner: Any
    inputs: tuple[str, ...]
    output: str

    @property
    def device(self) -> str:
        """What computes: `cuda` where the image has it and the node a GPU, else `cpu`."""
        return CUDA if _ON_GPU in self.inner.get_providers() else CPU

    def run(self, given: Mapping[str, npt.NDArray[Any]]) -> Floats:
        """The output for what is given of the inputs.

        Raises:
            ConfigurationError: the network wants another input, or refuses what it gets.
        """
        if lacking := [name for name in self.inputs if name not in given]:
            raise ConfigurationError(
                f"the model wants an input '{lacking[0]}'; there are {', '.join(given)}", "choose a model for this kind"
            )
        try:
            (output,) = self.inner.run([self.output], {name: given[name] for name in self.inputs})
        except _REFUSED as error:
            problem = f"the model refuses its input: {brief(error, 200)}"
            raise ConfigurationError(problem, "see that tokenizer and model belong together") from None
        return np.asarray(output, dtype=np.float32)

    def takes(self, given: Mapping[str, npt.NDArray[Any]]) -> bool:
        """Whether the network computes anything of these inputs; the runtime does not log that it refuses them."""
        if not set(self.inputs) <= set(given):
            return False
        quiet = ort.RunOptions()
        quiet.log_severity_level = _FATAL
        try:
            self.inner.run([self.output], {name: given[name] for name in self.inputs}, quiet)
        except _REFUSED:
            return False
        return True


def opened(network: Path, preferred: Sequence[str], asked: str = "", threads: int | None = None) -> Session:
    """The session of a network, whose vectors are in the output `asked` for, or the first of the `preferred`.

    Where it has none of these names, they are in the only output that has three dimensions, or the only output. It
    computes on a GPU where the image is made for one and the node has one; else each call on so many threads, on as
    many as there are processors by itself.

    Raises:
        ConfigurationError: there is no such output, or the file is no network.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or processors()
    options.inter_op_num_threads = 1
    # Threads that wait by spinning take the processors from whoever else is there.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What it warns of is of no use to whoever reads the log of a step.
    options.log_severity_level = 3
    try:
        inner = ort.InferenceSession(str(network), options, providers=_providers())
    except _REFUSED as error:
        raise _not_opened(network.name, error) from None
    outputs = {each.name: each.shape for each in inner.get_outputs()}
    session = Session(inner, tuple(each.name for each in inner.get_inputs()), _chosen(outputs, preferred, asked))
    log.info("computing on %s", session.device)
    return session


def _providers() -> list[str | tuple[str, dict[str, str]]]:
    """What may compute, the fastest first; what cannot be loaded here is passed over for the next."""
    if _ON_GPU not in ort.get_available_providers():
        return [_ON_CPU]
    if not _has_driver():
        log.warning("this image is made for a GPU, and the node has none or no driver for it")
        return [_ON_CPU]
    # CUDA's libraries are packages of the image, which nobody else would find.
    ort.preload_dlls()
    return [(_ON_GPU, _WHOLE), _ON_CPU]


def _has_driver() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


def _not_opened(name: str, error: Exception) -> ConfigurationError:
    if _OUTSIDE in str(error):
        problem = f"{name} has weights in a file that is none of the model's, so no digest would tell its changes"
        return ConfigurationError(problem, f"export it anew, with all weights in {name} or {name}_data beside it")
    return ConfigurationError(f"{name} is no model: {brief(error, 200)}", "export it anew")


def _chosen(outputs: Mapping[str, Sequence[Any]], preferred: Sequence[str], asked: str) -> str:
    """The name of the output that holds the vectors.

    Raises:
        ConfigurationError: there is no such output, or nothing says which of several it is.
    """
    named = [asked] if asked else [name for name in preferred if name in outputs]
    three = [name for name, shape in outputs.items() if shape and len(shape) > _DIMENSIONS]
    for candidates in (named, *([] if asked else [three, list(outputs)])):
        if candidates and candidates[0] in outputs and (candidates is named or len(candidates) == 1):
            return candidates[0]
    raise ConfigurationError(
        f"nothing says which output of the model holds vectors: it has {', '.join(outputs)}", "name one of them"
    )


def unit(vectors: Floats, what: str) -> Floats:
    """The vectors with length 1.

    Raises:
        ContractError: one is not finite, or has no direction.
    """
    if vectors.ndim != _DIMENSIONS:
        dimensions = counted(vectors.ndim, "dimension")
        raise ContractError(f"the model returns arrays of {dimensions} for {what}", "name another output")
    if odd := int((~np.isfinite(vectors)).any(axis=1).sum()):
        raise ContractError(
            f"the model returned NaN or infinity for {odd:,} of {len(vectors):,} {what}", "use another model, in fp32"
        )
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if zero := int((norms == 0).sum()):
        raise ContractError(
            f"the model returned nothing but zeros for {zero:,} of {len(vectors):,} {what}", "use another model"
        )
    scaled: Floats = (vectors / norms).astype(np.float32)
    return scaled


def require_same(together: Floats, alone: Floats) -> None:
    """Nothing, if inputs have the same vectors alone and among others.

    Raises:
        ContractError: they have not; then what was encoded before and what is encoded now cannot be compared.
    """
    if (least := least_cosine(together, alone)) < _SAME:
        problem = f"this model depends on its batch: an input alone and among others has a cosine of {least:.6f}"
        raise ContractError(problem, "use fp32 or weight-only int8")


def require_unchanged(now: Floats, held: Floats) -> None:
    """Nothing, if inputs have the vectors now that stand of them.

    Raises:
        ContractError: the model has changed, and its digest has not.
    """
    if (least := least_cosine(now, held)) < _UNCHANGED:
        problem = f"this model gives other vectors than before under the same digest: cosine {least:.4f}"
        raise ContractError(problem, "look for another version of the runtime; a model of another digest starts anew")


def least_cosine(one: Floats, other: Floats) -> float:
    """The smallest cosine between vectors of length 1 at the same places; 1 where there are none."""
    if one.shape != other.shape:
        return -1.0
    return float((one.astype(np.float64) * other).sum(axis=1).min(initial=1.0))
