"""What can be wrong with a plan, said with the pipeline, the task and the construct."""

from dataclasses import dataclass
from typing import NoReturn

from components.shell.errors import ConfigurationError


class PlanError(ConfigurationError):
    """The plan cannot be read, or contradicts itself."""


class UnsupportedError(PlanError):
    """The plan holds a construct that no engine of this project could carry out faithfully."""


@dataclass(frozen=True)
class Location:
    """Where in a pipeline something stands, for the sentence of an error."""

    pipeline: str
    task: str = ""

    def at(self, task: str) -> "Location":
        """The location of a task inside this one."""
        return Location(self.pipeline, f"{self.task}/{task}" if self.task else task)

    def unsupported(self, construct: str, todo: str = "") -> NoReturn:
        """Stop, because `construct` is not supported here; `todo` says what to do instead."""
        raise UnsupportedError(f"{self}: {construct} is not supported", todo)

    def broken(self, what: str, todo: str = "compile the pipeline anew with the KFP compiler") -> NoReturn:
        """Stop, because the plan contradicts itself here; `todo` says what to do about it."""
        raise PlanError(f"{self}: {what}", todo)

    def __str__(self) -> str:
        """Such as `pipeline 'daily', task 'load/check'`."""
        return f"pipeline '{self.pipeline}'" + (f", task '{self.task}'" if self.task else "")
