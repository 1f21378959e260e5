"""What a home and the cache keep that nobody needs any more, and how it goes.

What may be in use stays: a run that goes on, an environment that was used within a day, and the results, plans and
fetched reports that were. The embedded stores hold tables, and go only if somebody names them. Several may clean at
once, for homes share a cache: what another has taken is gone already.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from components.shell.errors import ConfigurationError
from stockpot.caches import cache, mark_used
from stockpot.local.ages import last_used, size
from stockpot.local.environments import used_lock
from stockpot.local.homes import FETCHED
from stockpot.local.locks import if_free
from stockpot.local.project import Project
from stockpot.local.records import REPORT, Run, State, list_runs, load_run, run_directory, runs_directory
from stockpot.local.services import forget, require_own

_SHORTEST = timedelta(days=1)
# What others keep in a folder of such a name stays. `.part-x`, `.NAME.x` and `.NAME.gone` are left by who was killed.
_ENVIRONMENT = re.compile(r"\.*[0-9a-f]{32}(\..+)?")
_RESULT = re.compile(r"\.*([0-9a-f]{64}(\.gone)*|part-.+)")
_PLANS = re.compile(r"\.*[0-9a-f]{16}(\.gone)*")
_WORKFLOW = re.compile(r"\.*[a-z0-9]([a-z0-9.-]*[a-z0-9])?(\.gone)*")
_INDEX = "index.html"


class Kind(StrEnum):
    """What can be cleaned."""

    RUNS = "runs"
    ENVIRONMENTS = "environments"
    RESULTS = "results"
    PLANS = "plans"
    REPORTS = "reports"
    STORES = "stores"


UNNAMED = (Kind.RUNS, Kind.ENVIRONMENTS, Kind.RESULTS, Kind.PLANS, Kind.REPORTS)
"""What is cleaned where nothing is named."""


@dataclass(frozen=True)
class Item:
    """Something that can go: where it lies, when it was last used, its bytes, and the lock of whoever uses it."""

    kind: Kind
    name: str
    path: Path
    used: datetime
    bytes: int
    lock: Path | None = None


@dataclass(frozen=True)
class Wish:
    """What is to go: the kinds, unused for how long, and how many runs of each pipeline stay whatever their age.

    Where it `keeps_open`, so do the runs of each pipeline from its last success on.
    """

    kinds: Sequence[Kind] = UNNAMED
    age: timedelta = timedelta(days=30)
    keep: int = 1
    keeps_open: bool = False


def cleanable(home: Path, wish: Wish, now: datetime | None = None) -> list[Item]:
    """What the wish would take away, oldest first by kind."""
    moment = now or datetime.now(UTC)
    items = [item for kind in wish.kinds for item in _FINDERS[kind](home, wish, moment)]
    if wish.keeps_open:
        runs = _open(home)
        items = [item for item in items if item.kind is not Kind.RUNS or item.name not in runs]
    return sorted(items, key=lambda item: (list(Kind).index(item.kind), item.used, item.name))


def _open(home: Path) -> set[str]:
    """The runs of each pipeline from its last success on.

    Those that failed can be resumed, unless they have no plan; the last success is what the next run is compared with.
    What else they used can be made again, so it goes by its age alone.
    """
    runs: set[str] = set()
    closed: set[str] = set()
    for run in list_runs(home):
        if run.plan and run.pipeline not in closed:
            runs.add(run.id)
            if run.state is State.SUCCEEDED:
                closed.add(run.pipeline)
    return runs


def remove(home: Path, item: Item) -> bool:
    """Whether this has removed it: not what has come into use or went meanwhile, nor what may not be removed.

    Raises:
        ConfigurationError: a run is using the embedded stores.
    """
    if item.kind is Kind.STORES:
        forget(home)
        return True
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        locks = [lock for lock in (item.lock, used_lock(item.path)) if lock and lock.exists()]
        if not all(stack.enter_context(if_free(each)) for each in locks) or _used(home, item) > item.used:
            return False
        # At once, so that nobody finds a half of it.
        gone = item.path.with_name(f".{item.path.name}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        item.path.rename(gone)
        # It is being removed: no other cleaner of the cache takes it for something old.
        mark_used(gone)
        shutil.rmtree(gone, ignore_errors=True)
        if item.kind is Kind.REPORTS:
            # It leads there. `stockpot report --all --on cluster` writes it anew.
            (item.path.parent / _INDEX).unlink(missing_ok=True)
        return not gone.exists()
    return False


def _used(home: Path, item: Item) -> datetime:
    """When the item was last used, as it is now."""
    if item.kind is not Kind.RUNS:
        return last_used(item.path)
    try:
        return _ended(home, load_run(home, item.name))
    except ConfigurationError:
        return item.used


def _runs(home: Path, wish: Wish, moment: datetime) -> Iterator[Item]:
    counts: dict[str, int] = {}
    for run in list_runs(home):
        counts[run.pipeline] = counts.get(run.pipeline, 0) + 1
        is_done = run.state is not State.RUNNING and moment - _ended(home, run) > wish.age
        if is_done and counts[run.pipeline] > wish.keep:
            path = run_directory(home, run.id)
            yield Item(Kind.RUNS, run.id, path, _ended(home, run), size(path), path / "lock")
    for path in runs_directory(home).glob(".*.gone"):
        yield Item(Kind.RUNS, path.name, path, last_used(path), size(path))


def _ended(home: Path, run: Run) -> datetime:
    """When the run ended; of one that was interrupted, when its record was last written."""
    return datetime.fromisoformat(run.ended) if run.ended else last_used(run_directory(home, run.id) / "run.json")


def _environments(home: Path, wish: Wish, moment: datetime) -> Iterator[Item]:
    folder = Project.of(home).environments
    for path, used in _unused(folder, _ENVIRONMENT, wish, moment):
        lock = folder / f"{path.name}.lock"
        yield Item(Kind.ENVIRONMENTS, path.name, path, used, size(path), lock if lock.exists() else None)


def _results(home: Path, wish: Wish, moment: datetime) -> Iterator[Item]:
    for path, used in _unused(home.resolve() / "cache", _RESULT, wish, moment):
        yield Item(Kind.RESULTS, path.name[:16], path, used, size(path))


def _plans(_home: Path, wish: Wish, moment: datetime) -> Iterator[Item]:
    for path, used in _unused(cache() / "traces", _PLANS, wish, moment):
        yield Item(Kind.PLANS, path.name, path, used, size(path))


def _reports(home: Path, wish: Wish, moment: datetime) -> Iterator[Item]:
    """Pages that were fetched, each alone in the folder of its run, below that of the namespace."""
    fetched = home.resolve() / FETCHED
    for namespace in sorted(fetched.glob("*")) if os.path.isdir(fetched) else ():  # noqa: PTH112 - Path would raise
        for path, used in () if namespace.is_symlink() else _unused(namespace, _WORKFLOW, wish, moment):
            if _is_page(path):
                yield Item(Kind.REPORTS, f"{namespace.name}/{path.name}", path, used, size(path))


def _is_page(path: Path) -> bool:
    """Whether there is nothing but a page in the folder, and what a killed command has left of one."""
    with contextlib.suppress(OSError):
        return all(REPORT in each.name for each in path.iterdir())
    return False


def _stores(home: Path, _wish: Wish, _moment: datetime) -> Iterator[Item]:
    folder = home.resolve()
    require_own(folder / "services")
    candidates = (folder / "services", folder / ".services.gone")
    if path := next((each for each in candidates if each.is_dir()), None):
        yield Item(Kind.STORES, "Postgres, object store", path, last_used(path), size(path))


def _unused(folder: Path, ours: re.Pattern[str], wish: Wish, moment: datetime) -> Iterator[tuple[Path, datetime]]:
    """Directories of a folder, of names of ours, not used for so long and at least for a day, with when they were."""
    for path in sorted(folder.glob("*")) if os.path.isdir(folder) else ():  # noqa: PTH112 - Path would raise
        is_ours = ours.fullmatch(path.name) and path.is_dir() and not path.is_symlink()
        if is_ours and moment - (used := last_used(path)) > max(wish.age, _SHORTEST):
            yield path, used


_FINDERS: Mapping[Kind, Callable[[Path, Wish, datetime], Iterator[Item]]] = {
    Kind.RUNS: _runs,
    Kind.ENVIRONMENTS: _environments,
    Kind.RESULTS: _results,
    Kind.PLANS: _plans,
    Kind.REPORTS: _reports,
    Kind.STORES: _stores,
}
