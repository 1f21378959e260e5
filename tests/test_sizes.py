"""How long files, functions and pipelines may be."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from tests.test_tree import ROOT, SOURCES, TESTS, tree_of

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONGEST_PIPELINE = 60


def test_no_file_is_over_400_lines():
    """A file that long is two files."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in (*SOURCES, *TESTS)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_over_50_lines():
    """A function that long, its docstring left aside, does two things."""
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": length
        for path in (*SOURCES, *TESTS)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := lines_of(node)) > LONGEST_FUNCTION
    }
    assert long == {}


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the function from `def` to its end, without the docstring."""
    first = function.body[0]
    documented = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


@dataclass(frozen=True)
class _Parts:
    """A pipeline's file: its imports, what it declares above its dataset, and all from there on."""

    imports: int
    above: Sequence[ast.stmt]
    below: Sequence[ast.stmt]

    @property
    def length(self) -> int:
        """Its lines beside columns and contracts. Blank ones count, a docstring does not, as in `lines_of`."""
        functions = [node for node in self.below if isinstance(node, ast.FunctionDef)]
        docstrings = sum((node.end_lineno or 0) - node.lineno + 1 - lines_of(node) for node in functions)
        return self.imports + (self.below[-1].end_lineno or 0) - self.below[0].lineno + 1 - docstrings


def _parts(text: str) -> _Parts | None:
    """The parts of a pipeline's file; None where it declares no pipeline."""
    body = ast.parse(text).body
    first = next((place for place, node in enumerate(body) if _declares(node)), None)
    imports = [node.end_lineno or 0 for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    return None if first is None else _Parts(max(imports), body[:first], body[first:])


def _declares(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(value=ast.Call(func=ast.Name(id="Dataset" | "Pipeline"))):
            return True
    return False


def _wires(node: ast.stmt) -> bool:
    """Whether it is a function over a run, which is no column."""
    return isinstance(node, ast.FunctionDef) and "run" in [each.arg for each in node.args.args]


def test_no_pipeline_is_over_60_lines_beside_its_columns() -> None:
    """What all of them say is said once, in the house; above the declaration stand columns and contracts alone."""
    found = {path.name: _parts(path.read_text()) for path in (ROOT / "pipelines").glob("*.py")}
    parts = {name: each for name, each in found.items() if each}
    # The package's own file, and two with definitions of events, declare none.
    assert len(parts) == len(found) - 3
    assert {name: each.length for name, each in parts.items() if each.length > LONGEST_PIPELINE} == {}
    assert [name for name, each in parts.items() if any(map(_wires, each.above))] == []
    text = 'import a\nX = (\n1)\ndef g(run): x\nD = Dataset()\n\n\ndef f(run):\n    """Do.\n\n    It.\n    """\n    x\n'
    long = _parts(text)
    assert long
    assert (long.length, [_wires(node) for node in long.above]) == (6, [False, False, True])
