"""What a user may change in the manifests, and in how few places."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from stockpot.images import skaffold
from stockpot.images.sources import Sources
from tests.policy.subjects import at, of_kind
from tests.policy.tree import ROOT, parsed

needs_kustomize = pytest.mark.skipif(
    not (shutil.which("kustomize") or shutil.which("kubectl")), reason="needs kustomize or kubectl"
)


@pytest.fixture
def manifests(tmp_path):
    """A copy that can be changed."""
    shutil.copytree(ROOT / "manifests", tmp_path / "manifests")
    return tmp_path / "manifests"


def render(directory):
    """The objects of a kustomization."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    done = subprocess.run([*command, str(directory)], capture_output=True, text=True, check=True)
    return parsed(done.stdout)


def replace(path, old, new):
    """Edit a file as a user does."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def steps_images(objects):
    """The images of all steps, and of the job that runs on one of them."""
    for template in of_kind(objects, "WorkflowTemplate"):
        yield from (step["container"]["image"] for step in template["spec"]["templates"] if "container" in step)
    for job in of_kind(objects, "Job"):
        if job["metadata"]["name"] == "create-buckets":
            yield from (each["image"] for each in job["spec"]["template"]["spec"]["containers"])


@needs_kustomize
@pytest.mark.parametrize("overlay", ["demo", "production"])
def test_registry_and_tag_are_changed_in_one_place(manifests, overlay):
    """One file names the registry, the one beside it the tag; every step's image follows, and no other does."""
    before = render(manifests / "overlays" / overlay)
    replace(manifests / "images/registry.yaml", "host: ghcr.io", "host: registry.example.org:5000/mirror")
    commented = '# images:\n#   - {name: ghcr.io/stockpot/.*, newTag: "0.2.0"}'
    replace(manifests / "images/kustomization.yaml", commented, commented.replace("# ", "").replace("#", ""))
    after = render(manifests / "overlays" / overlay)
    assert {image.rpartition("/")[0] for image in steps_images(before)} == {"ghcr.io/stockpot"}
    assert {image.rpartition("/")[0] for image in steps_images(after)} == {"registry.example.org:5000/mirror/stockpot"}
    assert {image.rpartition(":")[2] for image in steps_images(after)} == {"0.2.0"}
    assert [of_kind(before, "StatefulSet"), "registry" in str(of_kind(after, "ConfigMap"))] == [
        of_kind(after, "StatefulSet"), False,
    ]  # fmt: skip


@needs_kustomize
def test_the_namespace_is_changed_in_one_place(manifests):
    """With another in the overlay, nothing of what is applied names the old one, be it on itself or within."""
    overlay = manifests / "overlays/production"
    replace(overlay / "kustomization.yaml", "namespace: stockpot", "namespace: corner-shop")
    objects = render(overlay)
    assert {each["metadata"].get("namespace", each["metadata"]["name"]) for each in objects} == {"corner-shop"}
    assert re.findall(r"\w+\.stockpot\.svc|namespace: stockpot\b", yaml.safe_dump_all(objects)) == []


@needs_kustomize
def test_an_authority_of_ones_own_reaches_every_step(manifests):
    """With the component for certificates, each workflow mounts them where all libraries look."""
    overlay = manifests / "overlays/production"
    replace(overlay / "kustomization.yaml", "  # - ../../ca-bundle", "  - ../../ca-bundle")
    for template in of_kind(render(overlay), "WorkflowTemplate"):
        assert {"name": "ca", "secret": {"secretName": "stockpot-ca"}} in template["spec"]["volumes"]
        (main,) = yaml.safe_load(template["spec"]["podSpecPatch"])["containers"]
        assert main["volumeMounts"][0]["mountPath"] == main["env"][0]["value"] == "/etc/ssl/certs/ca-certificates.crt"


@needs_kustomize
def test_a_volume_of_models_is_mounted_where_vectors_are_made(manifests):
    """With the component for models, each step that takes one has the volume, to read, and no other step has it."""
    overlay = manifests / "overlays/production"
    replace(overlay / "kustomization.yaml", "  # - ../../models", "  - ../../models")
    templates = [step for each in of_kind(render(overlay), "WorkflowTemplate") for step in each["spec"]["templates"]]
    taking = {step["name"] for step in templates if "--model-cache" in str(step.get("container"))}
    patches = {step["name"]: yaml.safe_load(step["podSpecPatch"]) for step in templates if "podSpecPatch" in step}
    assert patches.keys() == taking == {"embed-text", "embed-images", "embed-reviews"}
    for patch in patches.values():
        (volume,), (container,) = patch["volumes"], patch["containers"]
        assert volume["persistentVolumeClaim"] == {"claimName": "stockpot-models", "readOnly": True}
        assert container["name"] == "main"
        assert container["volumeMounts"] == [{"name": volume["name"], "mountPath": "/models", "readOnly": True}]
    assert [each for each in of_kind(render(overlay), "ConfigMap") if each["metadata"]["name"] == "models"] == []


@needs_kustomize
def test_the_demo_keeps_what_steps_say():
    """In the store of the base, where all of a run expires; production says how, and leaves the choice."""
    stores = {
        name: yaml.safe_load(found["data"]["store"])
        for name in ("base", "overlays/demo", "overlays/production")
        for found in of_kind(render(ROOT / "manifests" / name), "ConfigMap")
        if found["metadata"]["name"] == "artifact-repositories"
    }
    kept = {"s3": {**stores["base"]["s3"], "keyFormat": "runs/{{workflow.name}}/{{pod.name}}"}, "archiveLogs": True}
    assert stores["overlays/demo"] == kept
    assert stores["overlays/production"].keys() == {"s3"}


@needs_kustomize
def test_schedules_run_in_production_alone():
    """The demo's data does not grow; in production nothing has to be switched on."""
    suspended = {
        overlay: {
            at(cron, "spec", "suspend")
            for cron in of_kind(render(ROOT / "manifests/overlays" / overlay), "CronWorkflow")
        }
        for overlay in ("demo", "production")
    }
    assert suspended == {"demo": {True}, "production": {None}}


def test_skaffold_knows_every_image():
    """skaffold.yaml is what `make manifests` writes: one artifact per step, a profile per overlay."""
    assert (ROOT / "skaffold.yaml").read_text() == skaffold.text(Sources())


@needs_kustomize
@pytest.mark.parametrize("overlay", ["demo", "production"])
def test_skaffold_builds_what_the_overlay_runs(overlay):
    """A profile names its overlay, and every image of its steps is one that skaffold builds and gives its tag."""
    config = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
    (profile,) = (each for each in config["profiles"] if each["name"] == overlay)
    (path,) = profile["manifests"]["kustomize"]["paths"]
    assert path == f"manifests/overlays/{overlay}"
    built = {artifact["image"] for artifact in config["build"]["artifacts"]}
    run = {image.rpartition(":")[0] for image in steps_images(render(ROOT / path))}
    assert run
    assert run <= built


SKAFFOLD = shutil.which("skaffold") or str(Path.home() / ".cache/test-cluster/bin/skaffold")


@pytest.mark.skipif(not Path(SKAFFOLD).exists(), reason="needs skaffold")
@pytest.mark.parametrize("overlay", ["demo", "production"])
def test_skaffold_renders_the_overlays(overlay, tmp_path):
    """With the tags that a build gives, skaffold renders what kustomize does, each step's image with its tag."""
    tagged = {step: f"ghcr.io/stockpot/{step.replace('_', '-')}:built" for step in Sources().steps()}
    builds = [{"imageName": tag.rpartition(":")[0], "tag": tag} for tag in tagged.values()]
    artifacts = tmp_path / "builds.json"
    artifacts.write_text(json.dumps({"builds": builds}))
    command = [SKAFFOLD, "render", "-p", overlay, "--offline", "--digest-source=tag", f"--build-artifacts={artifacts}"]
    quiet = {"SKAFFOLD_UPDATE_CHECK": "false", "SKAFFOLD_INTERACTIVE": "false", "HOME": str(tmp_path)}
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **quiet}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    objects = parsed(done.stdout)
    assert set(steps_images(objects)) <= set(tagged.values())
    assert {each["kind"] for each in objects} == {
        each["kind"] for each in render(ROOT / "manifests/overlays" / overlay)
    }


@needs_kustomize
def test_argo_can_be_held_to_installed_pipelines() -> None:
    """What the controller is told beside is there too; nothing else is added."""
    plain, strict = (render(ROOT / "manifests" / name) for name in ("controller", "only-installed"))
    (told,) = of_kind(strict, "ConfigMap")
    assert parsed(told["data"].pop("workflowRestrictions")) == [{"templateReferencing": "Strict"}]
    assert strict == plain


def test_runs_and_schedules_say_no_more_than_such_an_argo_takes() -> None:
    """A template and parameters: of the fields that Argo takes under `Strict`, these two."""
    places = sorted((ROOT / "manifests/argo").glob("*.yaml")), sorted((ROOT / "manifests/argo/submit").glob("*.yaml"))
    schedules, runs = ([each for path in paths for each in parsed(path.read_text())] for paths in places)
    submitted = [each["spec"] for each in of_kind(runs, "Workflow")]
    submitted += [each["spec"]["workflowSpec"] for each in of_kind(schedules, "CronWorkflow")]
    assert len(submitted) > len(places[1])
    assert {name for spec in submitted for name in spec} == {"arguments", "workflowTemplateRef"}
