"""What takes the place of a pod's command on Argo, of a failure, and of our hardening: claims, hooks, profiles."""

import pytest
from kfp import dsl, kubernetes

from stockpot.compiler.argo import argo_documents
from stockpot.compiler.command import images_of
from stockpot.compiler.definitions import from_component
from stockpot.compiler.errors import PlanError, UnsupportedError
from stockpot.compiler.profiles import Profile
from tests.stockpot.compiler.test_surroundings import give, show, templates


@dsl.container_component
def _own():
    return dsl.ContainerSpec(image="image", command=["python", "-m", "components.probe"])


def test_claims_are_made_and_deleted_by_the_executor() -> None:
    """With an account that may do nothing else; the name travels on to those that mount the claim."""

    def volume() -> None:
        made = kubernetes.CreatePVC(
            pvc_name_suffix="-x", access_modes=["ReadWriteMany"], size="5Gi", storage_class_name="fast"
        )
        task = kubernetes.mount_pvc(show(), made.outputs["name"], "/data")
        kubernetes.DeletePVC(pvc_name=made.outputs["name"]).after(task)

    found = templates(volume)
    made, deleted = found["createpvc"], found["deletepvc"]
    assert made["executor"] == deleted["executor"] == {"serviceAccountName": "stockpot-volumes"}
    assert made["outputs"]["parameters"] == [{"name": "name", "valueFrom": {"jsonPath": "{.metadata.name}"}}]
    manifest = made["resource"]["manifest"]
    assert (made["resource"]["action"], deleted["resource"]["action"]) == ("create", "delete")
    assert '"metadata":{"name":"{{pod.name}}{{=' in manifest
    for named in ('"accessModes": fromJSON(', '"storageClassName": replace(', '"requests": {"storage": replace('):
        assert named in manifest
    assert images_of([from_component(dsl.pipeline(name="placed")(volume))]) == ["image"]


def test_a_claim_of_two_names_is_refused() -> None:
    """As KFP's driver does, but before the run."""

    def volume() -> None:
        kubernetes.CreatePVC(pvc_name="a", pvc_name_suffix="-b", access_modes=["ReadWriteOnce"], size="1Gi")

    with pytest.raises(PlanError, match="it is given pvc_name and pvc_name_suffix - give one of them"):
        templates(volume)


def test_a_task_that_ignores_a_failure_is_a_hook() -> None:
    """As in KFP's backend: it runs however the other ends, and is given its input's default where nothing came."""

    def ignoring() -> None:
        show(text=give().outputs["said"]).ignore_upstream_failure()
        # It waits for nothing whose failure it could ignore.
        show(text="b").ignore_upstream_failure()

    found = templates(ignoring)
    task, other = found["main"]["dag"]["tasks"]
    assert other["name"] == "show-2"
    hook = task["hooks"]["exit"]
    assert (task["name"], hook["template"]) == ("give", "show")
    succeeded = 'tasks["give"].status == "Succeeded" ? tasks["give"].outputs.parameters["said"] : "a"'
    assert succeeded in hook["arguments"]["parameters"][0]["value"]


def test_what_waits_for_a_task_that_ignores_failures_is_refused() -> None:
    """A hook is no task of which another could wait; KFP's backend compiles what Argo then refuses."""

    def after_it() -> None:
        ignoring = show(text="b").after(give()).ignore_upstream_failure()
        show().after(ignoring)

    with pytest.raises(UnsupportedError, match=r"waiting for show, which runs however .* - put both into one @dsl"):
        templates(after_it)


def test_other_programs_run_as_their_image_says() -> None:
    """The user, the home and a file system to write to, where nobody asks for the restricted standard."""

    def both() -> None:
        _own()
        kubernetes.set_security_context(show(), run_as_user=5, run_as_group=6)

    plan = from_component(dsl.pipeline(name="placed")(both))
    kinds = {
        profile: {each["name"]: each for each in argo_documents(plan, profile=profile)[0][0]["spec"]["templates"]}
        for profile in Profile
    }
    free, restricted = kinds[Profile.COMPATIBLE], kinds[Profile.RESTRICTED]
    foreign = free["show"]
    assert foreign["metadata"] == {"annotations": {"stockpot/profile": "compatible"}}
    assert foreign["securityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}
    assert foreign["container"]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsUser": 5,
        "runAsGroup": 6,
    }
    assert "HOME" not in str(foreign["container"]["env"])
    assert [each["name"] for each in foreign["container"]["volumeMounts"]] == ["outputs"]
    assert free["own"] == restricted["own"]
    for hardened in (free["own"], restricted["show"]):
        assert hardened["container"]["securityContext"]["readOnlyRootFilesystem"] is True
        assert "securityContext" not in hardened


@pytest.mark.parametrize("path", ["/tmp", "/tmp/"])  # noqa: S108 - a path in the pod
def test_a_volume_of_the_users_own_takes_the_place_of_ours(path: str) -> None:
    """Kubernetes takes no pod with two mounts of one path."""

    def scratch() -> None:
        kubernetes.empty_dir_mount(show(), "scratch", path)

    plan = from_component(dsl.pipeline(name="placed")(scratch))
    (document, *_), *_ = argo_documents(plan, profile=Profile.RESTRICTED)
    (found,) = [each for each in document["spec"]["templates"] if each["name"] == "show"]
    mounts = [(each["name"], each["mountPath"]) for each in found["container"]["volumeMounts"]]
    assert mounts == [("outputs", "/outputs"), ("volume-0", "/tmp")]  # noqa: S108 - a path in the pod


@pytest.mark.parametrize("path", ["/inputs", "/outputs/"])
def test_a_volume_in_the_place_of_the_runs_files_is_refused(path: str) -> None:
    """What Argo hands to the step and takes from it lies there."""

    def hiding() -> None:
        kubernetes.mount_pvc(show(), "claim", path)

    with pytest.raises(
        UnsupportedError, match=f"a volume at {path.rstrip('/')}, where the run's own files lie, is not"
    ):
        templates(hiding)


@pytest.mark.parametrize("path", ["/data", "/data/", "/kfp-workspace"])
def test_two_volumes_at_one_path_are_refused(path: str) -> None:
    """As Kubernetes does, on this machine too; the run's workspace is one of them."""

    def twice() -> None:
        kubernetes.mount_pvc(kubernetes.empty_dir_mount(show(), "room", path), "claim", "/data")

    config = dsl.KubernetesWorkspaceConfig(pvcSpecPatch={"accessModes": ["ReadWriteOnce"]})
    workspace = dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size="1Gi", kubernetes=config))
    with pytest.raises(PlanError, match=rf"'show': two volumes are mounted at {path.rstrip('/')} - give each"):
        from_component(dsl.pipeline(name="placed", pipeline_config=workspace)(twice))


def test_a_volume_in_place_of_all_files_is_refused() -> None:
    """No container starts without the files of its image."""

    def all_of_it() -> None:
        kubernetes.empty_dir_mount(show(), "room", "/")

    with pytest.raises(PlanError, match="the mount path '/' is that of all files - mount it at a directory"):
        templates(all_of_it)
