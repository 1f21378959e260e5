"""`make bench`: each benchmark in a process of its own, one table at the end, and an exit code."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import names
from tests.bench.cost import Cost, alone, run, told, within

ROOT = Path(__file__).parents[2]
FAKE = '''
from tests.bench.cost import Cost
from tests.bench.rows import Row, most

SMALL = 0.5


def measure(scratch, scale):
    """Keeps the one, and misses the other at its whole size."""
    assert list(scratch.iterdir()) == []
    yield Row("a work", Cost(scale, scale, 10), targets=(most(1, "seconds", scale=0), most(0.7, "cpu")))
'''


def bench(place: Path, *words: str, **fakes: str) -> subprocess.CompletedProcess[str]:
    """`python -m tests.bench`, with benchmarks that are laid below the place beside the project's own."""
    folder = place / "tests" / "bench"
    folder.mkdir(parents=True)
    for name, text in fakes.items():
        (folder / f"bench_{name}.py").write_text(text)
    environment = {**os.environ, "PYTHONPATH": str(place), "COLUMNS": "100"}
    command = [sys.executable, "-m", "tests.bench", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_missed_target_ends_with_1_and_the_table_says_which(tmp_path: Path) -> None:
    """One table of all that were named, at the end."""
    done = bench(tmp_path, "fake", "other", fake=FAKE, other=FAKE.replace("0.7", "1"))
    assert (done.returncode, done.stderr) == (1, "")
    head, _, *lines = done.stdout.partition("\n\n")[2].splitlines()
    assert head.split() == ["work", "ours", "peer", "ratio", "of", "limit", "peak", "target", "verdict", "slope"]
    assert [line.split() for line in lines] == [
        ["a", "work", "1.00", "s", "10", "MiB", "at", "most", "1.00", "s", "held"],
        ["1.00", "s", "CPU"],
        ["at", "most", "700", "ms", "CPU", "MISSED"],
        ["a", "work", "1.00", "s", "10", "MiB", "at", "most", "1.00", "s", "held"],
        ["1.00", "s", "CPU"],
        ["at", "most", "1.00", "s", "CPU", "held"],
    ]
    assert max(map(len, done.stdout.partition("\n\n")[2].splitlines())) <= 100


def test_targets_that_are_held_end_with_0(tmp_path: Path) -> None:
    """The counter-test."""
    done = bench(tmp_path, "fake", fake=FAKE.replace("0.7", "1"))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_small_size_says_so_and_judges_what_holds_there(tmp_path: Path) -> None:
    """The scale is the benchmark's own."""
    done = bench(tmp_path, "--small", "fake", fake=FAKE.replace("0.7", "0.1"))
    assert done.returncode == 0, done.stdout
    assert "Not the whole sizes" in done.stdout
    assert "not judged" in done.stdout
    assert "500 ms" in done.stdout


def test_a_benchmark_that_fails_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    """What it had told before is in the table."""
    fails = FAKE + "    raise ValueError('no rows')\n"
    done = bench(tmp_path, "fails", "fake", fails=fails, fake=FAKE)
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: no rows\n")
    assert [line.split()[-1] for line in done.stdout.splitlines() if "FAILED" in line] == ["FAILED"]
    assert done.stdout.partition("\n\n")[2].count("a work") == 2


def test_a_benchmark_that_tells_nothing_fails(tmp_path: Path) -> None:
    """Whatever it leaves with."""
    done = bench(tmp_path, "fake", fake=FAKE.replace("yield Row", "yield from [][:0] and Row"))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1].split() == ["fake", "FAILED"]


def test_a_figure_that_is_missing_fails(tmp_path: Path) -> None:
    """Its target cannot be told from one that is held otherwise."""
    done = bench(tmp_path, "fake", fake=FAKE.replace("Cost(scale, scale, 10)", "Cost(scale)").replace("0.7", "1"))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1].split()[-1] == "FAILED"


FILLS = FAKE.replace("assert list(scratch.iterdir()) == []", "(scratch / 'filled').mkdir()").replace("0.7", "1")


def test_what_is_kept_is_not_measured_again(tmp_path: Path) -> None:
    """Each run has a new directory below the one that is named."""
    for place in ("once", "twice"):
        done = bench(tmp_path / place, "fake", "--keep", str(tmp_path / "kept"), fake=FILLS)
        assert (done.returncode, done.stderr) == (0, "")
    kept = list((tmp_path / "kept").iterdir())
    assert [each.name.partition("-")[0] for each in kept] == ["fake", "fake"]
    assert all((each / "filled").is_dir() for each in kept)


def test_what_is_filled_once_is_found_again(tmp_path: Path) -> None:
    """By a benchmark that says so."""
    fills = FILLS.replace("mkdir()", "mkdir(exist_ok=True)") + "\n\nFILLED_ONCE = True\n"
    for place in ("once", "twice"):
        assert bench(tmp_path / place, "fake", "--keep", str(tmp_path / "kept"), fake=fills).returncode == 0
    assert [each.name for each in (tmp_path / "kept").iterdir()] == ["filled"]


def test_an_unknown_benchmark_is_refused_before_any_is_run(tmp_path: Path) -> None:
    """With those that there are."""
    done = bench(tmp_path, "fake", "none", fake=FAKE)
    assert done.returncode == 2
    assert "there is no none; known are" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", names())
def test_every_benchmark_keeps_to_the_form(name: str) -> None:
    """A docstring, rows of its own, and a scale at which it is small."""
    module = importlib.import_module(f"tests.bench.bench_{name}")
    assert module.__doc__
    assert callable(module.measure)
    assert 0 < module.SMALL < 1


def spent(text: str) -> str:
    """What is called alone; it leaves a child of 300 MiB behind it."""
    subprocess.run([sys.executable, "-c", "b'1' * (300 << 20)"], check=True)
    return f"{text} and {os.environ['SEEN']}"


def costs(seconds: float) -> Cost:
    """What tells of its own work."""
    return Cost(seconds)


def test_a_function_has_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it costs is told with what its children cost, and what it returns."""
    monkeypatch.setenv("SEEN", "that")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(spent, "__module__", "tests.bench.test_bench")
    monkeypatch.setattr(costs, "__module__", "tests.bench.test_bench")
    cost, answer = alone(spent, "this")
    assert answer == "this and that"
    assert 300 <= cost.memory < 600
    assert 0 < cost.cpu <= 2 * cost.seconds
    own = within(costs, 12.5)
    assert own.seconds == 12.5
    assert own.memory >= 10


def test_another_exit_code_ends_the_benchmark_with_what_was_said() -> None:
    """The one that is expected does not."""
    fails = [sys.executable, "-c", "import sys; print('out'); sys.exit('broken: ' + sys.argv[1])"]
    assert told(fails, code=1, a_flag={"a": [1]})[1] == "out\n"
    with pytest.raises(SystemExit, match=r"(?s)out\nbroken: --a-flag=1\n.*ended with 1"):
        run(fails, a_flag=1)
