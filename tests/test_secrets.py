"""What a cluster's Secrets hand to the steps: for each part a step uses, every setting of it, and no other."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.connect.brokers import connection
from components.connect.endpoints import object_store, runs_url
from components.connect.postgres import secured
from components.shell.errors import ConfigurationError
from components.shell.settings import Part, of
from tests.policy.tree import parsed

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.name for path in (ROOT / "manifests/kfp").glob("*.yaml"))
Told = dict[str, dict[str, bool]]
THROUGH_NETWORK = {part.secret for part in Part if part.secret} - {Part.NETWORK.secret}


def _by_argo(path: Path) -> Iterator[Told]:
    for document in parsed(path.read_text()):
        for template in document["spec"].get("templates", []):
            told: Told = {}
            for variable in template.get("container", {}).get("env", []):
                if source := variable.get("valueFrom", {}).get("secretKeyRef"):
                    assert source["key"] == variable["name"]
                    told.setdefault(source["name"], {})[source["key"]] = not source.get("optional", False)
            yield told


def _by_kubeflow(path: Path) -> Iterator[Told]:
    _, platform = parsed(path.read_text())
    for executor in platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values():
        told: Told = {}
        for each in executor.get("secretAsEnv", []):
            for entry in each["keyToEnv"]:
                assert entry["secretKey"] == entry["envVar"]
                told.setdefault(each["secretName"], {})[entry["envVar"]] = not each.get("optional", False)
        yield told


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", ["argo", "kfp"])
def test_a_step_gets_every_setting_of_what_it_uses(engine: str, name: str) -> None:
    """Whole parts, under the settings' own names; only what is required may keep a step from starting."""
    read = _by_argo if engine == "argo" else _by_kubeflow
    table = {part.secret: {each.name: each.required for each in of(part)} for part in Part if part.secret}
    steps = [told for told in read(ROOT / "manifests" / engine / name) if told]
    assert steps
    for told in steps:
        assert told == {secret: table[secret] for secret in told}
        assert (Part.NETWORK.secret in told) == bool(told.keys() & THROUGH_NETWORK)


def _containers(value: Any) -> Iterator[list[str]]:
    """The Secrets that each container below takes whole."""
    if isinstance(value, dict):
        if "envFrom" in value:
            yield [each["secretRef"]["name"] for each in value["envFrom"] if "secretRef" in each]
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _containers(each)


def test_whoever_takes_a_service_takes_the_network_too() -> None:
    """Jobs of the manifests that speak to a store by our code know which hosts speak no TLS."""
    files = [path for folder in ("base", "overlays") for path in (ROOT / "manifests" / folder).rglob("*.yaml")]
    found = [names for path in files for names in _containers(parsed(path.read_text()))]
    speaking = [names for names in found if set(names) & THROUGH_NETWORK]
    assert speaking
    assert all(Part.NETWORK.secret in names for names in speaking)


@pytest.mark.parametrize("demo", ["overlays/demo", "kfp/demo"])
def test_the_demos_name_their_hosts_without_tls(demo: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All stores of a demo are reached with what its Secrets say, and none without."""
    document = yaml.safe_load((ROOT / "manifests" / demo / "kustomization.yaml").read_text())
    for secret in document["secretGenerator"]:
        for name, _, value in (literal.partition("=") for literal in secret["literals"]):
            monkeypatch.setenv(name, value)
    asked = [object_store().host, *(str(secured(url)["host"]) for url in (os.environ["DATABASE_URL"], runs_url()))]
    asked += connection([os.environ["KAFKA_BOOTSTRAP_SERVERS"]])["bootstrap_servers"]
    assert "sslmode" not in secured(runs_url())
    monkeypatch.setenv("STOCKPOT_PLAINTEXT_HOSTS", "another")
    with pytest.raises(ConfigurationError, match="in the clear"):
        object_store()
    assert len(asked) == 4
