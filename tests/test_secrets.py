"""What a cluster's Secrets hand to the steps: for each part a step uses, every setting of it, and no other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from components.shell.settings import Part, of

ROOT = Path(__file__).parents[1]
NAMES = sorted(path.name for path in (ROOT / "manifests/kfp").glob("*.yaml"))
Told = dict[str, dict[str, bool]]
THROUGH_NETWORK = {part.secret for part in Part if part.secret} - {Part.NETWORK.secret}


def _by_argo(path: Path) -> Iterator[Told]:
    for document in yaml.safe_load_all(path.read_text()):
        for template in document["spec"].get("templates", []):
            told: Told = {}
            for variable in template.get("container", {}).get("env", []):
                if source := variable.get("valueFrom", {}).get("secretKeyRef"):
                    assert source["key"] == variable["name"]
                    told.setdefault(source["name"], {})[source["key"]] = not source.get("optional", False)
            yield told


def _by_kubeflow(path: Path) -> Iterator[Told]:
    _, platform = yaml.safe_load_all(path.read_text())
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
