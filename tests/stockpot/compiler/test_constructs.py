"""What `stockpot compile` says of a plan: constructs by KFP's names, and images with their profiles."""

from pathlib import Path

import pytest

from stockpot.compiler.constructs import Used, constructs, images_used
from stockpot.compiler.definitions import load
from stockpot.compiler.profiles import Profile
from tests.corpus.case import all_cases

OURS = "ghcr.io/stockpot/import-artifact:0.1.0"


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("artifacts:chain", []),
        ("conditions:one-of-a-pipeline", ["dsl.If", "dsl.OneOf", "pipelines in pipelines"]),
        ("exits:failure-ignored", ["ignore_upstream_failure"]),
        ("exits:handler-told-of-failure", ["dsl.ExitHandler", "dsl.PipelineTaskFinalStatus"]),
        ("exits:caching-switched", ["set_caching_options"]),
        ("exits:retries", ["set_retry"]),
        ("loops:parameter", ["dsl.ParallelFor"]),
        ("gathered:gathered-in-a-pipeline", ["dsl.Collected", "dsl.ParallelFor", "pipelines in pipelines"]),
        ("optional:present-not", ["dsl.IfPresentPlaceholder"]),
        ("words:joined-deep", ["dsl.ConcatPlaceholder"]),
        ("runs:name-of-the-run", ["placeholders of the run"]),
        ("pods:secret-and-config-map", ["use_config_map_as_env", "use_secret_as_env"]),
        ("pods:field-of-the-pod", ["use_field_path_as_env"]),
        ("pods:claim", ["CreatePVC", "DeletePVC", "mount_pvc"]),
        ("pods:workspace", ["dsl.WorkspaceConfig"]),
        ("pods:room-in-memory", ["empty_dir_mount"]),
        ("pods:node-and-tolerations", ["node selectors, tolerations, affinity"]),
        ("pods:resources", ["resources"]),
        ("pods:labels", ["labels and annotations"]),
        ("pods:time-limit", ["set_timeout"]),
        ("pods:image-by-parameter", ["images by parameter"]),
        ("pods:pulling", ["set_image_pull_policy", "set_image_pull_secrets"]),
    ],
)
def test_constructs_are_named(case: str, said: list[str]) -> None:
    """By what their authors have written; a plain task is none."""
    assert constructs(all_cases()[f"cases_{case}"].plan.pipeline) == said


def test_importers_and_lists_are_named(fixtures: Path) -> None:
    """The store of an importer is not of the pipeline's making; lists and optional artifacts are told of."""
    assert constructs(load(f"{fixtures}/importers.py:constant").pipeline) == [
        "addresses of artifacts", "dsl.importer", "Python components",
    ]  # fmt: skip
    assert {"dsl.Collected", "lists of artifacts", "optional artifacts"} < {
        *constructs(load(f"{fixtures}/lists.py:lists").pipeline)
    }


def test_images_have_a_profile(fixtures: Path) -> None:
    """Our steps are hardened; programs of others as they are asked to be; Kubeflow Pipelines decides by itself."""
    pipelines = [load(f"{fixtures}/importers.py:{name}").pipeline for name in ("constant", "elsewhere")]
    assert images_used(pipelines, "argo", Profile.COMPATIBLE) == [
        Used(OURS, "hardened", 2), Used("python:3.11", "compatible", 4)
    ]  # fmt: skip
    assert {each.profile for each in images_used(pipelines, "argo", Profile.RESTRICTED)} == {"hardened"}
    assert {each.profile for each in images_used(pipelines, "kfp", Profile.COMPATIBLE)} == {"kfp"}
    claims = all_cases()["cases_pods:claim"].plan.pipeline
    assert [each.steps for each in images_used([claims], "argo", Profile.COMPATIBLE)] == [2]
