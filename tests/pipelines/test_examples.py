"""A pipeline outside the repository: with a step and a lock of its own, it runs, is planned and compiled like ours."""

import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from components.shell.errors import ConfigurationError
from stockpot.compiler.command import compile_targets
from stockpot.compiler.definitions import glance
from stockpot.local.planning import plan_pipeline
from stockpot.local.project import Project
from stockpot.local.records import list_runs

ROOT = Path(__file__).parents[2]
STOCKPOT = str(Path(sys.executable).with_name("stockpot"))
IMAGE = "registry.example.org/word-counts/count-words:1"


@pytest.fixture
def reference(tmp_path: Path) -> str:
    """The example in a folder that knows nothing of this repository."""
    shutil.copytree(ROOT / "examples" / "word_counts", tmp_path / "elsewhere")
    return f"{tmp_path}/elsewhere/pipeline.py:word_counts"


def test_the_example_runs(reference: str, tmp_path: Path) -> None:
    """Its rows are those that its text has; a second look finds them in the cache, until its code changes."""
    home = tmp_path / "home"
    command = [STOCKPOT, "run", reference, "--home", str(home), "--param", "text=Soup, bread and soup"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (run,) = list_runs(home)
    (words,) = (home / "runs" / run.id).rglob("words")
    assert pq.read_table(words).to_pylist() == [
        {"word": "soup", "times": 2},
        {"word": "and", "times": 1},
        {"word": "bread", "times": 1},
    ]
    given = {"text": "Soup, bread and soup"}
    (seen,) = plan_pipeline(glance(reference).pipeline, given, home=home, reference=reference).tasks
    assert seen.action == "cached"
    script = tmp_path / "elsewhere" / "count_words.py"
    script.write_text(script.read_text().replace("text.lower()", "text"))
    (seen,) = plan_pipeline(glance(reference).pipeline, given, home=home, reference=reference).tasks
    assert (seen.action, seen.reason) == ("run", "parameters changed")


def test_its_locks_lie_beside_it(reference: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock beside the pipeline's file comes first, ours after it; a name and another folder know ours alone."""
    beside = Project.of(tmp_path, reference)
    assert beside.lock("count_words") == tmp_path / "elsewhere" / "images" / "count_words" / "requirements.txt"
    assert beside.lock("publish_raw") == ROOT / "images" / "publish_raw" / "requirements.txt"
    assert Project.of(tmp_path, f"{tmp_path}/elsewhere/pipeline.yaml").step(IMAGE) == "count_words"
    monkeypatch.chdir(tmp_path / "elsewhere")
    for other in ("word-counts", f"{tmp_path}/pipeline.py:word_counts"):
        with pytest.raises(ConfigurationError, match=r"needs images/count_words/requirements\.txt; known are "):
            Project.of(tmp_path, other).step(IMAGE)
    with pytest.raises(ConfigurationError, match=r"known are .*count_words, .*publish_raw"):
        beside.step("registry.example.org/none:1")


def test_it_compiles_for_clusters(reference: str, tmp_path: Path) -> None:
    """What is compiled holds the step's code, and needs nothing that lies beside the file."""
    for target in ("argo", "kfp"):
        written = compile_targets([reference], every=False, target=target, out=tmp_path / target).files[0]
        assert "def counted(text: str, shortest: int)" in written.read_text()
        assert IMAGE in written.read_text()
