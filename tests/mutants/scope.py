"""Which files errors are planted in, which of them, and whose tests have to find them."""

import random
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.mutants.operators import Mutant, mutants_of, parses

_STEPS = (
    "load_iceberg", "plan_interval", "plan_dataset", "event_tables", "consume_events", "maintain_tables",
    "moderation_features", "ranking_features", "extract_postgres", "check_quality", "temporal_split",
)  # fmt: skip
_SHELL = "tests/components/shell"


@dataclass(frozen=True)
class Area:
    """Files, as patterns, and the tests that are theirs; `without` are tests among them that are left out."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()


# The tests of crashes start a process per case, and say nothing that a changed line would break elsewhere.
_SLOW = ("tests/components/*/test_kills.py", "tests/components/*/test_faults.py", "tests/components/*/test_pooler.py")
AREAS = (
    *(Area((f"components/{step}/*.py",), (f"tests/components/{step}",), _SLOW) for step in _STEPS),
    Area(("components/shell/receipts.py",), (f"{_SHELL}/test_receipts.py", "tests/components/load_iceberg"), _SLOW),
    Area(("components/shell/commits.py",), ("tests/components/load_iceberg",), _SLOW),
    Area(("components/shell/scan.py",), ("tests/components/read_iceberg", "tests/components/read_views")),
    Area(
        ("components/shell/lateness.py",), (f"{_SHELL}/test_lateness.py", "tests/components/load_iceberg/test_late.py")
    ),
    Area(
        ("components/shell/coverage.py",),
        (f"{_SHELL}/test_coverage.py", "tests/components/moderation_features/test_coverage.py"),
    ),
    Area(("components/shell/datasets.py",), (f"{_SHELL}/test_datasets.py",)),
    Area(("components/shell/ids.py",), (f"{_SHELL}/test_ids.py",)),
    Area(("components/shell/keys.py",), (f"{_SHELL}/test_keys.py",)),
    Area(("components/shell/instants.py",), (f"{_SHELL}/test_instants.py",)),
    # The golden files show that something has changed, not what is wrong with it.
    Area(
        ("pipelines/compiler/*.py",),
        ("tests/pipelines/compiler", "tests/pipelines/test_lineage.py"),
        ("tests/pipelines/compiler/test_golden.py",),
    ),
    Area(("pipelines/local/cache.py", "pipelines/local/digests.py"), ("tests/pipelines/local/test_cache.py",)),
    Area(("pipelines/backfill/*.py",), ("tests/pipelines/backfill",)),
)
# The interface of a step is compared with its arguments by a test of all steps, and says nothing else.
_DECLARED = {"component.py", "__init__.py"}


def files(root: Path, area: Area) -> list[str]:
    """The area's files, below the root."""
    found = (path for pattern in area.files for path in root.glob(pattern) if path.name not in _DECLARED)
    return sorted(str(path.relative_to(root)) for path in found)


def tests(root: Path, area: Area) -> list[str]:
    """What pytest is given to run the area's tests."""
    left_out = [f"--ignore={path.relative_to(root)}" for pattern in area.without for path in sorted(root.glob(pattern))]
    return [*area.tests, *left_out]


def drawn(root: Path, file: str, seed: int, most: int) -> list[Mutant]:
    """So many errors of the file, the same for the same text and seed; what else changes does not change them."""
    text = (root / file).read_bytes()
    found = mutants_of(file, text)
    random.Random(f"{seed} {file}").shuffle(found)
    chosen = islice((mutant for mutant in found if parses(mutant.planted(text))), most)
    return sorted(chosen, key=lambda mutant: (mutant.start, mutant.end, mutant.new))
