"""Stockpot: pipelines are declared, compiled, run and looked at with this package.

In a notebook, `stockpot.read("moderation.training_data").pandas()` gives rows of a table (docs/notebooks.md).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockpot.local.notebook import close, read

__all__ = ["close", "read"]


def __getattr__(name: str) -> Any:
    """`read` and `close`, once somebody asks for them: what they import takes a second."""
    if name not in __all__:
        raise AttributeError(f"module 'stockpot' has no attribute '{name}'")
    from stockpot.local import notebook

    return getattr(notebook, name)


def __dir__() -> list[str]:
    return sorted((*globals(), *__all__))
