"""Looking again and again: it ends once nobody wants to know any more."""

import threading
from collections.abc import Callable

import pytest

from components.shell.errors import TransientError
from stockpot.polling import Latest


def _away() -> str:
    raise TransientError("away")


@pytest.mark.parametrize("answer", [_away, lambda: "here"])
def test_a_look_that_is_left_ends(answer: Callable[[], str]) -> None:
    """Whether what is looked at answers or not."""
    began = threading.Event()
    threads: list[threading.Thread] = []

    def look() -> str:
        threads.append(threading.current_thread())
        began.set()
        return answer()

    latest = Latest(look, lambda _: False, every=60, meanwhile="nothing yet")
    assert began.wait(60)
    latest.leave()
    threads[0].join(5)
    assert not threads[0].is_alive()
    assert len(threads) == 1
