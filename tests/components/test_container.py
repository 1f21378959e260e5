"""The container of a step, as it follows from the signature."""

import pytest

from components.container import container


@pytest.mark.parametrize("optional", [["basline"], "baseline"])
def test_what_may_be_missing_is_a_parameter(optional: list[str] | str) -> None:
    """A mistyped name would make an input that nobody has given one that everybody must give."""
    assert container("check_quality", {"rows": 1, "baseline": 2}, optional=["baseline"]).args[:2] == ["--rows", 1]
    with pytest.raises(ValueError, match=r"check_quality has no parameter .* that could be optional"):
        container("check_quality", {"rows": 1, "baseline": 2}, optional=optional)
