"""What the fixtures and our own pipelines compile to, compared with the files that were looked at."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from stockpot.compiler.command import compiled
from stockpot.compiler.definitions import Plan, from_definition, load
from stockpot.definition import discover
from stockpot.yaml_text import yaml_text
from tests.policy.tree import parsed

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
MANIFESTS = HERE.parents[2] / "manifests"
# Fixtures whose steps compare what they are given.
CHECKING = ("artifacts", "parameters", "conditions", "loops", "nested", "optional", "words", "braces")
WHOLE = (*CHECKING, "exits", "placement", "parts")
FIXTURES = {
    **{name: f"{name}.py:{name}" for name in WHOLE},
    "constant": "importers.py:constant",
    "few": "lists.py:few",
    "light": "lightweight.py:light",
    "scheduled": "scheduled.py:PIPELINE",
    "lost-pod": "retries.py:lost_pod",
    "stumble": "retries.py:stumble",
    "timeout": "retries.py:timeout",
    "uris": "uris.py:uris",
}
# What Kubeflow Pipelines would hand to a step as text is refused (tests/stockpot/kfp/test_agreement.py).
GOLDENS = [(name, target) for name in FIXTURES for target in ("argo", "kfp") if (name, target) not in {
    ("nested", "kfp"), ("parameters", "kfp"), ("scheduled", "kfp"),
}]  # fmt: skip
ARGO = shutil.which("argo") or str(Path.home() / ".cache/test-cluster/bin/argo")


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    """The plans of all fixtures by name."""
    return {name: load(str(HERE / "fixtures" / path)) for name, path in FIXTURES.items()}


@pytest.mark.parametrize(("name", "target"), GOLDENS)
def test_fixture_compiles_to_its_golden_files(plans: dict[str, Plan], name: str, target: str, regenerate: bool) -> None:
    """Each fixture's text is, for both targets, what was last looked at."""
    for path, text in compiled(plans[name], target):
        golden = GOLDEN / target / path
        if regenerate:
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text)
        assert text == golden.read_text(), f"{golden} differs; if that is right: REGENERATE=1 pytest {__file__}"


@pytest.mark.parametrize("target", ["argo", "kfp"])
def test_no_golden_file_is_left_over(plans: dict[str, Plan], target: str) -> None:
    """Every golden file belongs to a fixture."""
    chosen = [plans[name] for name, each in GOLDENS if each == target]
    wanted = {GOLDEN / target / path for plan in chosen for path, _ in compiled(plan, target)}
    assert set((GOLDEN / target).rglob("*.yaml")) == wanted


@pytest.mark.parametrize("target", ["argo", "kfp"])
def test_manifests_are_up_to_date(target: str) -> None:
    """The committed manifests are what our pipelines compile to (`make manifests` writes them)."""
    plans = [from_definition(each) for each in discover().values()]
    texts = {str(path): text for plan in plans for path, text in compiled(plan, target)}
    written = [path for path in (MANIFESTS / target).rglob("*.yaml") if path.parent.name in {target, "submit"}]
    found = {str(path.relative_to(MANIFESTS / target)): path.read_text() for path in written}
    assert found == texts


def test_compiling_twice_gives_the_same_text(plans: dict[str, Plan]) -> None:
    """Nothing in the text depends on the order of sets, on time or on the process."""
    code = (
        "import sys; from pathlib import Path; from stockpot.compiler.command import compiled;"
        "from stockpot.compiler.definitions import load;"
        "print(''.join(text for target in ('argo', 'kfp') for _, text in compiled(load(sys.argv[1]), target)))"
    )
    path = str(HERE / "fixtures/conditions.py:conditions")
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, path],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(HERE.parents[2])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """What Argo's own linter says of a folder's files."""
    if not Path(ARGO).exists():
        assert not os.environ.get("CI"), "CI needs the command `argo` on PATH"
        pytest.skip("NOT LINTED: there is no `argo` on PATH")
    return subprocess.run([ARGO, "lint", "--offline", str(folder)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("folder", [GOLDEN / "argo", MANIFESTS / "argo"], ids=["golden", "manifests"])
def test_argo_lints(folder: Path) -> None:
    """Argo's own linter accepts everything."""
    done = lint(folder)
    assert done.returncode == 0, done.stdout + done.stderr


def test_lint_notices_a_mistake(tmp_path: Path) -> None:
    """The linter that accepts our files refuses one that reads an output nobody writes."""
    text = (GOLDEN / "argo/nested.yaml").read_text()
    (tmp_path / "wrong.yaml").write_text(
        text.replace("{{tasks.write.outputs.artifacts.data}}", "{{tasks.write.outputs.artifacts.date}}")
    )
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "date" in done.stdout + done.stderr


@pytest.mark.parametrize(
    "path", sorted([*(GOLDEN / "kfp").glob("*.yaml"), *(MANIFESTS / "kfp").glob("*.yaml")]), ids=lambda path: path.stem
)
def test_kfp_loads(path: Path) -> None:
    """The KFP SDK reads every IR file back, and it says what was written."""
    from kfp import components  # noqa: PLC0415 - takes its time

    component = components.load_component_from_file(str(path))
    assert component.name == yaml.safe_load(path.read_text().split("\n---\n")[0])["pipelineInfo"]["name"]


@pytest.mark.parametrize("name", FIXTURES)
def test_ir_file_is_read_like_the_function(plans: dict[str, Plan], name: str, tmp_path: Path) -> None:
    """The IR file of a fixture leads to the same plan as its function, as KFP writes it and as we do."""
    plain = tmp_path / "plain.yaml"
    plain.write_text(yaml_text(plans[name].documents))
    assert load(str(plain)).pipeline == plans[name].pipeline
    if (name, "kfp") in GOLDENS:
        ours = load(str(GOLDEN / "kfp" / f"{name}.yaml")).pipeline
        assert ours == plans[name].pipeline


def test_parameters_stay_strings_for_every_reader() -> None:
    """Words that YAML 1.1 or 1.2 take for booleans, numbers or times are quoted, as values and as names."""
    text = (GOLDEN / "argo/words.yaml").read_text()
    for word in (
        "n",
        "y",
        "on",
        "off",
        "yes",
        "no",
        "1e3",
        "0o17",
        "12:30:45",
        "null",
        "~",
        "0x1F",
        "1_000",
        "2026-01-01",
    ):
        lines = [line.strip() for line in text.splitlines() if line.strip().endswith(f" {word}")]
        assert lines == [], f"{word} stands unquoted"


def test_schema_of_the_crds(plans: dict[str, Plan]) -> None:
    """Hera's models, made from Argo's API, take the text back without loss."""
    from hera.workflows import models  # noqa: PLC0415 - takes its time

    for path in sorted((GOLDEN / "argo").rglob("*.yaml")):
        for document in parsed(path.read_text()):
            model = getattr(models, document["kind"]).model_validate(document)
            again = model.model_dump(mode="json", by_alias=True, exclude_none=True)
            assert json.dumps(again, sort_keys=True) == json.dumps(document, sort_keys=True)
