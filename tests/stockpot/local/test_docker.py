"""`--docker`: what a container is told and sees, and what goes wrong with Docker itself.

A script that starts the program without the container stands in for Docker, which refuses and fails when it is told to;
tests/e2e/test_docker.py has the real one.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from threading import Thread

import psutil
import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler.definitions import from_component
from stockpot.local import steps
from stockpot.local.docker import Docker
from stockpot.local.events import ServicesReady, TaskWaiting
from stockpot.local.planning import plan_pipeline
from stockpot.local.project import Project
from stockpot.local.records import Run
from stockpot.local.recovery import again, going_on, options_of
from stockpot.local.runner import resume_run
from tests.harness.waiting import wait_for
from tests.stockpot.local.box import STAND_IN, StandIn
from tests.stockpot.local.conftest import Runs, record

IMAGE = "registry.test/foreign:2"


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
    return Runs(home, Project(docker=Docker.detect()))


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


VARIABLES = {
    "HOME": "/root",
    "LINES": "two\nlines",
    "LONG": "x" * 70_000,
    "HOMEBREW_TOKEN": "s3cret, and more",
    "LD_PRELOAD": "/nowhere.so",
    "DOCKER_HOST": "tcp://elsewhere:1",
}


@dsl.pipeline(name="told")
def told():
    """A step with variables that Docker has as well, and such as no line can say."""
    step = variables().set_caching_options(False)
    for name, value in VARIABLES.items():
        step.set_env_variable(name, value)


def test_an_image_needs_no_lock(contained: Runs, docker: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is fetched once, of which the wait is on record, and outputs of one container are inputs of the next."""
    monkeypatch.setattr(steps, "_NOTICED", timedelta(0))
    run = contained(counted)
    assert (run.state, run.error) == ("succeeded", "")
    assert [bool(record(run, name).asked) for name in ("count", "count-2")] == [True, False]
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
    seen = [mount for option, mount in options if option == "--mount"]
    assert seen == [f"type=bind,source={place},target={place}"]


def test_values_of_variables_stand_in_no_words(contained: Runs, docker: StandIn) -> None:
    """They come as lines of the program's input, or where no line can say them by its own environment."""
    run = contained(told)
    stdout = (contained.home / "runs" / run.id / "steps/variables/stdout").read_text()
    found = json.loads(stdout)
    assert {name: found[name] for name in VARIABLES} == VARIABLES
    assert {"PYTHONPATH", "PYTHONSAFEPATH"} & set(found) == set()
    assert found["STOCKPOT_ENGINE"] == "local"
    words = docker.of("run")[0]
    assert [words[place + 1] for place, word in enumerate(words) if word == "--env"] == ["LINES", "LONG"]
    assert [word for word in words for value in VARIABLES.values() if value in word] == []


def test_a_task_says_nothing_to_docker_itself(contained: Runs, docker: StandIn) -> None:
    """Its variables are for the container: what it preloads is loaded there alone."""
    contained(told)
    environ = json.loads((docker.place / "environ").read_text())
    assert environ["PATH"] == os.environ["PATH"]
    assert {"LD_PRELOAD", "DOCKER_HOST"} & set(environ) == set()


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
    first = plan_pipeline(plan, {}, home=contained.home, project=contained.project).tasks[0]
    assert first.reason == f"image changed from {IMAGE} ({'a1' * 8}) to {IMAGE} ({('0ther' * 8)[:16]})"
    assert [each.cached for each in contained(counted).tasks] == [False, True]


def test_a_plan_of_an_image_that_is_not_here(contained: Runs) -> None:
    """Says so, and fetches nothing."""
    plan = from_component(counted).pipeline
    first = plan_pipeline(plan, {}, home=contained.home, project=contained.project).tasks[0]
    assert (first.action, first.reason) == ("run", f"not cached: image {IMAGE} is not on this machine")


def test_an_image_that_cannot_be_had(contained: Runs) -> None:
    """Is the step's failure, in Docker's words."""
    run = contained(of_nobody)
    assert run.exit_code == 11
    told = (
        "of-nobody: image nobody.test/x:1 cannot be had: pull access denied - build it (make images), correct its name"
    )
    assert run.error == f"{told}, or log in to its registry"


def test_a_docker_that_does_not_answer(contained: Runs, docker: StandIn) -> None:
    """Ends the run before anything has started."""
    docker.is_down()
    run = contained(counted)
    assert run.exit_code == 11
    assert run.error == f"{docker.place}/box does not answer: Cannot connect to the daemon - start it"


def test_no_docker_at_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Is said with what there is to do."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("STOCKPOT_DOCKER", raising=False)
    with pytest.raises(ConfigurationError, match="--docker needs docker or podman, which is not on PATH"):
        Docker.detect()
    monkeypatch.setenv("STOCKPOT_DOCKER", "nerdctl")
    with pytest.raises(ConfigurationError, match="--docker needs nerdctl, which is not on PATH"):
        Docker.detect()


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
    assert [words[:3] for words in docker.of("rm")] == [["rm", "--force", "--volumes"]]


@dsl.container_component
def read(events_dir: str):
    """Look for archives of events."""
    return dsl.ContainerSpec(image=IMAGE, command=["test", "-d"], args=[events_dir])


def test_archives_of_events_are_seen(contained: Runs, docker: StandIn, tmp_path: Path) -> None:
    """The one directory that a run is told of, to be read; what lies there is no input, so nothing is cached."""
    place = tmp_path / "more, and: more"
    place.mkdir()
    for _ in range(2):
        run = contained(read, {"events_dir": str(place)})
        assert (run.state, run.tasks[0].cached) == ("succeeded", False)
    assert run.tasks[0].reason == f"not cached: it is told of {place}, whose content is not an input"
    assert f'type=bind,"source={place}","target={place}",readonly' in docker.of("run")[0]


def test_a_pipeline_names_no_directory_by_itself(contained: Runs, docker: StandIn, tmp_path: Path) -> None:
    """Only whoever runs it does."""

    @dsl.pipeline(name="curious")
    def curious():
        read(events_dir=str(tmp_path))

    contained(curious)
    assert not any("readonly" in word for word in docker.of("run")[0])


def test_optional_words_may_leave_the_program_to_the_image(contained: Runs) -> None:
    """What stands in the arguments is no program then."""

    @dsl.container_component
    def wrapped(word: str, wrapper: str = None):  # noqa: RUF013 - so an input of KFP is optional
        command = [dsl.IfPresentPlaceholder(input_name="wrapper", then=["echo"])]
        return dsl.ContainerSpec(image=IMAGE, command=command, args=["said", word])

    for given, said in (({}, "the image's own: said soup\n"), ({"wrapper": "yes"}, "said soup\n")):
        run = contained(wrapped, {"word": "soup", **given})
        assert run.state == "succeeded", run.error
        assert (contained.home / "runs" / run.id / "steps/wrapped/stdout").read_text() == said


def test_a_container_that_cannot_begin_says_why(contained: Runs, docker: StandIn) -> None:
    """The last line of Docker is where its manual is; and whatever it has left behind is removed."""
    reason = "docker: Error response from daemon: invalid mount config"
    (docker.place / "broken").write_text(f"{reason}\n\nRun 'docker run --help' for more information")
    run = contained(counted)
    assert record(run, "count").error == reason
    assert len(docker.of("rm")) == 1


def test_what_fails_for_now_may_be_tried_again(contained: Runs) -> None:
    """A registry that does not answer is no wrong name."""

    @dsl.container_component
    def later():
        return dsl.ContainerSpec(image="later.test/x:1", command=["true"])

    run = contained(later)
    assert run.exit_code == 75
    assert run.error.startswith("later: image later.test/x:1 cannot be had: net/http: TLS handshake timeout")


def test_whoever_stops_a_run_waits_for_no_image(contained: Runs, docker: StandIn) -> None:
    """The program that fetches it is ended, too."""

    @dsl.container_component
    def slow():
        return dsl.ContainerSpec(image="slow.test/x:1", command=["true"])

    pulling = docker.place / "pulling"

    def stop() -> None:
        wait_for(lambda: pulling.exists() and pulling.read_text())
        os.kill(os.getpid(), signal.SIGINT)

    stopping = Thread(target=stop)
    stopping.start()
    began = time.monotonic()
    run = contained(slow)
    stopping.join()
    assert run.state == "interrupted"
    assert time.monotonic() - began < 60
    wait_for(lambda: not psutil.pid_exists(int(pulling.read_text())))


@pytest.mark.parametrize(
    ("security", "options"),
    [("name=rootless", ["--user", "0:0"]), ("name=userns", ["--userns", "host"]), ("name=seccomp", [])],
)
def test_files_belong_to_the_person(contained: Runs, docker: StandIn, security: str, options: list[str]) -> None:
    """Whoever Docker takes for root."""
    (docker.place / "security").write_text(security)
    contained(counted)
    words = docker.of("run")[0]
    assert [word for word in options if word not in words] == []
    assert ("--userns" in words) is (security == "name=userns")


def test_podman_keeps_the_persons_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not root is another one within, unless told otherwise."""
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    words = Docker(str(tmp_path / "podman")).words("x", "i", [], [], {}, [])
    assert words[words.index("--userns") + 1] == "keep-id"


def test_a_program_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps begin elsewhere, so it is a whole one."""
    (tmp_path / "box").touch(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STOCKPOT_DOCKER", "./box")
    assert Docker.detect().program == str(tmp_path / "box")
