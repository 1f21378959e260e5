"""Models by their address: found, fetched, checked; never unpickled, and nothing asked of the network."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from components.shell.errors import ConfigurationError
from components.vectors.model import Address, fetched
from components.vectors.session import opened
from components.vectors.texts import OUTPUTS
from tests.components.vectors import tiny
from tests.conftest import ObjectStore

BESIDE = ["tokenizer.json"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model on this machine, in a folder whose name is odd."""
    return tiny.text_model(tmp_path / "a model")


def found(address: Address, scratch: Path, digest: str = "") -> str:
    """The digest of the model at an address."""
    return fetched(address, BESIDE, scratch, digest).digest


def test_one_model_has_one_digest_wherever_it_lies(
    tmp_path: Path, model: Path, object_store: ObjectStore, catalog_env: dict[str, str]
) -> None:
    """In a folder, in a bucket, and in a cache of Hugging Face's tools, by revision or by commit."""
    here = found(Address(f"file://{str(model).replace(' ', '%20')}"), tmp_path)
    for name in ("model.onnx", "tokenizer.json"):
        object_store.client.fput_object(object_store.bucket, f"models/x/{name}", str(model / name))
    cache = tmp_path / "cache"
    snapshot = cache / "models--we--tiny/snapshots/abc"
    (snapshot / "onnx").mkdir(parents=True)
    shutil.copy2(model / "model.onnx", snapshot / "onnx")
    (snapshot / "tokenizer.json").symlink_to(model / "tokenizer.json")
    (cache / "models--we--tiny/refs").mkdir()
    (cache / "models--we--tiny/refs/main").write_text("abc")
    assert found(Address(f"s3://{object_store.bucket}/models/x/"), tmp_path / "fetched") == here
    assert found(Address("hf://we/tiny@main", str(cache)), tmp_path) == here
    assert found(Address("hf://we/tiny@abc", str(cache)), tmp_path, here.upper()) == here
    with (model / "tokenizer.json").open("a") as file:
        file.write("\n")
    assert found(Address(f"file://{model}"), tmp_path) != here


def with_weights_in(model: Path, name: str, factor: float = 1) -> None:
    """Put the weights of the model, multiplied, into a file beside it."""
    network = onnx.load(model / "model.onnx")
    weights = network.graph.initializer[0]
    weights.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weights) * np.float32(factor), weights.name))
    onnx.save(network, model / "model.onnx", save_as_external_data=True, location=name, size_threshold=0)


@pytest.fixture(params=["file", "s3", "hf"])
def address(
    request: pytest.FixtureRequest, tmp_path: Path, model: Path, object_store: ObjectStore, catalog_env: dict[str, str]
) -> Callable[[], Address]:
    """What lays the model as it is now where one form of address leads, and says the address."""

    def laid() -> Address:
        if request.param == "file":
            return Address(f"file://{str(model).replace(' ', '%20')}")
        if request.param == "s3":
            for file in model.iterdir():
                object_store.client.fput_object(object_store.bucket, f"models/x/{file.name}", str(file))
            return Address(f"s3://{object_store.bucket}/models/x")
        home = tmp_path / "cache/models--we--tiny"
        for folder in ("blobs", "snapshots/abc"):
            (home / folder).mkdir(parents=True, exist_ok=True)
        for file in model.iterdir():
            shutil.copy2(file, home / "blobs" / f"of-{file.name}")
            (home / "snapshots/abc" / file.name).unlink(missing_ok=True)
            (home / "snapshots/abc" / file.name).symlink_to(f"../../blobs/of-{file.name}")
        return Address("hf://we/tiny@abc", str(tmp_path / "cache"))

    return laid


def test_weights_beside_a_network_are_in_its_digest(
    tmp_path: Path, model: Path, address: Callable[[], Address]
) -> None:
    """Under its name and more; what has another name no digest tells, and is not opened."""
    given = {"input_ids": np.array([[2, 5, 3]]), "attention_mask": np.ones((1, 3), np.int64)}
    digests = []
    for factor in (1, -1):
        with_weights_in(model, "model.onnx_data", factor)
        there = fetched(address(), BESIDE, tmp_path / "scratch")
        digests.append(there.digest)
        vectors = opened(there.network, OUTPUTS).run(given).mean(axis=1)
        assert np.allclose(vectors / np.linalg.norm(vectors), factor * tiny.expected("warm"))
    assert len(set(digests)) == len(digests)
    (model / "model.onnx_data").unlink()
    tiny.text_model(model)
    with_weights_in(model, "weights.bin")
    with pytest.raises(ConfigurationError, match=r"weights in a file that is none of the model's.*model.onnx_data"):
        opened(fetched(address(), BESIDE, tmp_path / "scratch").network, OUTPUTS)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://example.org/model", r"is no address of a model.*file:///directory"),
        ("file://host/model", "is no address of a model"),
        ("file:///models/x#text_embeds", r"is no address of a model: it has a #.*write %23"),
        ("hf://we/tiny", "names no revision"),
        ("hf://we/tiny@../../..", "names no revision"),
        ("hf://we/tiny@v2", r"is not in the cache .*nothing is downloaded"),
        ("file:///nowhere/at/all", r"there is no model\.onnx at"),
    ],
)
def test_an_address_that_leads_nowhere_says_so(tmp_path: Path, uri: str, words: str) -> None:
    """In one line that says what to write."""
    with pytest.raises(ConfigurationError, match=words):
        found(Address(uri, str(tmp_path)), tmp_path)


def test_a_commit_is_found_by_its_beginning(tmp_path: Path, model: Path) -> None:
    """As the address of a model's page has it; where two begin alike, both are named."""
    cache = tmp_path / "cache"
    for name in ("c9745ed1" + "0" * 32, "c9746" + "0" * 35):
        shutil.copytree(model, cache / "models--we--tiny/snapshots" / name)
    here = found(Address(f"file://{str(model).replace(' ', '%20')}"), tmp_path)
    assert found(Address("hf://we/tiny@c9745ed1", str(cache)), tmp_path) == here
    with pytest.raises(
        ConfigurationError, match=r"is several commits in the cache: c9745ed1\d+ and c97460+ - write more"
    ):
        found(Address("hf://we/tiny@c974", str(cache)), tmp_path)
    for revision in ("c97", "c9745ed2", "*"):
        with pytest.raises(ConfigurationError, match=r"is not in the cache|names no revision"):
            found(Address(f"hf://we/tiny@{revision}", str(cache)), tmp_path)


def test_pickles_are_refused_and_missing_files_named(tmp_path: Path, model: Path) -> None:
    """Another digest too: the address's owner may have changed what lies there."""
    address = Address(f"file://{model}")
    with pytest.raises(ConfigurationError, match=r"has digest \w{64}, not 00"):
        found(address, tmp_path, "00")
    (model / "tokenizer.json").unlink()
    with pytest.raises(ConfigurationError, match=r"has no tokenizer\.json"):
        found(address, tmp_path)
    (model / "model.onnx").rename(model / "pytorch_model.bin")
    with pytest.raises(ConfigurationError, match=r"is a pickle \(pytorch_model.bin\).*never opened"):
        found(address, tmp_path)
