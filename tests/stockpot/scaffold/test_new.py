"""What `stockpot new` writes works as it is, and what it cannot write it refuses, leaving nothing."""

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import components
import pipelines
from components.shell.errors import ConfigurationError, TransientError
from stockpot.scaffold.names import parse_name
from stockpot.scaffold.write import new_pipeline, new_step

ROOT = Path(__file__).parents[3]
LENT = (
    "Makefile", "locks", "pyproject.toml", "images/Dockerfile",
    "components/__init__.py", "components/shell", "components/connect", "components/iceberg", "components/images.py",
    "pipelines/__init__.py", "stockpot",
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A working tree without steps and pipelines."""
    for folder in ("components", "images", "pipelines", "tests/components"):
        (tmp_path / folder).mkdir(parents=True)
    for name in LENT:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def files(tree: Path) -> set[str]:
    """All files that are there beside what was lent."""
    found = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(LENT)}


def test_a_new_pipeline_works(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In style, a dataset with a life-cycle, its step as its own test says, its lock is whole; nothing else is new."""
    written = new_pipeline(tree, parse_name("loyalty-points"))
    assert {str(path.relative_to(tree)) for path in written} == files(tree)
    for command in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--no-cache"], cwd=tree, check=True)
    for package in (components, pipelines):
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(tree / package.__name__)])
    found = importlib.import_module("pipelines.loyalty_points").loyalty_points
    assert (found.name, found.title, found.schedule.cron) == ("loyalty-points", "Loyalty points", "0 4 * * *")
    assert (found.dataset.table_name, found.dataset.contract is None) == ("loyalty_points.rows", False)
    tasks = found.function.pipeline_spec.components["comp-exit-handler-1"].dag.tasks
    assert set(tasks) == {"begin-dataset", "loyalty-points-rows", "check-quality", "load-iceberg"}
    (test,) = [path for path in written if path.name.startswith("test_")]
    checked = importlib.util.spec_from_file_location("checked", test)
    module = importlib.util.module_from_spec(checked)
    checked.loader.exec_module(module)
    module.test_there_is_a_row_for_each_hour_before_the_instant(tmp_path)
    module.test_no_hours_are_refused(tmp_path / "none")
    assert (tree / "images/loyalty_points_rows/requirements.txt").read_text().startswith("pyarrow==")
    with pytest.raises(ConfigurationError, match=r"there is pipelines/loyalty_points\.py already"):
        new_pipeline(tree, parse_name("loyalty_points"))


def test_a_new_step_needs_little_ceremony(tree: Path) -> None:
    """Beside its work and its test: at most 35 lines in four files, and a lock that nobody writes by hand."""
    by_hand = [path for path in new_step(tree, parse_name("soup")) if path.name != "requirements.txt"]
    ceremony = [path for path in by_hand if path.name not in {"compute.py", "test_soup.py"}]
    assert len(ceremony) == 4
    assert sum(bool(line.strip()) for path in ceremony for line in path.read_text().splitlines()) <= 35


@pytest.mark.parametrize("text", ["apples", "soup"])
def test_a_new_step_is_in_style_whatever_it_is_called(tree: Path, text: str) -> None:
    """Its modules are imported in order of their names, before `components.shell` or behind."""
    new_step(tree, parse_name(text))
    for command in (["check"], ["format", "--check"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, "--no-cache"], cwd=tree, check=True)


@pytest.mark.parametrize(
    "text",
    ["", "Soup", "1a", "a--b", "a_", "-a", "../a", "a/b", "a.b", "é", "a" * 41, "class", "print", "pure", "soup\n"],
)
def test_what_cannot_be_a_name_is_refused(text: str) -> None:
    """Neither Python nor Kubernetes would take it, or it says something else there."""
    with pytest.raises(ConfigurationError, match=r"cannot be a name|has a meaning of its own"):
        parse_name(text)


@pytest.mark.parametrize("text", ["shell", "images", "soup"])
def test_what_is_there_is_not_written_over(tree: Path, text: str) -> None:
    """Nor is a folder put where it would hide a module."""
    (tree / "tests/components/soup").mkdir()
    with pytest.raises(ConfigurationError, match="already"):
        new_step(tree, parse_name(text))
    assert files(tree) == set()


def test_without_a_lock_nothing_is_left(tree: Path) -> None:
    """Whoever is without a network gets no half of a step."""
    (tree / "Makefile").unlink()
    (tree / "Makefile").write_text("lock-of-%:\n\t@echo no network >&2; exit 1\n")
    with pytest.raises(TransientError, match="soup cannot be locked: no network"):
        new_step(tree, parse_name("soup"))
    assert files(tree) == set()
    with pytest.raises(ConfigurationError, match="is no working tree"):
        new_step(tree / "images", parse_name("soup"))
