"""Runs that go on at once, twenty times over."""

import contextlib
import io
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.exceptions import CommitFailedException

from tests.components.event_tables.original import Original
from tests.components.event_tables.scene import (
    HOUR,
    T0,
    World,
    happened,
    narrow,
    run,
    wrong_events,
    wrong_windows,
)
from tests.components.load_iceberg.crowd import Crowd, crowd

pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("event-tables"), pytest.mark.timeout(1200)]

ROUNDS = 20


def as_ever(world: World, _scratch: Path) -> str:
    """A run of the pipeline."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        run(world, world.sent[0].at, consumers=1)
    return "committed" if "events committed" in said.getvalue() else "found done"


def as_the_original(world: World, _scratch: Path) -> str:
    """A run of the original, which its scheduler begins again while it fails."""
    while True:
        with contextlib.suppress(CommitFailedException):
            Original()(world, world.sent[0].at)
            return "committed"


def round_of(number: int, world: World, twins: Crowd, work: Any, environ: dict[str, str]) -> list[str]:
    """What both twins say of the round's tick."""
    tick = T0 + (number + 1) * HOUR / 4
    world.send(happened(40, T0 + number * HOUR / 4, HOUR / 4))
    asked = replace(world, broker=replace(world.broker, _process=None), sent=[replace(world.sent[0], at=tick)])
    environ = {**environ, "KAFKA_BOOTSTRAP_SERVERS": world.broker.address}
    return twins.all_at_once(work, asked, Path(), environ)


def test_twins_leave_the_rows_of_one(world: World, catalog_env: dict[str, str]) -> None:
    """In each round one of two runs commits, the other finds it done or ends with 12; nothing is twice or missing."""
    said: Counter[str] = Counter()
    narrow(world)
    with crowd(2) as twins:
        for number in range(ROUNDS):
            answers = [answer[:10] for answer in round_of(number, world, twins, as_ever, catalog_env)]
            said.update(answers)
            assert answers.count("committed") == 1, f"round {number}: {answers}"
            assert set(answers) <= {"committed", "found done", "exit 12: t"}, f"round {number}: {answers}"
    assert said["committed"] == ROUNDS
    # Whoever was overtaken while the windows were counted left them to the other.
    run(world, T0 + ROUNDS * HOUR / 4)
    assert wrong_windows(world, T0 + ROUNDS * HOUR / 4) == []
    assert wrong_events(world) == []


def test_twins_of_the_original_double_everything(world: World, catalog_env: dict[str, str]) -> None:
    """The first round already has windows twice: the harness can tell."""
    with crowd(2) as twins:
        round_of(0, world, twins, as_the_original, catalog_env)
    assert any("twice" in line for line in wrong_windows(world, T0 + HOUR))
