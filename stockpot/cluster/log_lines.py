"""Lines that the pods of a run have said, with the time at which each was said."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_NEVER = datetime.min.replace(tzinfo=UTC)
# Clocks of a cluster's machines differ; what was said so long before the last line is asked for again.
_SLACK = timedelta(seconds=60)
# What Argo's executor says around the step's own program, in the same log.
_OF_ARGO = re.compile(r"time=\S+ level=\w+ msg=.*\bargo=true\b.*|Error: exit status \d+")


@dataclass(frozen=True)
class LogLine:
    """What a pod has said on one line, without its end."""

    pod: str
    at: datetime
    text: str

    @property
    def is_of_argo(self) -> bool:
        """Whether Argo's executor has said it, not the step."""
        return bool(_OF_ARGO.fullmatch(self.text))


@dataclass(frozen=True)
class LogQuery:
    """Which lines are asked for: of one pod or of all, from when on or all, so many of each pod's last or all."""

    pod: str = ""
    since: datetime | None = None
    last: int = 0


def mark(pod: str) -> str:
    """What the name of a pod and the id of its node have in common, however Argo names pods."""
    return pod.rpartition("-")[2]


def stamped(pod: str, line: str) -> LogLine:
    """The line of a log in which the time stands before each; one without a time is as old as can be."""
    stamp, _, text = line.partition(" ")
    try:
        at = datetime.fromisoformat(stamp).astimezone(UTC)
    except ValueError:
        at, text = _NEVER, line
    return LogLine(pod, at, text.removesuffix("\r"))


class Heard:
    """Tells which lines are new, when the same time is asked for again."""

    def __init__(self) -> None:
        # Of each pod: the time of its last line, and how many lines had this very time.
        self._last: dict[str, tuple[datetime, int]] = {}

    def since(self, seconds: float) -> datetime | None:
        """From when on lines are to be asked for after a look that took so long; None for all.

        A pod that was read early in the look may have said something while the others were read.
        """
        stamps = [at for at, _ in self._last.values() if at > _NEVER]
        return max(stamps) - _SLACK - timedelta(seconds=int(seconds)) if stamps else None

    def new(self, lines: Iterable[LogLine]) -> Iterator[LogLine]:
        """The lines that were not there before, in their order, as they come."""
        before, again = dict(self._last), Counter[str]()
        for line in lines:
            last, times = before.get(line.pod, (_NEVER, 0))
            if line.at == last:
                again[line.pod] += 1
            if line.at > last or (line.at == last and again[line.pod] > times):
                self._note(line)
                yield line

    def _note(self, line: LogLine) -> None:
        last, times = self._last.get(line.pod, (_NEVER, 0))
        self._last[line.pod] = (line.at, times + 1 if line.at == last else 1)
