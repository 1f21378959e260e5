"""Which files errors are planted in, which of them, and whose tests have to find them."""

import ast
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tests.mutants.operators import Mutant, mutants_of, parses

_COMPONENTS = "tests/components"
_SHELL, _ICEBERG, _READ = f"{_COMPONENTS}/shell", f"{_COMPONENTS}/iceberg", f"{_COMPONENTS}/read_iceberg"
_SHOP = ("article_versions", "customer_features", "daily_sales", "user_item_interactions")


@dataclass(frozen=True)
class Area:
    """Files, as patterns, and the tests that are theirs; `without` are tests among them that are left out."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()

    @property
    def kafka(self) -> bool:
        """Whether its tests need a broker."""
        return any(test.endswith("/consume_events") for test in self.tests)


def _step(name: str, *without: str) -> Area:
    """A step, and its own tests without those that take minutes."""
    folder = f"{_COMPONENTS}/{name}"
    left_out = (*_SLOW, *(f"{folder}/test_{each}.py" for each in without))
    return Area((f"components/{name}/*.py",), (folder,), left_out)


# The tests of crashes and crowds start a process or a thread per case, and say nothing that a changed line would break
# elsewhere.
_SLOW = tuple(f"tests/components/*/test_{name}.py" for name in ("kills", "faults", "pooler", "twins"))
AREAS = (
    *(
        _step(name)
        for name in (
            "begin_run",
            "extract_files",
            "import_artifact",
            "raw_tables",
            "reviews_nlp",
        )
    ),
    Area(
        ("components/ranking_features/*.py", "components/feed/*.py", "components/examine_features/prove.py"),
        (f"{_COMPONENTS}/ranking_features", f"{_COMPONENTS}/examine_features/test_prove.py"),
        _SLOW,
    ),
    # What starts processes would run after each error that lives.
    _step("check_quality", "start", "command"),
    _step("moderation_features", "step"),
    _step("maintain_tables", "events"),
    _step("extract_postgres", "interruptions"),
    _step("event_tables", "history", "overtaken"),
    _step("consume_events", "compacted", "tls"),
    *(_step(name, "step") for name in _SHOP),
    Area(
        ("components/retail/*.py",),
        (f"{_COMPONENTS}/retail", *(f"{_COMPONENTS}/{name}/test_rows.py" for name in _SHOP)),
    ),
    Area(
        ("components/load_iceberg/*.py",),
        ("tests/components/load_iceberg", f"{_ICEBERG}/test_receipts.py", f"{_ICEBERG}/test_lateness.py"),
        _SLOW,
    ),
    # What a load goes by.
    Area(
        tuple(f"components/iceberg/{name}.py" for name in ("receipts", "commits", "lateness")),
        (
            *(f"{_ICEBERG}/test_{name}.py" for name in ("commits", "receipts", "lateness", "coverage")),
            f"{_COMPONENTS}/begin_run/test_plan_interval.py",
            *(f"{_COMPONENTS}/load_iceberg/test_{name}.py" for name in ("load", "late", "cuts")),
        ),
    ),
    Area(
        ("components/iceberg/scan.py",),
        (f"{_READ}/test_read.py", f"{_READ}/test_versions.py", f"{_READ}/test_baseline.py"),
    ),
    Area(
        ("components/iceberg/coverage.py",),
        (f"{_ICEBERG}/test_coverage.py", "tests/components/moderation_features/test_coverage.py"),
    ),
    Area(("components/shell/datasets.py",), (f"{_SHELL}/test_datasets.py",)),
    Area(
        ("components/shell/projection.py", "components/shell/personal.py"),
        (f"{_SHELL}/test_projection.py", "tests/components/extract_postgres/test_projection.py"),
    ),
    Area(
        ("components/shell/schema/*.py",),
        (f"{_SHELL}/test_schema.py", f"{_ICEBERG}/test_tables.py", "tests/components/check_quality/test_contract.py"),
    ),
    Area(("components/iceberg/nested.py",), ("tests/components/test_types.py",)),
    Area(("components/shell/ids.py",), (f"{_SHELL}/test_ids.py",)),
    Area(("components/shell/keys.py",), (f"{_SHELL}/test_keys.py",)),
    Area(("components/shell/instants.py",), (f"{_SHELL}/test_instants.py",)),
    # The golden files show that something has changed, not what is wrong with it.
    Area(
        ("stockpot/compiler/[!k]*.py", "stockpot/compiler/keys.py"),
        ("tests/stockpot/compiler", "tests/pipelines/test_lineage.py", "tests/stockpot/kfp/test_retries.py"),
        ("tests/stockpot/compiler/test_golden.py",),
    ),
    Area(("stockpot/compiler/kfp.py",), ("tests/stockpot/compiler/test_kfp.py", "tests/stockpot/kfp")),
    Area(("stockpot/local/cache.py", "stockpot/local/digests.py"), ("tests/stockpot/local/test_cache.py",)),
    Area(("stockpot/local/cleaning.py",), ("tests/stockpot/local/test_cleaning.py",)),
    Area(("stockpot/local/docker.py", "stockpot/local/starting.py"), ("tests/stockpot/local/test_docker.py",)),
    Area(("stockpot/local/anew.py",), ("tests/stockpot/local/test_alone.py", "tests/stockpot/local/test_recovery.py")),
    # A browser, and whole runs.
    Area(
        ("stockpot/report/*.py",),
        ("tests/stockpot/report",),
        tuple(f"tests/stockpot/report/test_{name}.py" for name in ("widths", "of_real_runs")),
    ),
    Area(
        ("stockpot/backfill/*.py",),
        ("tests/stockpot/backfill",),
        tuple(f"tests/stockpot/backfill/test_{name}.py" for name in ("backfill", "stream")),
    ),
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


def module(file: str) -> str:
    """What the file belongs to: the step, a module that steps share, or a part of pipelines."""
    return (
        file.removesuffix(".py")
        if file.startswith(("components/shell/", "components/iceberg/"))
        else file.rpartition("/")[0]
    )


def shares(found: Sequence[str], seed: int, count: int) -> dict[str, int]:
    """How many errors each file gets of `count` over all of them: as many as any other, give or take one."""
    each, more = divmod(count, max(1, len(found)))
    favoured = set(random.Random(f"{seed} files").sample(sorted(found), more))
    return {file: each + (file in favoured) for file in found}


def function_of(text: bytes, line: int) -> range:
    """The lines of the outermost function that holds the line, decorators included; none where it is in no function."""

    def within(nodes: Sequence[ast.stmt]) -> range:
        for node in nodes:
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            if not first <= line <= (node.end_lineno or first):
                continue
            if isinstance(node, ast.ClassDef):
                return within(node.body)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                return range(first, (node.end_lineno or first) + 1)
        return range(0)

    return within(ast.parse(text).body)
