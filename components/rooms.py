"""Which rooms of what steps share a step's image holds: those that its modules import, found without running them.

    python -m components.rooms STEP TARGET

copies them and the step below `TARGET`; it runs while an image is built, on the standard library alone.
"""

import ast
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_PACKAGE = "components"
# What a laptop compiles; images have no KFP to import it with.
_INTERFACE = "component.py"


def rooms(root: Path, step: str) -> list[str]:
    """The folders below `components` that the step and what it imports come from, its own too, sorted."""
    result, left = set[str](), {step}
    while left:
        result |= left
        left = {name for room in left for name in _imported(root / _PACKAGE / room)} - result
    return sorted(result)


# Most steps import the same few.
@cache
def _imported(room: Path) -> frozenset[str]:
    """The rooms beside this one that its modules import, or name in a text."""
    return frozenset(name for name in _named(room) if name and (room.parent / name).is_dir())


def _named(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("*.py")):
        if file.name == _INTERFACE:
            continue
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.Import):
                yield from (_room(alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield _room(node.module or "")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield _room(node.value)


def _room(module: str) -> str:
    """The room of a module; empty where there is none."""
    package, _, rest = module.partition(".")
    return rest.partition(".")[0] if package == _PACKAGE else ""


def main() -> None:
    """Copy the rooms of the step that is named, and what makes them a package."""
    step, target = sys.argv[1], Path(sys.argv[2], _PACKAGE)
    root = Path(__file__).resolve().parents[1]
    target.mkdir(parents=True)
    shutil.copy2(root / _PACKAGE / "__init__.py", target)
    for room in rooms(root, step):
        shutil.copytree(root / _PACKAGE / room, target / room)


if __name__ == "__main__":
    main()
