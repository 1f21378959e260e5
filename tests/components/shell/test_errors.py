"""Errors are one line with an exit code, also after they have crossed a process."""

from concurrent.futures import ProcessPoolExecutor

import pytest

from components.shell.errors import (
    ConfigurationError,
    ContractError,
    OutcomeUnknownError,
    SourceGoneError,
    StepError,
    SupersededError,
    TransientError,
)

CODES = {
    ContractError: 10,
    ConfigurationError: 11,
    SupersededError: 12,
    SourceGoneError: 13,
    OutcomeUnknownError: 14,
    TransientError: 75,
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_every_error_has_its_exit_code(kind: type[StepError], code: int) -> None:
    """The codes are those that the compiled retry strategy knows."""
    assert kind("x").exit_code == code


def test_no_two_errors_share_a_code() -> None:
    """Every way in which a step can fail is told apart, and all of them are listed here."""
    ours = {error for error in StepError.__subclasses__() if error.__module__ == StepError.__module__}
    assert ours == set(CODES)
    assert len(set(CODES.values())) == len(CODES)


def test_an_error_is_one_line() -> None:
    """Message and advice stand in one line, whatever was in them."""
    assert str(ContractError("a\n  b", "do\tc")) == "a b - do c"
    assert str(ContractError("alone")) == "alone"


def _fail() -> None:
    raise TransientError("lost", "try again")


def test_an_error_crosses_processes() -> None:
    """Message, advice and code survive being sent from one process to another."""
    with ProcessPoolExecutor(1) as pool, pytest.raises(TransientError) as caught:
        pool.submit(_fail).result()
    assert (caught.value.message, caught.value.todo, caught.value.exit_code) == ("lost", "try again", 75)
