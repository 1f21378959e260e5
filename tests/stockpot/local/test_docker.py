"""`--docker`: what a container is told and sees, and what goes wrong with Docker itself.

A script that starts the program without the container stands in for Docker, which refuses and fails when it is told to;
tests/e2e/test_docker.py has the real one.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import from_component
from stockpot.local.docker import Docker
from stockpot.local.events import ServicesReady, TaskWaiting
from stockpot.local.planning import plan_pipeline
from stockpot.local.project import Project
from stockpot.local.records import Run
from stockpot.local.recovery import again, going_on, options_of
from stockpot.local.runner import resume_run
from tests.stockpot.local.conftest import Runs, record

IMAGE = "registry.test/foreign:2"
STAND_IN = """#!{python}
import json, os, sys
from pathlib import Path

here, words = Path(__file__).parent, sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(words) + chr(10))
known = (here / "images").read_text().split() if (here / "images").exists() else []
if (here / "down").exists():
    sys.exit("Cannot connect to the daemon")
if words[0] == "version":
    print("99.1")
elif words[:2] == ["image", "inspect"]:
    if words[-1] not in known:
        sys.exit("no such image")
    print("sha256:" + (here / "id").read_text())
elif words[0] == "pull":
    if words[-1].startswith("nobody"):
        sys.exit("pull access denied")
    (here / "images").write_text(" ".join([*known, words[-1]]))
elif words[0] == "run":
    options, rest = {{}}, words[1:]
    while rest[0].startswith("--"):
        if rest[0] == "--rm":
            rest = rest[1:]
            continue
        options.setdefault(rest[0], []).append(rest[1])
        rest = rest[2:]
    told = dict(each.partition("=")[::2] if "=" in each else (each, os.environ[each]) for each in options["--env"])
    image, arguments = rest[0], rest[1:]
    if "--entrypoint" not in options:
        print("the image's own:", *arguments)
        sys.exit(0)
    program = options["--entrypoint"][0]
    os.execvpe(program, [program, *arguments], {{"PATH": os.environ["PATH"], **told}})
"""


@dataclass(frozen=True)
class StandIn:
    """The script, and what it was asked."""

    place: Path

    def is_down(self) -> None:
        """From now on it answers nobody."""
        (self.place / "down").touch()

    def builds_anew(self) -> None:
        """All images are others from now on."""
        (self.place / "id").write_text("0ther" * 8)

    @property
    def calls(self) -> list[list[str]]:
        """The words of each call."""
        return [json.loads(line) for line in (self.place / "calls").read_text().splitlines()]

    def of(self, verb: str) -> list[list[str]]:
        """The words of the calls with that verb."""
        return [words for words in self.calls if words[0] == verb]


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """What stands in for Docker, which has no image yet."""
    place = tmp_path / "bin"
    place.mkdir()
    (place / "box").write_text(STAND_IN.format(python=sys.executable))
    (place / "box").chmod(0o755)
    (place / "id").write_text("a1" * 20)
    monkeypatch.setenv("STOCKPOT_DOCKER", str(place / "box"))
    return StandIn(place)


@pytest.fixture
def contained(home: Path, docker: StandIn) -> Runs:
    """Runs in images, of a project that has no lock for any."""
    assert docker.place.is_dir()
    return Runs(home, Project(docker=Docker.found()))


@dsl.container_component
def count(text: str, out: dsl.OutputPath(str)):
    """Hand on a text by a program of the image."""
    code = "import sys; open(sys.argv[2], 'w').write(sys.argv[1])"
    return dsl.ContainerSpec(image=IMAGE, command=["python3", "-c", code], args=[text, out])


@dsl.container_component
def variables():
    """Print the variables, some of which the author says."""
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    return dsl.ContainerSpec(image=IMAGE, command=["python3", "-c", code])


@dsl.container_component
def own_entry(text: str):
    """Leave the program to the image."""
    return dsl.ContainerSpec(image=IMAGE, args=["--say", text])


@dsl.container_component
def of_nobody():
    """Run in an image that nobody has."""
    return dsl.ContainerSpec(image="nobody.test/x:1", command=["true"])


@dsl.pipeline(name="counted")
def counted(text: str = "soup"):
    """One step after another."""
    count(text=count(text=text).output)


@dsl.pipeline(name="told")
def told():
    """A step with variables that Docker has as well."""
    variables().set_env_variable("HOME", "/root").set_env_variable("WORD", "two\nlines").set_caching_options(False)


def test_an_image_needs_no_lock(contained: Runs, docker: StandIn) -> None:
    """It is fetched once, and outputs of one container are inputs of the next."""
    run = contained(counted)
    assert (run.state, run.error) == ("succeeded", "")
    assert record(run, "count-2").parameters == {"out": "soup"}
    assert [words[-1] for words in docker.of("pull")] == [IMAGE]
    assert [event.reason for event in contained.of(TaskWaiting)] == [f"image {IMAGE} is being fetched"]
    assert f"each step in its image, by {docker.place}/box 99.1" in contained.of(ServicesReady)[0].described


def test_a_container_has_the_persons_user_and_sees_the_run_alone(contained: Runs, docker: StandIn) -> None:
    """And their network, at which the embedded services are."""
    run = contained(counted)
    words = docker.of("run")[0]
    options = list(pairwise(words))
    assert ("--user", f"{os.getuid()}:{os.getgid()}") in options
    assert ("--network", "host") in options
    place = (contained.home / "runs" / run.id).resolve()
    assert [volume for option, volume in options if option == "--volume"] == [f"{place}:{place}"]


def test_values_of_variables_stand_in_no_words(contained: Runs, docker: StandIn) -> None:
    """They come from the program's own environment, but for the few that it goes by itself."""
    run = contained(told)
    stdout = (contained.home / "runs" / run.id / "steps/variables/stdout").read_text()
    found = json.loads(stdout)
    assert (found["WORD"], found["HOME"]) == ("two\nlines", "/root")
    assert {"PYTHONPATH", "PYTHONSAFEPATH"} & set(found) == set()
    assert found["STOCKPOT_ENGINE"] == "local"
    words = docker.of("run")[0]
    assert "HOME=/root" in words
    assert "WORD" in words
    assert not any("lines" in word for word in words)


def test_an_image_runs_its_own_program(contained: Runs) -> None:
    """Which nobody knows without the image."""
    run = contained(own_entry, {"text": "soup"})
    assert run.state == "succeeded"
    stdout = (contained.home / "runs" / run.id / "steps/own-entry/stdout").read_text()
    assert stdout == "the image's own: --say soup\n"


def test_the_image_counts_in_the_cache(contained: Runs, docker: StandIn) -> None:
    """By what it is, not by what it is called; `plan` says so."""
    contained(counted)
    assert [each.cached for each in contained(counted).tasks] == [True, True]
    docker.builds_anew()
    plan = from_component(counted).pipeline
    first = plan_pipeline(plan, {}, home=contained.home, project=contained.project)[0]
    assert first.reason == f"image changed from {IMAGE} ({'a1' * 8}) to {IMAGE} ({('0ther' * 8)[:16]})"
    assert [each.cached for each in contained(counted).tasks] == [False, True]


def test_a_plan_of_an_image_that_is_not_here(contained: Runs) -> None:
    """Says so, and fetches nothing."""
    plan = from_component(counted).pipeline
    first = plan_pipeline(plan, {}, home=contained.home, project=contained.project)[0]
    assert (first.action, first.reason) == ("run", f"not cached: image {IMAGE} is not on this machine")


def test_an_image_that_cannot_be_had(contained: Runs) -> None:
    """Is the step's failure, in Docker's words."""
    run = contained(of_nobody)
    assert run.exit_code == 11
    told, todo = (
        "image nobody.test/x:1 cannot be had: pull access denied",
        "build it (make images), or correct its name",
    )
    assert run.error == f"of-nobody: {told} - {todo}"


def test_a_docker_that_does_not_answer(contained: Runs, docker: StandIn) -> None:
    """Ends the run before anything has started."""
    docker.is_down()
    run = contained(counted)
    assert run.exit_code == 11
    assert run.error == (
        f"{docker.place}/box does not answer: Cannot connect to the daemon - start it, or leave --docker out"
    )


def test_no_docker_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is said with what there is to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("STOCKPOT_DOCKER", raising=False)
    with pytest.raises(ConfigurationError, match="--docker needs docker or podman, which is not on PATH"):
        Docker.found()
    monkeypatch.setenv("STOCKPOT_DOCKER", "nerdctl")
    with pytest.raises(ConfigurationError, match="--docker needs nerdctl, which is not on PATH"):
        Docker.found()


def test_a_run_goes_on_in_its_images(contained: Runs, docker: StandIn, states: Callable[[Run], dict[str, str]]) -> None:
    """Whoever resumes it need not say so again; what an earlier container has left is removed first."""

    @dsl.pipeline(name="tried")
    def tried():
        count(text="soup")
        of_nobody().after(count(text="more"))

    failed = contained(tried, options=options_of(None, None, "", docker=True))
    assert states(failed) == {"count": "succeeded", "count-2": "succeeded", "of-nobody": "failed"}
    assert going_on(failed) == f"stockpot resume {failed.id}"
    assert again(failed).endswith(" --docker")
    (docker.place / "images").write_text(f"{IMAGE} nobody.test/x:1")
    resumed = resume_run(contained.home, failed.id, from_component(tried).pipeline)
    assert states(resumed) == {"count": "succeeded", "count-2": "succeeded", "of-nobody": "succeeded"}
    assert [words[:2] for words in docker.of("rm")] == [["rm", "--force"]]


def test_archives_of_events_are_seen(contained: Runs, docker: StandIn, tmp_path: Path) -> None:
    """The one directory of this machine that a pipeline is told of by a parameter."""

    @dsl.container_component
    def read(events_dir: str):
        return dsl.ContainerSpec(image=IMAGE, command=["test", "-d"], args=[events_dir])

    assert contained(read, {"events_dir": str(tmp_path)}).state == "succeeded"
    assert f"{tmp_path}:{tmp_path}" in docker.of("run")[0]
