"""Programs of others are cached by KFP's rule: image, command and inputs."""

from kfp import dsl

from stockpot.local.records import Run
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs, record


def cached(run: Run) -> set[str]:
    """The tasks that came out of the cache."""
    return {task.id for task in run.tasks if task.cached}


@dsl.container_component
def _shout(word: str, out: dsl.OutputPath(str)):
    return dsl.ContainerSpec(image="python:3.11", command=["sh", "-c", 'printf %s! "$0" > "$1"'], args=[word, out])


@dsl.component(base_image="python:3.11")
def _count(data: dsl.Input[dsl.Artifact], copied: dsl.Output[dsl.Dataset]) -> int:
    from pathlib import Path  # noqa: PLC0415 - in the component's own program

    text = Path(data.path).read_text()
    Path(copied.path).write_text(text)
    copied.metadata["letters"] = len(text)
    return len(text)


@dsl.component(base_image="python:3.11")
def _look(data: dsl.Input[dsl.Dataset]) -> str:
    return str(data.metadata["letters"])


@dsl.pipeline(name="foreign")
def foreign(word: str = "soup", cached: str = "yes"):
    """Programs of others: a shell, and lightweight Python components that hand on an artifact."""
    _shout(word=word)
    counted = _count(data=probes.write(text="abc").output)
    _look(data=counted.outputs["copied"])
    _shout(word=word).set_caching_options(False)


def test_programs_of_others_are_cached_as_kfp_caches_them(runs: Runs) -> None:
    """By image, command and inputs; not where caching is switched off, nor where an input differs."""
    first, again, other = (runs(foreign, {"word": word}) for word in ("soup", "soup", "stock"))
    assert [first.exit_code, again.exit_code, other.exit_code] == [0, 0, 0], first.error or other.error
    assert cached(again) == {"shout", "count", "write", "look"}
    assert cached(other) == {"count", "write", "look"}
    for run in (first, again):
        said = {name: record(run, name).parameters for name in ("shout", "count", "look")}
        assert said == {"shout": {"out": "soup!"}, "count": {"Output": said["count"]["Output"]}, "look": said["look"]}
        assert said["look"]["Output"] == str(said["count"]["Output"])
    assert record(other, "shout").parameters["out"] == "stock!"
