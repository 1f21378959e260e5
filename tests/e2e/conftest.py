"""A cluster with Argo Workflows and the demo for the end-to-end tests, as KUBECONFIG and PATH name it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e import places
from tests.e2e.argo import Cluster
from tests.e2e.places import DEMO, Place

# What takes longest begins first, so that no worker waits for another at the end; and what is to be somewhere in time
# begins beside what leaves the cluster room.
_FIRST = (
    "test_shop",
    "test_bad_ends",
    "test_schedule",
    "test_argo_compiler",
    "test_corpus",
    "test_docker",
    "test_lost_pods",
    "test_parity",
    "test_many_at_once",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put these tests in the order in which workers are to take them; the rest follows as it was."""
    places = {name: place for place, name in enumerate(_FIRST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for this process."""
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The demo on the cluster, deployed as its readers are told to, but for what this cluster cannot do."""
    if "KUBECONFIG" not in os.environ:
        pytest.fail("these tests need a cluster: set KUBECONFIG, or leave them out with -m 'not e2e'")
    together = tmp_path_factory.getbasetemp().parent
    with (together / "e2e.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.environ.get("PYTEST_XDIST_WORKER") is None or not (together / "e2e.deployed").exists():
            places.deploy()
            (together / "e2e.deployed").touch()
    return DEMO


@pytest.fixture(scope="module")
def new_place(demo: Cluster, scratch: Path) -> Iterator[Callable[..., Place]]:
    """Make places, each with some pipelines and a copy of the sample; they are gone when the module's tests are."""
    made: list[Place] = []

    def make(*pipelines: str) -> Place:
        made.append(places.create(scratch, pipelines))
        return made[-1]

    yield make
    for place in made:
        places.remove(place)


@pytest.fixture(scope="module")
def place(request: pytest.FixtureRequest, new_place: Callable[..., Place]) -> Place:
    """The module's own place, with what the module names as its PIPELINES."""
    return new_place(*getattr(request.module, "PIPELINES", ()))
