"""What names in a plan may be: they become folders, files, and names of Kubernetes.

The forms are those that KFP's own compiler gives to all names. Text for people, such as display names and descriptions,
may be anything.
"""

import hashlib
import re

from components.shell.counts import counted
from stockpot.compiler.errors import Location

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,199}")
# What KFP asks of a pipeline's name; all others it makes by itself, with prefixes of its own.
_LONGEST_PIPELINE = 128
# Parameters and artifacts: Python's names, joined by hyphens where they come from another task.
_INPUT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,249}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,249}")


def refuse_odd_pipeline(location: Location) -> None:
    """Nothing, if the name of the pipeline is one that KFP takes.

    Raises:
        PlanError: it is not, or there is none.
    """
    name = key("a pipeline", location.pipeline, location)
    if len(name) > _LONGEST_PIPELINE:
        location.broken(f"its name has {counted(len(name), 'letter')}; KFP takes {_LONGEST_PIPELINE}")


def key(what: str, name: object, location: Location) -> str:
    """The name of a pipeline, task, component or executor.

    Raises:
        PlanError: it is not of KFP's form.
    """
    return _formed(_KEY, what, name, "a-z, 0-9 and -", location)


def input_name(what: str, name: object, location: Location) -> str:
    """The name of a parameter or artifact.

    Raises:
        PlanError: it is not of KFP's form.
    """
    return _formed(_INPUT, what, name, "letters, digits, _ and -", location)


def variable(name: object, location: Location) -> str:
    """The name of an environment variable.

    Raises:
        PlanError: it is none that Kubernetes takes.
    """
    return _formed(_VARIABLE, "an environment variable", name, "letters, digits, _ . and -", location)


def shortened(name: str, most: int, whole: str = "") -> str:
    """The name where it has no more letters; else its beginning, and a hash of it, or of what it was made from."""
    if len(name) <= most:
        return name
    return f"{name[: most - 9].strip('-')}-{hashlib.sha256((whole or name).encode()).hexdigest()[:8]}"


def _formed(form: re.Pattern[str], what: str, name: object, letters: str, location: Location) -> str:
    if isinstance(name, str) and form.fullmatch(name):
        return name
    return location.broken(
        f"{str(name)[:80]!r} is no name of {what}, which is made of {letters}", "give it another name"
    )
