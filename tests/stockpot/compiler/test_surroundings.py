"""What surrounds a container in KFP, in the workflows compiled from it: secrets, volumes, nodes, quantities."""

import re
from collections.abc import Callable
from typing import Any, Optional

import pytest
from kfp import dsl, kubernetes

from components.shell.errors import StepError
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.argo_carrying import read_code
from stockpot.compiler.definitions import from_component
from stockpot.compiler.errors import UnsupportedError

Spec = dict[str, Any]
_BOUND = "kubernetes--"


@dsl.container_component
def show(text: str = "a"):
    """Take a text."""
    return dsl.ContainerSpec(image="image", command=["run"], args=[text])


@dsl.container_component
def give(said: dsl.OutputPath(str)):
    """Hand out a text."""
    return dsl.ContainerSpec(image="image", command=["run"], args=[said])


def spec_of(function: Any, **options: Any) -> Spec:
    """What the workflow consists of."""
    plan = from_component(dsl.pipeline(name="placed", **options)(function))
    return dict(argo_documents(plan)[0][0]["spec"])


def templates(function: Any) -> dict[str, Spec]:
    """The templates of the workflow by name."""
    return {each["name"]: each for each in spec_of(function)["templates"]}


def handed(task: Spec) -> dict[str, str]:
    """What a task is given, by the names of its inputs."""
    return {each["name"]: each["value"] for each in task["arguments"]["parameters"]}


def of_env(found: Spec) -> Spec:
    """What the variable V of a template's container comes from."""
    (source,) = [each["valueFrom"] for each in found["container"]["env"] if each["name"] == "V"]
    return dict(source)


NAMED = [
    (kubernetes.use_secret_as_env, ({"k": "V"},), lambda t: of_env(t)["secretKeyRef"]["name"]),
    (kubernetes.use_config_map_as_env, ({"k": "V"},), lambda t: of_env(t)["configMapKeyRef"]["name"]),
    (kubernetes.use_secret_as_volume, ("/at",), lambda t: t["volumes"][0]["secret"]["secretName"]),
    (kubernetes.use_config_map_as_volume, ("/at",), lambda t: t["volumes"][0]["configMap"]["name"]),
    (kubernetes.mount_pvc, ("/at",), lambda t: t["volumes"][0]["persistentVolumeClaim"]["claimName"]),
]
by_name = pytest.mark.parametrize(("use", "more", "name"), NAMED, ids=lambda each: getattr(each, "__name__", ""))


@by_name
def test_what_is_named_by_the_definition(use: Any, more: tuple[Any, ...], name: Callable[[Spec], str]) -> None:
    """The name stands in the manifest, and the volume at its path."""

    def written() -> None:
        use(show(), "name", *more)

    found = templates(written)["show"]
    assert name(found) == "name"
    assert "inputs" in found
    mounts = {each["name"]: each["mountPath"] for each in found["container"]["volumeMounts"]}
    assert {mounts[each["name"]] for each in found.get("volumes", [])} <= {"/at"}


@by_name
def test_what_a_parameter_names(use: Any, more: tuple[Any, ...], name: Callable[[Spec], str]) -> None:
    """The value travels through all groups around the task, as an input of its own."""

    def asked(which: str = "name") -> None:
        with dsl.If(which == "name"), dsl.ParallelFor([1, 2]):
            use(show(), which, *more)

    found = templates(asked)
    (bound,) = [each["name"] for each in found["show"]["inputs"]["parameters"] if each["name"].startswith(_BOUND)]
    assert name(found["show"]) == f'{{{{=inputs.parameters["{bound}"]}}}}'
    inner = found["for-loop-3-item"]["dag"]["tasks"][0]
    assert handed(inner)[bound] == '{{=inputs.parameters["which"]}}'


@by_name
def test_what_another_task_names(use: Any, more: tuple[Any, ...], name: Callable[[Spec], str]) -> None:
    """The task waits for the one that hands out the name."""

    def made() -> None:
        use(show(), give().outputs["said"], *more)

    found = templates(made)
    (task,) = [each for each in found["main"]["dag"]["tasks"] if each["name"] == "show"]
    assert task["dependencies"] == ["give"]
    assert 'tasks["give"].outputs.parameters["said"]' in str(task["arguments"])
    assert name(found["show"]).startswith('{{=inputs.parameters["kubernetes--')


@by_name
def test_the_pod_goes_without_what_is_named_by_nothing(
    use: Any, more: tuple[Any, ...], name: Callable[[Spec], str]
) -> None:
    """As in KFP, where the name's parameter has no value; where only the run will know, that is said."""

    @dsl.pipeline(name="within")
    def within(which: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
        use(show(), which, *more)

    def nothing() -> None:
        within()

    def perhaps(which: Optional[str] = None) -> None:  # noqa: UP045 - KFP reads no other writing
        use(show(), which, *more)

    found = templates(nothing)["show"]
    assert "volumes" not in found
    assert "valueFrom" not in str(found)
    with pytest.raises(UnsupportedError, match=r"from an optional parameter without default .* - give the parameter a"):
        templates(perhaps)


def test_a_name_that_kfp_leaves_unresolved_is_refused() -> None:
    """KFP would look for a Secret of a name with braces."""

    def joined(which: str = "a") -> None:
        kubernetes.use_secret_as_env(show(), f"{which}-b", {"k": "V"})

    with pytest.raises(UnsupportedError, match="a parameter that KFP left unresolved within a text"):
        templates(joined)


def test_variables_from_fields_of_the_pod_and_optional_sources() -> None:
    """What KFP's driver writes into the pod."""

    def told() -> None:
        kubernetes.use_field_path_as_env(show(), "V", "metadata.name")
        kubernetes.use_secret_as_env(show(), "name", {"k": "V"}, optional=True)
        kubernetes.use_secret_as_volume(show(), "name", "/at", optional=True)

    found = templates(told)
    assert of_env(found["show"]) == {"fieldRef": {"fieldPath": "metadata.name"}}
    assert of_env(found["show-2"])["secretKeyRef"]["optional"] is True
    assert found["show-3"]["volumes"][0]["secret"]["optional"] is True


def test_rooms_of_the_pods_own() -> None:
    """Empty directories and ephemeral volumes, each under a name of ours beside those that all pods have."""

    def roomy() -> None:
        task = kubernetes.empty_dir_mount(show(), "tmp", "/room", medium="Memory", size_limit="1Gi")
        kubernetes.add_ephemeral_volume(task, "big", "/big", ["ReadWriteOnce"], "5Gi", "fast", labels={"a": "b"})
        kubernetes.mount_pvc(task, "claim", "/data", sub_path="part")

    found = templates(roomy)["show"]
    volumes = {each["name"]: each for each in found["volumes"]}
    mounts = {each["mountPath"]: each for each in found["container"]["volumeMounts"]}
    assert volumes[mounts["/room"]["name"]]["emptyDir"] == {"medium": "Memory", "sizeLimit": "1Gi"}
    assert volumes[mounts["/big"]["name"]]["ephemeral"]["volumeClaimTemplate"] == {
        "metadata": {"labels": {"a": "b"}},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "5Gi"}},
            "storageClassName": "fast",
        },
    }
    assert mounts["/data"]["subPath"] == "part"
    assert len(volumes) == 3


@pytest.mark.parametrize("path", ["..", "a/../../b", "/etc"])
def test_a_path_that_leads_out_of_its_volume_is_refused(path: str) -> None:
    """On this machine it would be made, wherever it leads."""

    def outside() -> None:
        kubernetes.mount_pvc(show(), "claim", "/data", sub_path=path)

    with pytest.raises(StepError, match="leads out of its volume"):
        spec_of(outside)


def patch_of(found: Spec) -> str:
    """The patch of a pod's spec, values as they are read."""
    reads = {f"{read_code(each)}": each for each in re.findall(r'inputs\.parameters\["[^"]+"\]', found["podSpecPatch"])}
    text = str(found["podSpecPatch"])
    for code, plain in reads.items():
        text = text.replace(code, plain.removeprefix('inputs.parameters["').removesuffix('"]').removeprefix(_BOUND))
    return text


def test_quantities_from_parameters() -> None:
    """Kubernetes reads those of a template before Argo fills anything in, so they come as a patch."""

    def sized(cpu: str = "1", kind: str = "gpu", number: str = "2") -> None:
        task = show().set_cpu_limit(cpu).set_memory_limit("1Gi")
        task.set_accelerator_type(kind).set_accelerator_limit(number)

    found = templates(sized)["show"]
    assert found["container"]["resources"] == {"limits": {"memory": "1Gi"}}
    assert patch_of(found).startswith(
        '{{=replace(toJson({"containers": [{"name": "main", "resources": '
        '{"limits": {"cpu": cpu, (kind): number} } }]}), '
    )


def test_nodes_from_parameters() -> None:
    """Selectors, tolerations and affinity as JSON: one toleration or a list, and one of nothing is none."""

    def placed(where: dict = {}, borne: list = [], near: dict = {}) -> None:  # noqa: B006 - KFP reads the defaults
        task = kubernetes.add_node_selector(show(), "over", "ridden")
        kubernetes.add_node_selector_json(task, where)
        kubernetes.add_toleration_json(task, borne)
        kubernetes.add_node_affinity_json(task, near)

    found = templates(placed)["show"]
    said = "fromJSON(tolerations-0-tolerationJson)"
    assert patch_of(found).startswith(
        '{{=replace(toJson({"nodeSelector": fromJSON(nodeSelector-nodeSelectorJson), '
        f'"tolerations": type({said}) == "array" ? {said} : len({said}) == 0 ? [] : [{said}], '
        '"affinity": {"nodeAffinity": fromJSON(nodeAffinity-0-nodeAffinityJson)} }), '
    )
    assert not {"nodeSelector", "tolerations"} & found.keys()


def test_nodes_that_are_written_down() -> None:
    """Terms are gathered as KFP gathers them: what is required, and what is preferred by its weight."""
    term = {"key": "disk", "operator": "In", "values": ["fast"]}

    def placed() -> None:
        task = kubernetes.add_node_affinity(show(), match_expressions=[term])
        kubernetes.add_node_affinity(task, match_fields=[term], weight=5)
        kubernetes.add_node_affinity_json(
            task, {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [term]}]}}
        )
        kubernetes.add_node_selector_json(task, {"a": "b"})

    plan = from_component(dsl.pipeline(name="placed")(placed))
    (task,) = plan.pipeline.dag.tasks
    assert task.component.body.placement.affinity == {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [term]}, {"matchFields": [term]}]
        },
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "preference": {"matchFields": [term]}}],
    }
    found = templates(placed)["show"]
    assert found["nodeSelector"] == {"a": "b"}
    assert '\\"weight\\":5' in found["podSpecPatch"]


def test_json_beside_others_of_its_kind_is_refused() -> None:
    """Which of them counts, KFP leaves to the order."""

    def both(borne: list = []) -> None:  # noqa: B006 - KFP reads the default and never calls this
        kubernetes.add_toleration_json(kubernetes.add_toleration(show(), key="a"), borne)

    with pytest.raises(UnsupportedError, match=r"toleration_json from a parameter beside .* - put all of them into"):
        templates(both)


def test_secrets_of_images() -> None:
    """Those of the definition are the run's; one that a parameter names is a patch."""

    def pulled(which: str = "a") -> None:
        kubernetes.set_image_pull_secrets(show(), ["registry"])
        kubernetes.set_image_pull_secrets(show(), [which])

    found = spec_of(pulled)
    assert found["imagePullSecrets"] == [{"name": "registry"}]
    (late,) = [each for each in found["templates"] if "podSpecPatch" in each]
    assert patch_of(late).startswith(
        '{{=replace(toJson({"imagePullSecrets": [{"name": imagePullSecret-0-secretNameParameter}]}), '
    )


def test_the_limits_of_a_run() -> None:
    """The pipeline's own in place of ours, where it says any."""

    def limited() -> None:
        show()

    config = dsl.PipelineConfig(active_deadline_seconds=7, ttl_seconds_after_finished=5, ttl_seconds_after_failure=6)
    found = spec_of(limited, pipeline_config=config)
    assert found["activeDeadlineSeconds"] == 7
    assert found["ttlStrategy"] == {"secondsAfterSuccess": 5, "secondsAfterFailure": 6}
    assert spec_of(limited)["activeDeadlineSeconds"] == 24 * 60 * 60


def test_a_workspace_is_a_claim_of_each_run() -> None:
    """Argo makes it and takes it away; all steps find it at KFP's path."""

    def worked() -> None:
        show(text=f"{dsl.WORKSPACE_PATH_PLACEHOLDER}/a")

    def shared(**patch: Any) -> Spec:
        kubernetes_config = dsl.KubernetesWorkspaceConfig(pvcSpecPatch=patch)
        workspace = dsl.WorkspaceConfig(size="1Gi", kubernetes=kubernetes_config)
        return spec_of(worked, pipeline_config=dsl.PipelineConfig(workspace=workspace))

    found = shared(accessModes=["ReadWriteMany"], storageClassName="fast")
    (claim,) = found["volumeClaimTemplates"]
    assert claim["metadata"] == {"name": "workspace"}
    assert claim["spec"] == {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "fast",
        "resources": {"requests": {"storage": "1Gi"}},
    }
    assert found["volumeClaimGC"] == {"strategy": "OnWorkflowCompletion"}
    main, step = found["templates"]
    assert handed(main["dag"]["tasks"][0]) == {"text": "/kfp-workspace/a"}
    assert {"name": "workspace", "mountPath": "/kfp-workspace"} in step["container"]["volumeMounts"]
    with pytest.raises(UnsupportedError, match=r"a workspace without accessModes is not supported - name them"):
        shared(storageClassName="fast")
