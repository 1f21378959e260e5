"""What one step of a run on a cluster has said last, for somebody who looks at it."""

from collections import deque
from collections.abc import Callable, Sequence

from components.shell.errors import StepError
from components.shell.redaction import redact
from stockpot.cluster.access import Cluster
from stockpot.cluster.logs import show_logs
from stockpot.polling import Latest

# So many lines of a log are kept, and so much of each: a screen shows less.
_LINES, _LETTERS = 2000, 4000
_ASKED = ("The cluster is being asked.",)


class RecentLog:
    """The last lines of a step, which are asked for every so many seconds until that step `is_over`.

    One step is followed at a time: each look reads the ends of the logs of its pods.
    """

    def __init__(self, cluster: Cluster, run: str, is_over: Callable[[str], bool], *, every: float) -> None:
        self._cluster, self._run, self._is_over, self._every = cluster, run, is_over, every
        self._step = ""
        self._latest: Latest[tuple[bool, Sequence[str]]] | None = None

    def __call__(self, step: str) -> Sequence[str]:
        """The lines of that step, or why they cannot be read; the step that was followed before is left."""
        if self._latest is None or self._step != step:
            self.leave()
            self._step, kept = step, deque[str](maxlen=_LINES)
            self._latest = Latest(
                # Whether the step is over is asked first: what was said before its end is there then.
                lambda: (self._is_over(step), self._lines(step, kept)),
                lambda state: state[0],
                every=self._every,
                meanwhile=(False, _ASKED),
            )
        try:
            return self._latest()[1]
        except StepError as error:
            return [redact(str(error))]

    def leave(self) -> None:
        """Look no more."""
        if self._latest:
            self._latest.leave()

    def _lines(self, step: str, kept: deque[str]) -> Sequence[str]:
        """What the step has said, and why some of it could not be read; `kept` is what it had said before."""
        lines: deque[str] = deque(maxlen=_LINES)
        notes: list[str] = []

        def say(_: str, line: str) -> None:
            lines.append(line[:_LETTERS])

        show_logs(self._cluster, self._run, step, say, notes.append, is_whole=True, last=_LINES)
        # A pod that ends well is taken away. What it has said stays.
        if lines:
            kept.clear()
            kept.extend(lines)
        return [*kept, *notes]
