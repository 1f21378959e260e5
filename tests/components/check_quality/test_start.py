"""What the step loads before it can begin."""

import sys
from pathlib import Path

import pytest

from components.check_quality.expectations import load_when_used

LOADED: list[str] = []


def test_a_module_is_loaded_by_the_first_who_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Importing it runs nothing, by its parent neither; taking something from it does, and once."""
    (tmp_path / "kitchen_of_ours").mkdir()
    (tmp_path / "kitchen_of_ours/__init__.py").touch()
    code = "import sys\nsys.modules[{!r}].LOADED.append(__name__)\nsoup = 1\n"
    (tmp_path / "kitchen_of_ours/stove.py").write_text(code.format(__name__))
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("kitchen_of_ours", "kitchen_of_ours.stove"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys.modules[__name__], "LOADED", [])
    load_when_used("kitchen_of_ours.stove")
    from kitchen_of_ours import stove  # noqa: PLC0415 - made by this test

    assert sys.modules[__name__].LOADED == []
    assert (stove.soup, stove.soup) == (1, 1)
    assert sys.modules[__name__].LOADED == ["kitchen_of_ours.stove"]
    load_when_used("kitchen_of_ours.stove")
    assert sys.modules["kitchen_of_ours.stove"] is stove


def test_nothing_is_left_for_later_that_is_not_there() -> None:
    """A module that is missing is told at once."""
    with pytest.raises(ModuleNotFoundError, match="nowhere_to_be_found"):
        load_when_used("nowhere_to_be_found")
