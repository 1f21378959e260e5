"""The figures in the details of steps' summaries, as a page shows them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from components.pages import figures, parts, tables
from components.pages.markup import Markup, tag
from components.pages.model import StepOutcome
from components.shell.hidden import is_hidden

MOST = 20
"""So many are shown of a step; more are for whoever reads the record."""
# A name as code has it, for others may be texts of the source.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_LARGEST = 10**18
# The part about the data contract shows these.
_CONTRACT_STATES = ("met", "warned", "failed")


def step_figures(details: Mapping[str, Any]) -> dict[str, str]:
    """The numbers among the details by their names in words, in their order; no more than `MOST`.

    What lies within a part of the details is not shown, for its names may come from the source.
    """
    shown = {
        name.replace("_", " "): _as_text(name, value) for name, value in details.items() if _is_figure(name, value)
    }
    return dict(list(shown.items())[:MOST])


def _is_figure(name: str, value: object) -> bool:
    # Neither infinite nor no number is below it.
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST:
        return False
    return name not in _CONTRACT_STATES and bool(_NAME.fullmatch(name)) and not is_hidden(name, is_text=False)


def _as_text(name: str, value: float) -> str:
    if name == "share" or name.endswith("_share"):
        return figures.share(value, 1)
    return figures.count(value) if isinstance(value, int) else figures.number(value)


def section(steps: Sequence[StepOutcome]) -> Markup:
    """The figures of each step that has any; nothing where none does."""
    blocks = [tag("div", tag("h3", step.name), tables.pairs(step.figures)) for step in steps if step.figures]
    return parts.section("Figures", tag("div", blocks, class_="side-by-side")) if blocks else Markup()
