"""Looking again and again: it ends once nobody wants to know any more."""

import threading
from collections.abc import Callable

import pytest

from components.shell.errors import TransientError
from stockpot.polling import Latest, last_look


def _away() -> str:
    raise TransientError("away")


def test_a_long_look_that_breaks_off_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has had answers all the while; five minutes are counted from the first failure in a row."""
    now = 0.0
    looks = iter([(600.0, False), (10.0, True), (600.0, False), (200.0, False), (200.0, False)])
    monkeypatch.setattr("stockpot.polling.time.monotonic", lambda: now)
    seen: list[float] = []

    def look() -> str:
        nonlocal now
        seconds, answers = next(looks)
        now += seconds
        seen.append(now)
        return "here" if answers else _away()

    with pytest.raises(TransientError, match="away"):
        last_look(look, lambda _: False, every=1, wait=lambda _: None)
    assert seen == [600, 610, 1210, 1410, 1610]


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
