"""`stockpot compile`: what can be named, what is written, and what is said when it cannot."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from components.shell.errors import ConfigurationError
from stockpot.compiler.command import compile_targets
from stockpot.compiler.definitions import load
from stockpot.yaml_text import yaml_text

ROOT = Path(__file__).parents[3]


def test_name_file_and_ir_are_taken(tmp_path: Path, fixtures: Path) -> None:
    """A registered name, a function in a file and an IR file can be compiled together."""
    (ir_file,) = compile_targets([f"{fixtures}/words.py:words"], False, "kfp", tmp_path).files
    written = compile_targets(
        ["verify-pipeline", f"{fixtures}/nested.py:nested", str(ir_file)], False, "argo", tmp_path / "argo"
    )
    names = ["verify-pipeline", "nested", "words"]
    assert written.files == [tmp_path / "argo" / folder / f"{name}.yaml" for name in names for folder in ("", "submit")]


def test_all_compiles_every_registered_pipeline(tmp_path: Path) -> None:
    """`--all` leaves none out."""
    paths = compile_targets([], True, "kfp", tmp_path).files
    assert {path.stem for path in paths} >= {"moderation-training", "verify-pipeline"}


@pytest.mark.parametrize(
    ("names", "every", "target", "message"),
    [
        (["moderation-trainig"], False, "argo", "did you mean 'moderation-training'?"),
        (["xyz"], False, "argo", "known are"),
        (["verify-pipeline"], False, "airflow", "known are argo and kfp"),
        ([], False, "argo", "name the pipelines"),
        (["verify-pipeline"], True, "argo", "name the pipelines"),
        (["nowhere.py:f"], False, "argo", "there is no file nowhere.py"),
        (["nowhere.yaml"], False, "argo", "cannot read nowhere.yaml"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, names: list[str], every: bool, target: str, message: str) -> None:
    """What is wrong and what to do, with exit code 11 and nothing written."""
    with pytest.raises(ConfigurationError) as caught:
        compile_targets(names, every, target, tmp_path)
    assert message in str(caught.value)
    assert caught.value.exit_code == 11
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is no YAML"),
        ("- 1", "is no compiled KFP pipeline"),
        ("a: 1", "this is no compiled KFP pipeline"),
        ("root: 1\npipelineInfo: {name: x}", "component is no object"),
        ("root: {dag: {tasks: 7}}\npipelineInfo: {name: x}", "no sound PipelineSpec"),
        ("root: {dag: {}}\npipelineInfo: 7", "no sound PipelineSpec"),
    ],
)
def test_broken_ir_files_are_one_line(tmp_path: Path, text: str, message: str) -> None:
    """A file that is no plan is said to be none, without a traceback."""
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        compile_targets([str(path)], False, "argo", tmp_path / "out")


def test_missing_function_is_named_with_those_that_are_there(tmp_path: Path, fixtures: Path) -> None:
    """The functions of the file are listed; a file alone is told apart from a pipeline's name."""
    with pytest.raises(ConfigurationError, match=r"has no pipeline 'nope' - it has .*nested"):
        compile_targets([f"{fixtures}/nested.py:nope"], False, "argo", tmp_path)
    with pytest.raises(
        ConfigurationError, match=r"nested.py names a file and no function - write .*nested.py:FUNCTION"
    ):
        compile_targets([f"{fixtures}/nested.py"], False, "argo", tmp_path)


def test_broken_file_is_one_line(tmp_path: Path) -> None:
    """A definition that cannot be imported says why."""
    path = tmp_path / "broken_definition.py"
    path.write_text("import nothing_of_that_name")
    before = list(sys.path)
    with pytest.raises(ConfigurationError, match="cannot be imported: ModuleNotFoundError"):
        compile_targets([f"{path}:f"], False, "argo", tmp_path / "out")
    assert sys.path == before


def test_what_stands_twice_is_written_twice() -> None:
    """People read the files, and not every reader knows anchors."""
    same = ["a"]
    assert yaml_text([{"one": same, "two": same}]) == "one:\n  - a\ntwo:\n  - a\n"


def test_nothing_is_written_when_one_of_several_is_unsupported(tmp_path: Path) -> None:
    """All or nothing: the good one is not written either."""
    path = tmp_path / "braces.py"
    path.write_text(
        "from kfp import dsl\n"
        "@dsl.container_component\n"
        "def step(x: str):\n    return dsl.ContainerSpec(image='i', command=[x])\n"
        "@dsl.pipeline(name='braces')\n"
        "def braces(x: str = '{{x}}'):\n    step(x=x)\n"
    )
    with pytest.raises(ConfigurationError, match="pipeline 'braces': a default with"):
        compile_targets(["verify-pipeline", f"{path}:braces"], False, "argo", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_single_component_is_a_pipeline(tmp_path: Path, fixtures: Path) -> None:
    """A component compiles by itself, its parameters those of the run."""
    path, _ = compile_targets([f"{fixtures}/fixture_steps.py:expect"], False, "argo", tmp_path).files
    document = yaml.safe_load(path.read_text())
    assert [each["name"] for each in document["spec"]["arguments"]["parameters"]] == ["got", "want"]


def test_importing_the_compiler_loads_no_engine_library() -> None:
    """KFP and Hera load when they are used; the libraries of the steps never do."""
    code = (
        "import sys, stockpot.compiler.command, stockpot.compiler.definitions, stockpot.compiler.ir\n"
        "heavy = {'kfp', 'hera', 'pandas', 'pyarrow', 'duckdb', 'psycopg2', 'kafka', 'pyiceberg', 'minio'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_for_argo_names_what_is_to_be_applied(tmp_path: Path) -> None:
    """Kustomize finds every template that was compiled, and the committed list is the same."""
    paths = compile_targets([], True, "argo", tmp_path).files
    listed = yaml.safe_load((tmp_path / "Kustomization").read_text())["resources"]
    assert {tmp_path / name for name in listed} == {path for path in paths if path.parent == tmp_path} - {paths[-1]}
    assert paths[-1].read_text() == (ROOT / "manifests/argo/Kustomization").read_text()


def test_empty_documents_of_an_ir_file_are_passed_over(tmp_path: Path, fixtures: Path) -> None:
    """Tools that join YAML leave separators behind."""
    whole = load(f"{fixtures}/loops.py:loops")
    text = yaml.safe_dump_all([None, *whole.documents, None, {}])
    (tmp_path / "loops.yaml").write_text(text)
    assert load(str(tmp_path / "loops.yaml")).pipeline == whole.pipeline
