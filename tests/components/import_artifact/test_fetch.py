"""What lies at an address comes as it is, with what is known of it, or one line says why it does not."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from components.connect import endpoints
from components.import_artifact.fetch import fetch, inside, store_of
from components.import_artifact.report import report_artifact
from components.import_artifact.schemes import behind_scheme, scheme_of
from components.shell.errors import ConfigurationError, ContractError
from tests.conftest import ObjectStore

ODD = "a b/é%20?x=1#y"


@pytest.fixture
def store(object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch) -> ObjectStore:
    """The running store, in the environment as steps are told of it."""
    for name, value in _environment(object_store).items():
        monkeypatch.setenv(name, value)
    return object_store


def _environment(store: ObjectStore) -> dict[str, str]:
    names = ("MINIO_ENDPOINT", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY")
    return dict(zip(names, (store.endpoint, store.access_key, store.secret_key), strict=True))


def _put(store: ObjectStore, *names: str) -> None:
    for name in names:
        store.client.put_object(store.bucket, name, io.BytesIO(name.encode()), len(name.encode()))


@pytest.mark.parametrize("scheme", ["s3", "minio"])
def test_an_object_is_a_file(store: ObjectStore, tmp_path: Path, scheme: str) -> None:
    """Whatever its name; another one that only begins alike is left alone."""
    _put(store, ODD, f"{ODD}2")
    assert fetch(f"{scheme}://{store.bucket}/{ODD}", tmp_path / "artifact")
    assert (tmp_path / "artifact").read_text() == ODD


def test_what_lies_below_a_key_is_a_directory(store: ObjectStore, tmp_path: Path) -> None:
    """With all that lies below it, and nothing of its neighbour."""
    _put(store, "rows/a", "rows/deep/b", "rows2/c")
    assert fetch(f"s3://{store.bucket}/rows/", tmp_path / "artifact")
    found = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"artifact/a": "rows/a", "artifact/deep/b": "rows/deep/b"}


def test_an_object_within_another(store: ObjectStore, tmp_path: Path) -> None:
    """A store allows it and no directory does; the line names both, and nothing is copied."""
    _put(store, "rows/a", "rows/a/b", "rows/c")
    with pytest.raises(ContractError, match="the objects rows/a and rows/a/b cannot both be files"):
        fetch(f"s3://{store.bucket}/rows", tmp_path / "artifact")
    assert not (tmp_path / "artifact").exists()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://me:so-up@example.org/rows?X-Amz-Signature=so-up", "https://example.org/rows?…"),
        ("https://example.org/rows", "https://example.org/rows"),
    ],
)
def test_a_signed_address_is_not_printed_whole(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, address: str, said: str
) -> None:
    """Its query is as good as a key; readers get the whole of it."""
    told = _told(tmp_path)
    assert not fetch(address, tmp_path / "artifact")
    report_artifact(told, address, None, {})
    assert [each.getMessage().partition(": ")[0] for each in caplog.records] == [said]
    assert _artifact(tmp_path)["uri"] == address


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("oci://me:so-up@registry/model?x", "oci://registry/model?… cannot be imported"),
        ("s3://{bucket}/nowhere", "nothing lies at nowhere in the bucket {bucket} - correct the address"),
        ("s3://no-such-bucket-here/x", "bucket no-such-bucket-here cannot be used: NoSuchBucket"),
        ("s3://{bucket}", "the address names no object - write s3://bucket/key"),
        ("oci://registry/model:1", "oci://registry/model:1 cannot be imported: an image has to be mounted"),
        ("rows.csv", "the address 'rows.csv' is none - write s3://bucket/key"),
        ("", "the address '' is none"),
        ("file:///no/such", "there is no /no/such here - correct the address"),
    ],
)
def test_what_cannot_be_had(store: ObjectStore, tmp_path: Path, address: str, line: str) -> None:
    """Exit code 11: a second try would not help."""
    with pytest.raises(ConfigurationError) as caught:
        fetch(address.format(bucket=store.bucket), tmp_path / "artifact")
    assert str(caught.value).startswith(line.format(bucket=store.bucket))


def test_wrong_keys(store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line names the settings."""
    monkeypatch.setenv("MINIO_SECRET_KEY", "wrong-secret")
    with pytest.raises(ConfigurationError, match="check MINIO_ACCESS_KEY and MINIO_SECRET_KEY"):
        fetch(f"s3://{store.bucket}/x", tmp_path / "artifact")


@pytest.mark.parametrize("form", ["{path}", "file://{path}"])
def test_files_and_directories_of_this_machine(tmp_path: Path, form: str) -> None:
    """They are copied, so a reader that writes changes nothing but its own."""
    (tmp_path / "rows%20").mkdir()
    (tmp_path / "rows%20" / "a").write_text("1")
    assert fetch(form.format(path=tmp_path / "rows%20"), tmp_path / "directory")
    assert fetch(form.format(path=tmp_path / "rows%20" / "a"), tmp_path / "file")
    assert ((tmp_path / "directory/a").read_text(), (tmp_path / "file").read_text()) == ("1", "1")


@pytest.mark.parametrize("address", ["/proc/self/environ", "file:///proc/self/environ", "rows.csv", ""])
def test_no_file_of_a_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """A parameter of a run must not hand out the keys in the step's own environment; a laptop's runner may be there."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    with pytest.raises(ConfigurationError, match="files of a pod are not imported - put what is to be imported into"):
        fetch(address, tmp_path / "artifact")
    assert not (tmp_path / "artifact").exists()
    monkeypatch.setenv("STOCKPOT_ENGINE", "local")
    (tmp_path / "rows").write_text("1")
    assert fetch(str(tmp_path / "rows"), tmp_path / "artifact")


def test_files_that_cannot_be_copied(tmp_path: Path) -> None:
    """One line names the first, however many there are."""
    (tmp_path / "rows").mkdir()
    os.mkfifo(tmp_path / "rows/pipe")
    for source, reason in (
        (tmp_path / "rows/pipe", f"`{tmp_path}/rows/pipe` is a named pipe"),
        (tmp_path / "rows", f"{tmp_path}/rows/pipe: `{tmp_path}/rows/pipe` is a named pipe"),
        (Path(f"/{'x' * 300}"), "File name too long"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            fetch(str(source), tmp_path / "artifact")
        assert str(caught.value).startswith(f"{source} cannot be copied: {reason} - see that all below it")


@pytest.mark.parametrize("address", ["https://example.org/rows.csv", "bq://project.table"])
def test_other_schemes_are_addresses_alone(tmp_path: Path, address: str) -> None:
    """As KFP's launcher copies nothing of them; where nothing was copied, no path is told."""
    told = _told(tmp_path)
    assert not fetch(address, tmp_path / "artifact")
    report_artifact(told, address, None, {})
    assert (tmp_path / "artifact").read_bytes() == b""
    assert _artifact(tmp_path) == {"uri": address, "metadata": {}}


def test_googles_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is public there needs no keys; with the store's settings for it they are used."""
    for name, value in {
        "ENDPOINT": "http://127.0.0.1:1",
        "ACCESS_KEY": "key-of-it",
        "SECRET_KEY": "secret-of-it",
    }.items():
        monkeypatch.setenv(f"MINIO_{name}", value)
    assert store_of("gs") == endpoints.ObjectStore("storage.googleapis.com", True, "", "")
    assert store_of("s3").host == "127.0.0.1:1"
    monkeypatch.setenv("MINIO_ENDPOINT", "https://storage.googleapis.com")
    assert (store_of("gs").host, store_of("gs").access_key) == ("storage.googleapis.com", "key-of-it")


def test_a_name_that_leads_out_of_the_directory() -> None:
    """A store takes such names; a file system would follow them."""
    assert inside("rows/a/b", "rows") == PurePosixPath("a/b")
    for name in ("rows/../../etc/passwd", "rows//etc/passwd"):
        with pytest.raises(ContractError, match="would lie outside"):
            inside(name, "rows")


def _told(room: Path, **parameters: object) -> dict[str, object]:
    outputs = {"artifacts": {"artifact": {}}, "outputFile": str(room / "output.json")}
    return {"inputs": {"parameterValues": parameters}, "outputs": outputs}


def _artifact(room: Path) -> object:
    return json.loads((room / "output.json").read_text())["artifacts"]["artifact"]["artifacts"][0]


def test_metadata_with_parameters(tmp_path: Path) -> None:
    """They become text, also in keys and within texts; a constant keeps its type."""
    name, count = "{{$.inputs.parameters['metadata']}}", '{{$.inputs.parameters["metadata-2"]}}'
    told = _told(tmp_path, metadata='so"up', **{"metadata-2": 3})
    report_artifact(told, "s3://b/k", tmp_path / "artifact", {"n": 1.5, name: [count, f"{name}-{count}"], "yes": True})
    assert _artifact(tmp_path) == {
        "uri": "s3://b/k",
        "metadata": {"n": 1.5, 'so"up': ["3", 'so"up-3'], "yes": True},
        "custom_path": str(tmp_path / "artifact"),
    }
    with pytest.raises(ConfigurationError, match="the metadata name the parameter 'none', which has no value"):
        report_artifact(told, "s3://b/k", None, {"x": "{{$.inputs.parameters['none']}}"})


@pytest.mark.parametrize(
    ("address", "scheme", "rest"),
    [("S3://b/k", "s3", "b/k"), ("/a://b", "", "/a://b"), ("file:///a", "file", "/a"), ("C:/x", "", "C:/x")],
)
def test_schemes(address: str, scheme: str, rest: str) -> None:
    """What stands before `://`, in small letters."""
    assert (scheme_of(address), behind_scheme(address)) == (scheme, rest)


def test_the_command(store: ObjectStore, tmp_path: Path) -> None:
    """It needs no more than an address and a place."""
    _put(store, "x")
    command = [sys.executable, "-m", "components.import_artifact", "--address", f"s3://{store.bucket}/x"]
    command += ["--artifact", str(tmp_path / "artifact")]
    done = subprocess.run(
        command, env={**os.environ, **_environment(store)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, (tmp_path / "artifact").read_text()) == (0, "x"), done.stderr
