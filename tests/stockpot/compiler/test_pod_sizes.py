"""`stockpot compile --size`: pods of the steps that compute are multiples of what the pipeline says."""

from pathlib import Path

import pytest
from kfp import dsl

from stockpot.compiler.command import compile_targets
from stockpot.compiler.definitions import from_component, load
from stockpot.compiler.kfp import kfp_documents
from stockpot.compiler.pod_sizes import Size, sized
from stockpot.yaml_text import yaml_text
from tests.policy.tree import parsed

NAME = "timeseries"


def limits(directory: Path, size: Size) -> dict[str, tuple[str, str]]:
    """Processors and memory of each step's pod, which has all of its memory set aside."""
    template = compile_targets([NAME], False, "argo", directory, size=size).files[0]
    found = {}
    for document in parsed(template.read_text()):
        for each in document["spec"].get("templates", ()) if document["kind"] == "WorkflowTemplate" else ():
            if resources := each.get("container", {}).get("resources"):
                assert resources["requests"]["memory"] == resources["limits"]["memory"]
                found[each["name"]] = (resources["limits"]["cpu"], resources["limits"]["memory"])
    return found


@pytest.mark.parametrize(("size", "times"), [(Size.MEDIUM, 4), (Size.LARGE, 16)])
def test_steps_that_compute_get_more(tmp_path: Path, size: Size, times: int) -> None:
    """So many times as much as before; steps with one processor get what they had."""
    small, large = (limits(tmp_path / each, each) for each in (Size.SMALL, size))
    computing = {name for name, (cpu, _) in small.items() if int(cpu) > 1}
    assert {name for name in small if small[name] != large[name]} == computing
    for each in ("daily-sales", "extract-postgres", "check-quality", "load-iceberg"):
        assert any(each in name for name in computing), each
    assert len(computing) < len(small)
    for name in computing:
        cpu, memory = small[name]
        number, unit = int(memory[:-2]), memory[-2:]
        assert large[name] == (str(int(cpu) * times), f"{number * times}{unit}")


@pytest.mark.parametrize(
    ("cpu", "memory", "larger"),
    [("1500m", "512Mi", ("6000m", "2048Mi")), ("1.5", "3G", ("6.0", "12G")), ("1", "8Gi", ("1", "8Gi"))],
)
def test_any_quantity_is_multiplied(cpu: str, memory: str, larger: tuple[str, str]) -> None:
    """Also of a pipeline of others, on KFP, where older backends read numbers."""

    @dsl.container_component
    def step() -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="python:3.11", command=["true"])

    @dsl.pipeline(name="of-others")
    def of_others() -> None:
        step().set_cpu_limit(cpu).set_memory_limit(memory)

    plan = from_component(of_others)
    before, after = (
        kfp_documents(each)[0]["deploymentSpec"]["executors"]["exec-step"]["container"]["resources"]
        for each in (plan, sized(plan, Size.MEDIUM))
    )
    assert (after["resourceCpuLimit"], after["resourceMemoryLimit"]) == larger
    times = 4 if before != after else 1
    assert [after[name] for name in ("cpuLimit", "memoryLimit")] == [
        before[name] * times for name in ("cpuLimit", "memoryLimit")
    ]


@pytest.mark.parametrize("target", ["argo", "kfp"])
def test_a_file_may_have_its_platform_first(tmp_path: Path, target: str) -> None:
    """Which document of an IR file says what, its content tells, and not its place."""
    spec, platform = load(NAME).documents
    written = {}
    for order, documents in (("usual", (spec, platform)), ("turned", (platform, spec))):
        file = tmp_path / f"{order}.yaml"
        file.write_text(yaml_text([dict(document) for document in documents]))
        found = compile_targets([str(file)], False, target, tmp_path / order, size=Size.LARGE).files[0]
        written[order] = found.read_text()
    assert written["turned"] == written["usual"]


def test_what_a_parameter_says_stays(tmp_path: Path) -> None:
    """A run decides it, and nobody knows at compile time what it will say."""

    @dsl.container_component
    def step() -> dsl.ContainerSpec:
        return dsl.ContainerSpec(image="python:3.11", command=["true"])

    @dsl.pipeline(name="of-a-run")
    def of_a_run(memory: str = "2Gi") -> None:
        step().set_cpu_limit("2").set_memory_limit(memory)

    plan = sized(from_component(of_a_run), Size.LARGE)
    resources = plan.documents[0]["deploymentSpec"]["executors"]["exec-step"]["container"]["resources"]
    assert resources["resourceCpuLimit"] == "32"
    assert "memory" in resources["resourceMemoryLimit"]
