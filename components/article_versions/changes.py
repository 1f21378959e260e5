"""`python -m components.article_versions.changes`: what has changed in the catalogue since the run before."""

from dataclasses import asdict, dataclass
from pathlib import Path

import ibis.expr.types as ir

from components.article_versions.compute import MEMORY
from components.shell import datasets, step
from components.shell.engine import Engine, engine, records
from components.shell.errors import ConfigurationError
from components.shell.files import write_parameter
from components.shell.summary import Summary

_HASHES = ("text_hash", "image_hash", "commercial_hash")


@dataclass(frozen=True)
class Changes:
    """How many articles were there before and are now, came, went, and say another thing than before."""

    previous: int
    now: int
    added: int
    removed: int
    text_changed: int
    image_changed: int
    commercial_changed: int

    @property
    def count(self) -> int:
        """The changes that count: what an article costs and how much of it there is says nothing of what it is."""
        return self.added + self.removed + self.text_changed + self.image_changed

    @property
    def share(self) -> float:
        """The same as a share of what was there before."""
        return self.count / max(self.previous, 1)


@dataclass(frozen=True)
class Threshold:
    """From where on a catalogue has changed: a share of its articles, or a number of them where that is not 0."""

    share: float
    rows: int = 0

    def __post_init__(self) -> None:
        """Refuse what is no threshold.

        Raises:
            ConfigurationError: the share is no number from 0 on, or the number is negative.
        """
        if not self.share >= 0:
            raise ConfigurationError(f"changed_share is {self.share:g}", "give a share such as 0.05")
        if self.rows < 0:
            raise ConfigurationError(f"changed_rows is {self.rows}", "give a number of articles, or 0 for none")

    def reached(self, changes: Changes) -> bool:
        """Whether so much has changed."""
        return changes.share >= self.share or changes.count >= self.rows > 0


def main(
    *,
    rows: Path,
    previous: Path,
    previous_snapshot: str,
    changed: Path,
    added: Path,
    removed: Path,
    text_changed: Path,
    image_changed: Path,
    commercial_changed: Path,
    summary: Path,
    changed_share: float = 0.05,
    changed_rows: int = 0,
) -> None:
    """Count what has changed in the catalogue, and say whether that is much."""
    threshold = Threshold(changed_share, changed_rows)
    with engine(MEMORY) as backend:
        delta = changes(backend, *(backend.read_parquet(datasets.files(path)) for path in (rows, previous)))
    # Of a first run all is new, whatever the share.
    is_changed = not previous_snapshot or threshold.reached(delta)
    parameters = {
        "added": added,
        "removed": removed,
        "text_changed": text_changed,
        "image_changed": image_changed,
        "commercial_changed": commercial_changed,
    }
    counts = asdict(delta)
    for name, parameter in parameters.items():
        write_parameter(parameter, counts[name])
    write_parameter(changed, "true" if is_changed else "false")
    print(", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in parameters), f"of {delta.previous} before")
    Summary(delta.now, delta.now, 0, counts | {"changed": is_changed, "share": delta.share}).write(summary)


def changes(backend: Engine, rows: ir.Table, previous: ir.Table) -> Changes:
    """What has changed from the previous articles to those in `rows`."""
    before = previous.select({f"before_{name}": previous[name] for name in ("article_id", *_HASHES)})
    joined = rows.select("article_id", *_HASHES).outer_join(before, rows.article_id == before.before_article_id)
    is_now, was = joined.article_id.notnull(), joined.before_article_id.notnull()
    both = is_now & was
    counted = joined.agg(
        previous=was.sum(),
        now=is_now.sum(),
        added=(~was).sum(),
        removed=(~is_now).sum(),
        **{name.replace("hash", "changed"): (both & _differs(joined, name)).sum() for name in _HASHES},
    )
    return Changes(**{name: int(count or 0) for name, count in records(backend, counted)[0].items()})


def _differs(joined: ir.Table, name: str) -> ir.BooleanValue:
    return ~joined[name].identical_to(joined[f"before_{name}"])


if __name__ == "__main__":
    step.run(main)
