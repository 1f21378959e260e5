"""The corpus on a real cluster: its workflows, each case held to what its steps have to say.

A day's check runs one part of it, the next day's another; CORPUS=all (`make corpus`) runs all.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
import yaml

from stockpot.compiler.placeholders import text_of
from stockpot.yaml_text import yaml_text
from tests.corpus import on_argo, pantry
from tests.corpus.case import FILES, Outcome
from tests.corpus.cases_pods import REGION, SECRET, SETTINGS, WORD
from tests.e2e.places import Place, store
from tests.e2e.test_argo_compiler import IMAGES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.xdist_group("corpus")]
# So many files are under way at a time: each would leave the cluster idle part of its time.
AT_ONCE = 2
PART = None if os.environ.get("CORPUS") == "all" else datetime.now(UTC).toordinal() % on_argo.PARTS


@pytest.fixture(scope="module")
def kitchen(place: Place) -> Place:
    """A place with the Secret and the ConfigMap that cases take variables from, and what they import."""
    pantry.fill(store())
    place.secret(SECRET, {"word": WORD})
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": SETTINGS}, "data": {"region": REGION}}
    place.kubectl("apply", "-f", "-", text=yaml.safe_dump(settings))
    return place


@pytest.fixture(scope="module")
def ended(kitchen: Place) -> Callable[[str], Any]:
    """A function that gives what came of each case of a file, and what was expected of it."""
    batches = list(on_argo.batches(PART))
    compiled = {batch.name: on_argo.compiled(batch.plan, IMAGES) for batch in batches}
    # All before the first run, so that Argo has heard of its template by then.
    for each in compiled.values():
        # As `apply` keeps it, in an annotation, a batch may be too large.
        kitchen.kubectl("create", "-f", "-", text=yaml_text(each.documents))
    begun: dict[str, tuple[on_argo.Compiled, str]] = {}

    def begin(batch: on_argo.Batch) -> None:
        found = compiled[batch.name]
        texts = {name: text_of(value) for name, value in batch.given.items() if value is not None}
        # Of parameters that say an image, too.
        given = {name: IMAGES.get(text, text) for name, text in texts.items()}
        begun[batch.name] = (found, kitchen.submit(found.documents[0]["metadata"]["name"], **given))

    @cache
    def wait(file: str) -> Any:
        first = FILES.index(file)
        for each in FILES[first : first + AT_ONCE]:
            for batch in _of(each, batches):
                if batch.name not in begun:
                    begin(batch)
        return {each.name: (each, *_came_of(kitchen, each, *begun[each.name])) for each in _of(file, batches)}

    return wait


def _of(file: str, batches: list[on_argo.Batch]) -> list[on_argo.Batch]:
    return [each for each in batches if each.file == file]


def _came_of(kitchen: Place, batch: on_argo.Batch, compiled: on_argo.Compiled, run: str) -> tuple[Any, Any, str]:
    done = kitchen.wait(run)
    tries = on_argo.tries(done.document, compiled.tasks)
    return on_argo.outcomes(batch, done.document, compiled.tasks), tries, done.explain()


@pytest.mark.parametrize("file", [file for file in FILES if file != "cases_refused"])
def test_every_case(ended: Any, file: str) -> None:
    """Each step says what it says on this machine, and is started as often."""
    found = ended(file)
    assert found, f"part {PART} has no case of this file"
    for name, (batch, came, tries, told) in found.items():
        nothing = Outcome("not run", {})
        wrong = {each.name: (came.get(each.name, nothing), each.expected) for each in batch.cases}
        assert {key: each for key, each in wrong.items() if each[0] != each[1]} == {}, f"{name}\n{told}"
        if len(batch.cases) == 1:
            assert batch.cases[0].tries.items() <= tries.items(), told
