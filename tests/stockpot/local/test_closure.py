"""Which files a command runs, and when that cannot be known."""

import ast
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stockpot.local.closure import UncacheableError, code_of, files_of
from stockpot.local.imports import imports_of

FILES = {
    "components/__init__.py": "",
    "components/a/__init__.py": "",
    "components/a/__main__.py": (
        "from typing import TYPE_CHECKING\nimport json\nfrom ..shared import one\n"
        "if TYPE_CHECKING:\n    import components.shared.typed\n"
        "def late():\n    from components.shared.lazy import x\n    import components.b.more as more\n"
    ),
    "components/a/page.css": "",
    "components/a/texts/hello.txt": "",
    "components/a/unused.py": "",
    "components/shared/__init__.py": "",
    "components/shared/one.py": "from . import two\n",
    "components/shared/two.py": "",
    "components/shared/lazy.py": "",
    "components/shared/typed.py": "",
    "components/shared/never.py": "",
    "components/b/__init__.py": "",
    "components/b/more.py": "raise SystemExit\n",
    "components/c/__main__.py": "from components.b import *\n",
}
A = {
    "components/__init__.py", "components/a/__init__.py", "components/a/__main__.py", "components/a/page.css",
    "components/a/texts/hello.txt", "components/shared/__init__.py", "components/shared/one.py",
    "components/shared/two.py", "components/shared/lazy.py", "components/b/__init__.py", "components/b/more.py",
}  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small project."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def found(root: Path, *words: str) -> set[str]:
    """The files that a command of Python may run or read."""
    return set(code_of(root, ["python", *words], {}))


def test_a_module_is_followed_into_what_it_imports(root: Path) -> None:
    """Packages on the way, late imports and data beside count; what only types see and what nobody imports does not."""
    assert found(root, "-m", "components.a", "--x", "1") == A
    assert found(root, "-um", "components.a") == A
    assert found(root, "-X", "utf8", "-mcomponents.a") == A
    assert found(root, "-c", "import components.shared.one") == {
        "components/__init__.py", "components/shared/__init__.py", "components/shared/one.py",
        "components/shared/two.py",
    }  # fmt: skip


def test_a_star_takes_the_whole_package(root: Path) -> None:
    """`from package import *` may import each module in it."""
    assert found(root, "-m", "components.c") == {
        "components/__init__.py", "components/b/__init__.py", "components/b/more.py", "components/c/__main__.py",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "import importlib; importlib.import_module('components.shared.never')",
        "__import__('components.shared.never')",
        "import subprocess, sys; subprocess.run([sys.executable, '-m', 'components.shared.never'])",
        "import importlib; importlib.import_module(input())",
        "import importlib; importlib.import_module('.never', 'components.shared')",
        "from importlib import import_module as load; load(f'components.{input()}')",
        "import importlib; getattr(importlib, 'import_module')(input())",
        "__import__('components.shared', fromlist=[input()])",
        "import subprocess, sys; subprocess.run([sys.executable, '-m', 'components.shared.' + input()])",
        "import subprocess; subprocess.run(['python', '-m', 'components.{}'.format(input())])",
        "import importlib.resources; importlib.resources.files('components') / 'shared/never.py'",
    ],
)
def test_modules_that_go_by_their_names_count(root: Path, line: str) -> None:
    """A name that is written down counts as an import; one that is computed may mean any module."""
    (root / "components/shared/two.py").write_text(line)
    assert "components/shared/never.py" in found(root, "-m", "components.a")


def test_an_edit_changes_only_those_who_import_it(root: Path) -> None:
    """The hash of the edited file changes, for whoever has it."""
    before = code_of(root, ["python", "-m", "components.a"], {})
    other = code_of(root, ["python", "-m", "components.c"], {})
    (root / "components/shared/two.py").write_text("x = 1\n")
    after = code_of(root, ["python", "-m", "components.a"], {})
    assert [name for name in after if after[name] != before[name]] == ["components/shared/two.py"]
    assert code_of(root, ["python", "-m", "components.c"], {}) == other


def test_a_module_that_comes_or_goes_counts(root: Path) -> None:
    """What was a name inside a package becomes a module of its own, and the other way round."""
    (root / "components/shared/two.py").write_text("from components.b import later\n")
    before = found(root, "-m", "components.a")
    (root / "components/b/later.py").write_text("")
    assert found(root, "-m", "components.a") - before == {"components/b/later.py"}
    (root / "components/b/later.py").unlink()
    assert found(root, "-m", "components.a") == before


def test_folders_that_are_linked_in_circles_have_an_end(root: Path) -> None:
    """A link to a folder around it is not followed for ever, one to a folder elsewhere is followed."""
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "far.py").write_text("")
    (root / "components/shared/circle").symlink_to(root / "components")
    (root / "components/b/linked").symlink_to(root / "elsewhere")
    assert "components/b/linked/far.py" in found(root, "-c", "import components.b.linked.far")


ELSEWHERE = [
    ("import sys; sys.path.insert(0, '/elsewhere')", "sys.path"),
    ("open('/usr/bin/env')", "is told of /usr/bin/env"),
    ("open(b'/usr/bin/env')", "is told of /usr/bin/env"),
    ("open('//usr/bin/env')", "is told of /usr/bin/env"),
    ("import urllib.request as r; r.urlopen('file:///usr/bin/env')", "is told of /usr/bin/env"),
    ("exec(open('x').read())", "runs code by exec"),
    ("import runpy; runpy.run_path('x.py')", "runs code by run_path"),
    ("from pathlib import Path; Path(__file__).parents[2]", "by their place"),
    ("from pathlib import Path; (Path(__file__).parent.parent / 'x')", "by their place"),
    ("import os; os.environ['STOCKPOT_GIT_COMMIT']", "differs from run to run"),
]


@pytest.mark.parametrize(("line", "why"), ELSEWHERE)
def test_code_from_elsewhere_is_said(root: Path, line: str, why: str) -> None:
    """A module that runs or reads what the project does not hold makes the result one that is not kept."""
    (root / "components/shared/two.py").write_text(line)
    with pytest.raises(UncacheableError, match=f"components.shared.two .*{why}"):
        code_of(root, ["python", "-m", "components.a"], {})


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["sh", "-c", "python -m components.a"], "it names components, whose code may change"),
        (["sh", "-c", "cat {root}"], "whose content is not an input"),
        ([], "it runs nothing"),
        (["python"], "does not say what it runs"),
        (["python", "-"], "no Python file"),
        (["python", "relative.py"], "no Python file"),
        (["python", "-m", "components.a", "--data", "{root}"], "whose content is not an input"),
        (["python", "-m", "components.a", "--data={root}/components"], "whose content is not an input"),
        (["python", "-m", "components.a", '{{"files": ["{root}/components"]}}'], "whose content is not an input"),
        (["python", "-m", "components.a", "x:{root}"], "whose content is not an input"),
        (["python", "-m", "components.a", "@{root}/components/__init__.py"], "whose content is not an input"),
        (["python", "-m", "components.a", "file://{root}"], "whose content is not an input"),
        (["python", "-uE", "{root}/components/b/more.py"], "with -E"),
        (["python", "-c", "open('{root}/components/__init__.py')"], "what it runs is told of /"),
        (["python", "-c", "exec('x')"], "runs code by exec"),
    ],
)
def test_commands_that_cannot_be_looked_into(root: Path, words: list[str], why: str) -> None:
    """Other programs, and Python that is told of places on this machine."""
    with pytest.raises(UncacheableError, match=why):
        code_of(root, [word.format(root=root) for word in words], {})


def test_what_only_looks_like_a_place_does_no_harm(root: Path) -> None:
    """Addresses of the web, places that are not there, and devices that hold no data."""
    for text in ("http://etc/passwd", "/no/such/place", "a / b", "/dev/null", "s3://usr/bin", "and/usr"):
        assert found(root, "-m", "components.a", "--x", text) == A


@pytest.mark.parametrize("name", ["PYTHONPATH", "PYTHONHOME", "PYTHONSAFEPATH"])
def test_code_that_a_variable_leads_to_is_said(root: Path, name: str) -> None:
    """A variable by which Python finds other code makes the result one that is not kept."""
    with pytest.raises(UncacheableError, match=f"it sets {name}"):
        code_of(root, ["python", "-m", "components.a"], {name: ":elsewhere"})


def test_a_script_counts_with_what_it_imports(root: Path) -> None:
    """A file that Python is told to run is part of the code, wherever it lies."""
    script = root / "script.py"
    script.write_text("import components.shared.two\n")
    first = code_of(root, ["python", str(script)], {})
    assert {str(script), "components/shared/two.py"} < set(first)
    assert str(script) in code_of(root, ["python", "-IE", str(script)], {})
    script.write_text("import components.shared.two\nx = 1\n")
    assert code_of(root, ["python", str(script)], {})[str(script)] != first[str(script)]


def test_a_module_that_another_is_told_of_counts(root: Path) -> None:
    """`python -m runpy components.a`, and the same by a variable."""
    assert set(code_of(root, ["python", "-m", "runpy", "components.a"], {})) == A
    assert set(code_of(root, ["python", "-m", "json.tool"], {"MODULE": "components.a"})) == A


def test_relative_imports_are_those_of_their_package() -> None:
    """Each dot goes up by one package."""
    names = imports_of("from . import a\nfrom .b import c\nfrom ..d import e", "components.x").names
    assert names == {"components.x", "components.x.a", "components.x.b", "components.x.b.c", "components.d",
                     "components.d.e"}  # fmt: skip


@pytest.mark.parametrize(
    ("step", "holds", "not_held"),
    [
        ("check_quality", "components/check_quality/page.css", "components/connect/postgres.py"),
        ("moderation_features", "components/shell/datasets.py", "components/iceberg/catalog.py"),
        ("ranking_features", "components/feed/features.py", "components/moderation_features/features.py"),
    ],
)
def test_the_pure_steps_of_this_project_are_known(step: str, holds: str, not_held: str) -> None:
    """All of their code can be found, and an edit of what they do not import changes nothing for them."""
    code = code_of(Path(__file__).parents[3], ["python", "-m", f"components.{step}"], {})
    assert f"components/{step}/__main__.py" in code
    assert holds in code
    assert not_held not in code


def test_trees_are_built_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 counts their depth once for all threads; two at a time have ended a run with a SystemError."""
    inside, most, parse = 0, 0, ast.parse

    def watched(text: str) -> ast.AST:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.01)
        inside -= 1
        return parse(text)

    monkeypatch.setattr("stockpot.local.imports.ast.parse", watched)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(imports_of, ["import os"] * 8))
    assert most == 1


@pytest.fixture
def weather(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of the user's own, beside which lies another that is linked into it."""
    place = tmp_path_factory.mktemp("own")
    for name in ("weather", "weather/texts", "shared"):
        (place / name).mkdir()
    (place / "weather/__init__.py").touch()
    (place / "weather/step.py").write_text("from . import *\nfrom components.shared.one import x\n")
    (place / "weather/texts/hello.txt").touch()
    (place / "shared/far.py").touch()
    (place / "weather/linked").symlink_to(place / "shared")
    return place / "weather"


OWN = {"weather/__init__.py", "weather/step.py", "weather/texts/hello.txt", "weather/linked/far.py"}
COMMANDS = [["python", "-m", "weather.step"], ["python", "-c", "import weather.step"], ["sh", "-c", "run weather.step"]]


@pytest.mark.parametrize("words", COMMANDS, ids=["module", "text", "shell"])
def test_a_package_of_ones_own_is_followed_into_the_project(root: Path, weather: Path, words: list[str]) -> None:
    """Whatever it imports of the project counts, however it is started; all of its own files do, behind links too."""
    shared = {f"components/{name}.py" for name in ("__init__", "shared/__init__", "shared/one", "shared/two")}
    first = code_of(root, words, {}, [weather])
    assert set(first) == OWN | shared
    assert files_of(root, words, {}, [weather]) == {
        **{name: root / name for name in shared},
        **{name: weather.parent / name for name in OWN},
    }
    (root / "components/shared/two.py").write_text("x = 1\n")
    again = code_of(root, words, {}, [weather])
    assert [name for name in again if again[name] != first[name]] == ["components/shared/two.py"]
    (weather / "step.py").write_text("import importlib; importlib.import_module(input())\n")
    assert "components/shared/never.py" in code_of(root, words, {}, [weather])


@pytest.mark.parametrize(("line", "why"), ELSEWHERE)
def test_what_a_package_of_ones_own_reads_elsewhere_is_said(root: Path, weather: Path, line: str, why: str) -> None:
    """As of the project's own modules; so it is of those that it imports."""
    (weather / "step.py").write_text(line)
    with pytest.raises(UncacheableError, match=f"weather/step.py .*{why}"):
        code_of(root, COMMANDS[0], {}, [weather])
    (weather / "step.py").write_text("import components.shared.one")
    (root / "components/shared/two.py").write_text(line)
    with pytest.raises(UncacheableError, match=f"components.shared.two .*{why}"):
        code_of(root, COMMANDS[0], {}, [weather])


def test_another_program_is_its_images(root: Path) -> None:
    """As in KFP; where it is a file of this machine, the file counts."""
    assert code_of(root, ["sh", "-c", "echo x > $0", "<out>/x"], {"WORD": "y"}) == {}
    program = root / "program"
    program.write_text("one")
    first = code_of(root, [str(program)], {})
    program.write_text("two!")
    assert code_of(root, [str(program)], {}) != first
