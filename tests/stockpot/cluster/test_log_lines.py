"""Lines of pods, of which each is new once, however often the same time is asked for."""

from datetime import UTC, datetime, timedelta

from stockpot.cluster.log_lines import Heard, LogLine, stamped

AT = datetime(2026, 1, 15, tzinfo=UTC)


def line(text: str, seconds: float = 0, pod: str = "a") -> LogLine:
    """A line so long after the first."""
    return LogLine(pod, AT + timedelta(seconds=seconds), text)


def test_the_time_stands_before_the_line():
    """In any zone, to the nanosecond; a line without a time is kept whole, one without words is empty."""
    assert stamped("a", "2026-01-15T01:00:00.000000000+01:00 one two\r") == line("one two")
    assert stamped("a", "2026-01-15T00:00:00.5Z") == line("", 0.5)
    assert stamped("a", "said by whom?").text == "said by whom?"


def test_each_line_is_new_once():
    """Those of the same instant are told apart by their number, those of another pod by the pod."""
    heard = Heard()
    assert heard.since(0) is None
    first = [line("one"), line("two", 1), line("same", 1)]
    assert [*heard.new(first)] == first
    again = [*first[1:], line("same", 1), line("three", 2), line("older", 0, "b")]
    assert [each.text for each in heard.new(again)] == ["same", "three", "older"]
    assert [*heard.new(again)] == []


def test_what_was_read_before_a_look_broke_off_is_not_new():
    """Lines are noted as they come."""
    heard = Heard()
    told = heard.new([line("one"), line("two", 1), line("same", 1)])
    assert [next(told).text, next(told).text] == ["one", "two"]
    assert [each.text for each in heard.new([line("one"), line("two", 1), line("same", 1)])] == ["same"]


def test_what_was_said_a_little_before_is_asked_for_again():
    """Clocks differ: a minute before the last line, whichever pod said it, and as long as the look itself took."""
    heard = Heard()
    list(heard.new([line("one", 100), line("two", 90, "b")]))
    assert heard.since(0.9) == AT + timedelta(seconds=40)
    assert heard.since(30.2) == AT + timedelta(seconds=10)


def test_lines_without_a_time_are_new_once():
    """They do not hide those that have one."""
    heard = Heard()
    lines = [stamped("a", "no time"), line("one")]
    assert [each.text for each in heard.new(lines)] == ["no time", "one"]
    assert [*heard.new(lines)] == []


def test_what_argos_executor_says_is_not_the_steps():
    """As Argo 4 says it before and after the step's own lines."""
    around = [
        'time=2026-11-29T19:16:39.544Z level=INFO msg="capturing logs" argo=true',
        'time=2026-11-29T19:16:46.608Z level=INFO msg="waiting for signals" signalPath=/var/run/argo argo=true',
        'time=2026-11-29T19:16:47.608Z level=INFO msg="sub-process exited" argo=true error="exit status 10"',
        "Error: exit status 10",
    ]
    own = ["time=now level=INFO msg=mine", "Error: exit status of the shop", "argo=true"]
    lines = [line(text, number) for number, text in enumerate([*around[:2], *own, *around[2:]])]
    assert [each.text for each in lines if not each.is_of_argo] == own
