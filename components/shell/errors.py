"""The ways a step can end badly. Each has an exit code that tells the engine whether to try again."""


class StepError(Exception):
    """A failure with one line for the person who reads it: what is wrong, then what to do next."""

    exit_code = 1

    def __init__(self, message: str, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo

    def __str__(self) -> str:
        """The message and, after a dash, what to do next; always a single line."""
        text = f"{self.message} - {self.todo}" if self.todo else self.message
        return " ".join(text.split())


class ContractError(StepError):
    """The data is not what was promised; the same input fails again."""

    exit_code = 10


class ConfigurationError(StepError):
    """A parameter, endpoint or table definition is wrong; a person has to change it."""

    exit_code = 11


class SupersededError(StepError):
    """A newer run has already committed; this one must not."""

    exit_code = 12


class SourceGoneError(StepError):
    """The history this run needs is no longer in the source."""

    exit_code = 13


class OutcomeUnknownError(StepError):
    """The commit may or may not have happened and the catalog cannot be asked."""

    exit_code = 14


class TransientError(StepError):
    """Something outside was unavailable for the moment; trying again is right."""

    exit_code = 75


BY_EXIT_CODE: dict[int, type[StepError]] = {
    error.exit_code: error
    for error in (
        ContractError,
        ConfigurationError,
        SupersededError,
        SourceGoneError,
        OutcomeUnknownError,
        TransientError,
    )
}
