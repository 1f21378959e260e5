"""Under which key a dataset that replaces a whole table is committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from components.iceberg.coverage import INSTANT
from components.iceberg.receipts import Receipt, furthest
from components.shell.errors import ConfigurationError, SupersededError
from components.shell.instants import EPOCH, format_instant, refuse_future
from components.shell.keys import key_of

SYNTHETIC = "synthetic"
# Of a key: its first digits name the dataset, the others its interval.
_HALF = 16


@dataclass(frozen=True)
class Dataset:
    """What a dataset depends on: who makes it, under which version, from which source and with which settings.

    One that is `inclusive` holds rows of the run's instant itself too.
    """

    pipeline: str
    table: str
    version: str
    source: str
    settings: Mapping[str, Any]
    inclusive: bool = False

    @property
    def identity(self) -> str:
        """16 hexadecimal digits that stand for the dataset."""
        return key_of([self.pipeline, self.table, self.version, self.source, self.settings], _HALF)

    def end(self, as_of: datetime) -> datetime:
        """The first instant of which the dataset of a run at `as_of` holds nothing."""
        return as_of + INSTANT if self.inclusive else as_of

    @property
    def timeless(self) -> bool:
        """Whether the rows are the same whenever they are made."""
        return self.source == SYNTHETIC


@dataclass(frozen=True)
class Plan:
    """A half-open interval, the key of its load, and `why`: first, repeated or replaced."""

    start: datetime
    end: datetime
    run_key: str
    why: str


def plan(as_of: datetime, now: datetime, dataset: Dataset, committed: Sequence[Receipt]) -> Plan:
    """The plan of the run at `as_of`, given what is committed and the database's clock.

    Raises:
        ConfigurationError: `as_of` lies in the future, or before 1970.
        SupersededError: another dataset is committed for this `as_of` or a later one.
    """
    refuse_future(as_of, now)
    if as_of <= EPOCH:
        raise ConfigurationError(f"as_of {format_instant(as_of)} lies before the data", "give an instant after 1970")
    held, end = furthest(committed), dataset.end(as_of)
    if held is not None and _holds(held, dataset) and (dataset.timeless or held.interval_end == end):
        return Plan(held.interval_start, held.interval_end, held.run_key, "repeated")
    if held is not None and held.interval_end >= end:
        raise SupersededError(
            f"as_of {format_instant(as_of)} is superseded: another dataset of {format_instant(held.interval_end)} is"
            f" committed (snapshot {held.snapshot_id})",
            "give a later as_of to replace it",
        )
    key = dataset.identity + key_of([dataset.identity, format_instant(EPOCH), format_instant(end)], _HALF)
    return Plan(EPOCH, end, key, "replaced" if held else "first")


def _holds(receipt: Receipt, dataset: Dataset) -> bool:
    """Whether the receipt is one of the dataset, whose identity its key begins with."""
    return receipt.run_key.startswith(dataset.identity)
