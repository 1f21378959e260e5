"""The corpus: small pipelines of every construct, each held to what its steps have to say, on each engine."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import kfp
import pytest

from stockpot.compiler.command import compiled
from stockpot.compiler.errors import UnsupportedError
from stockpot.local.project import Project
from stockpot.yaml_text import yaml_text
from tests.corpus import on_argo, on_kfp_local, on_this_machine
from tests.corpus.case import FILES, HERE, Case, cases_of
from tests.corpus.pantry import stocked  # noqa: F401 - pytest finds it here
from tests.stockpot.compiler.test_golden import lint

ROOT = HERE.parents[1]
# Of one worker: the environments of the steps are built once.
pytestmark = [pytest.mark.xdist_group("corpus"), pytest.mark.filterwarnings("ignore:Task .* have no effect")]
_FILE = re.compile(r"\bkfp/[\w/]+\.py\b")
_PROOF = re.compile(r"`(cases_\w+)`")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project itself, of which importers are steps."""
    return Project(environments=tmp_path_factory.mktemp("environments"))


def differing(cases: list[Case], run: Callable[[Case], Any]) -> dict[str, Any]:
    """What came of the cases of which something else came."""
    found = {each.name: (run(each), each.expected) for each in cases}
    return {name: each for name, each in found.items() if each[0] != each[1]}


@pytest.mark.turns
@pytest.mark.usefixtures("stocked")
@pytest.mark.parametrize("file", FILES)
def test_the_local_runner(file: str, project: Project, tmp_path: Path) -> None:
    """Each step says what it has to, as often as it has to, and is started as often as it may be."""
    runs: dict[str, Any] = {}

    def run(case: Case) -> Any:
        runs[case.name] = on_this_machine.carried_out(case, tmp_path, project)
        return on_this_machine.outcome(runs[case.name])

    cases = [each for each in cases_of(file) if each.state != "refused"]
    assert differing(cases, run) == {}
    tries = {each.name: {task.name: task.attempts for task in runs[each.name].tasks} for each in cases}
    assert [each.name for each in cases if not each.tries.items() <= tries[each.name].items()] == []


@pytest.mark.parametrize("file", FILES)
def test_kfp_local(file: str, tmp_path: Path) -> None:
    """KFP's own runner says the same, where it can run the construct."""
    cases = [each for each in cases_of(file) if each.state != "refused" and not each.kfp_local]
    assert differing(cases, lambda each: on_kfp_local.run(each, tmp_path / each.name)) == {}


def test_argo_takes_all(tmp_path: Path) -> None:
    """What runs there compiles, by itself and as part of a whole, which Argo lints; the rest is refused by name."""
    for file in FILES:
        for case in cases_of(file):
            if case.refused:
                with pytest.raises(UnsupportedError, match=re.escape(case.refused)):
                    on_argo.compiled(case.plan)
            else:
                assert on_argo.compiled(case.plan).documents, case.name
    batches = list(on_argo.batches())
    for batch in batches:
        (tmp_path / f"{batch.name}.yaml").write_text(yaml_text(on_argo.compiled(batch.plan).documents))
    left = [each for file in FILES for each in cases_of(file) if not each.refused and not each.not_on_argo]
    assert sum(len(batch.cases) for batch in batches) == len(left)
    assert len(batches) < len(left) / 5
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_kubeflow_pipelines_takes_all() -> None:
    """Whatever runs on Argo compiles for it too, or is refused by name."""
    for file in FILES:
        for case in cases_of(file):
            if case.not_on_kfp:
                with pytest.raises(UnsupportedError, match=re.escape(case.not_on_kfp)):
                    list(compiled(case.plan, "kfp"))
            elif not case.refused:
                assert list(compiled(case.plan, "kfp")), case.name


def test_another_value_is_noticed(project: Project, tmp_path: Path) -> None:
    """Of a value, a task that did not run and a state, on both runners."""
    (case,) = (each for each in cases_of("cases_conditions") if each.name == "otherwise")
    others = [
        replace(case, name=f"other-{number}", **changed)
        for number, changed in enumerate(
            ({"outputs": {"say-2": ["yes"]}}, {"outputs": {"say": ["yes"], "say-2": ["no"]}}, {"state": "failed"})
        )
    ]
    for run in (
        lambda each: on_this_machine.outcome(on_this_machine.carried_out(each, tmp_path, project)),
        lambda each: on_kfp_local.run(each, tmp_path / "kfp"),
    ):
        assert list(differing(others, run)) == ["other-0", "other-1", "other-2"]
        assert differing([case], run) == {}


def test_the_corpus_is_whole() -> None:
    """At least 120 cases, each with one sentence; what an engine cannot run names the file in which that is said."""
    cases = [each for file in FILES for each in cases_of(file)]
    assert len(cases) >= 120
    assert [each.name for each in cases if not (each.function.__doc__ or "").strip().endswith(".")] == []
    assert [file for file in FILES if len({each.name for each in cases_of(file)}) != len(cases_of(file))] == []
    rules = [each.kfp_local for each in cases if each.kfp_local]
    assert [rule for rule in rules if not _FILE.findall(rule)] == []
    sdk = Path(kfp.__file__).parents[1]
    assert [path for rule in rules for path in _FILE.findall(rule) if not (sdk / path).is_file()] == []


def test_the_page_names_the_cases() -> None:
    """Each file of cases proves a row of the table, and each row's file is there."""
    named = set(_PROOF.findall((ROOT / "docs/kfp.md").read_text()))
    assert named == set(FILES)
