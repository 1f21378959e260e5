"""What work costs, in a process of its own or here, and ways to do the same, which take turns."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from tests.harness.memory import measured

# How much is repeated of what a process said that failed.
_SAID = 4000


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, seconds of processor, peak memory in MiB and megabytes sent; None is not measured."""

    seconds: float | None = None
    cpu: float | None = None
    memory: float | None = None
    sent: float | None = None

    def times(self, factor: float) -> "Cost":
        """So many times the work, where it is linear in what was measured; memory is that of the part."""
        longer = {name: value * factor for name in ("seconds", "cpu", "sent") if (value := getattr(self, name))}
        return replace(self, **longer)


def told(command: Sequence[str], *, code: int = 0, **flags: object) -> tuple[Cost, str]:
    """What a process costs that is given these flags, with those that it waits for, and its stdout.

    The benchmark ends where it leaves with another exit code than `code`.
    """
    options = [f"--{name.replace('_', '-')}={_text(value)}" for name, value in flags.items()]
    with tempfile.TemporaryDirectory() as scratch:
        cost, out, err = (Path(scratch, name) for name in ("cost", "out", "err"))
        words = [*map(str, command), *options]
        # No pipes: what such a process leaves running would hold them open.
        with out.open("w") as stdout, err.open("w") as stderr:
            done = subprocess.run(measured(words, cost), stdout=stdout, stderr=stderr, check=False)
        if done.returncode != code:
            said = f"{out.read_text()}{err.read_text()}"[-_SAID:]
            sys.exit(f"{said}\n{' '.join(words[:4])} ended with {done.returncode}")
        return Cost(**json.loads(cost.read_text())), out.read_text()


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict | list | tuple) else str(value)


def run(command: Sequence[str], *, code: int = 0, **flags: object) -> Cost:
    """What a process costs that is given these flags, with those that it waits for."""
    return told(command, code=code, **flags)[0]


def alone(way: Callable[..., Any], *given: object) -> tuple[Cost, Any]:
    """What a process costs that calls a function and nothing else, and what the function returns, as JSON has it."""
    with tempfile.TemporaryDirectory() as scratch:
        answer = Path(scratch, "answer")
        words = [way.__module__, way.__name__, str(answer), json.dumps(given, default=str)]
        return run([sys.executable, "-m", "tests.bench.alone", *words]), json.loads(answer.read_text())


def here(work: Callable[[], object]) -> Cost:
    """What work costs this process, whose peak says nothing of it."""
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - begin, time.process_time() - cpu)


def within(way: Callable[..., Cost], *given: object) -> Cost:
    """What a function tells of its work, with the peak of the process that it has for itself."""
    cost, told_cost = alone(way, *given)
    return replace(Cost(**told_cost), memory=cost.memory)


def best(costs: Sequence[Cost]) -> Cost:
    """The least of the times, for what disturbs a run only ever makes it longer; of memory the most."""
    return _of(costs, min)


def median(costs: Sequence[Cost]) -> Cost:
    """The medians of the times, and of memory the most."""
    return _of(costs, statistics.median)


def _of(costs: Sequence[Cost], choose: Callable[[Sequence[float]], float]) -> Cost:
    columns = {each.name: [getattr(cost, each.name) for cost in costs] for each in fields(Cost)}
    return Cost(
        **{
            name: None if None in values else max(values) if name == "memory" else choose(values)
            for name, values in columns.items()
        }
    )


def by_turns(
    ways: Mapping[str, Callable[[], Cost]], times: int, choose: Callable[[Sequence[Cost]], Cost]
) -> dict[str, Cost]:
    """What each way costs, of so many turns in which all meet the same neighbours."""
    turns = [{name: way() for name, way in ways.items()} for _ in range(times)]
    return {name: choose([turn[name] for turn in turns]) for name in ways}
