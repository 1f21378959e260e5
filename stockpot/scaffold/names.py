"""How a new step or pipeline may be called, and what follows from that."""

import builtins
import keyword
import re
from dataclasses import dataclass

from components.shell.errors import ConfigurationError

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
# What a label of Kubernetes, with what engines add to a name, has room for.
_LONGEST = 40
# What the files of a step or pipeline already mean by these names.
_TAKEN = frozenset({"dsl", "container", "columns", "limits", "pure"})


@dataclass(frozen=True)
class Name:
    """The name in Python, such as `loyalty_points`."""

    python: str

    @property
    def kebab(self) -> str:
        """The name that engines and registries know, such as `loyalty-points`."""
        return self.python.replace("_", "-")

    @property
    def title(self) -> str:
        """The name as people read it, such as `Loyalty points`."""
        return self.python.replace("_", " ").capitalize()


def parse_name(text: str) -> Name:
    """The name, whether it is given as `loyalty-points` or as `loyalty_points`.

    Raises:
        ConfigurationError: it is no name of both Python and Kubernetes, or it has a meaning already.
    """
    if not _NAME.fullmatch(text) or len(text) > _LONGEST:
        raise ConfigurationError(
            f"'{text[:80]}' cannot be a name",
            f"use at most {_LONGEST} lower-case letters, digits and single dashes, with a letter first",
        )
    name = Name(text.replace("-", "_"))
    if keyword.iskeyword(name.python) or hasattr(builtins, name.python) or name.python in _TAKEN:
        raise ConfigurationError(f"'{text}' has a meaning of its own in Python or here", "take another name")
    return name
