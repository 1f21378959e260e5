"""What a step did, in figures, for the run's report and for `etl_runs`."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.shell.files import write_atomically

OFF = {"state": "off"}
"""The details of a step that is off in this run: it has no rows because nobody looked for any."""


def is_off(details: Mapping[str, Any]) -> bool:
    """Whether these are the details of a step that is off in this run."""
    return details.items() >= OFF.items()


@dataclass(frozen=True)
class Summary:
    """Rows that came in, went out and were rejected (in = out + rejected where a step filters), and the details."""

    rows_in: int = 0
    rows_out: int = 0
    rows_rejected: int = 0
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def is_off(self) -> bool:
        """Whether the step is off in this run."""
        return is_off(self.details)

    def write(self, path: Path) -> None:
        """Write the summary as a JSON file."""
        write_atomically(path, json.dumps(dataclasses.asdict(self), indent=2, sort_keys=True, default=str).encode())


def read_summary(path: Path) -> Summary:
    """The summary in the JSON file at `path`."""
    return Summary(**json.loads(path.read_bytes()))
