"""Whose names stand where: the platform knows no product by name, and every name of its own is one setting."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = re.compile("gourmetgram", re.IGNORECASE)
# Tests borrow the product's events and rows.
BORROWED = re.compile(r"from (pipelines|stockpot\.samples)\.gourmetgram import [\w, ]+")
# Where the product may be named, and why. A folder ends in a slash.
PLACES: Mapping[str, str] = {
    "README.md": "its settings have the default names",
    "CHANGELOG.md": "what changed for it",
    "docs/": "its pipelines, its samples, the default names",
    "components/shell/default_names.py": "the default names",
    "pipelines/gourmetgram.py": "its events",
    "pipelines/moderation_training.py": "its pipeline",
    "pipelines/event_aggregation.py": "its pipeline",
    "stockpot/samples/": "its sample",
    "stockpot/commands/sampling.py": "the command that writes its sample",
    "manifests/argo/": "compiled with the default names",
    "manifests/kfp/": "compiled with the default names, and its demo",
    "manifests/overlays/demo/": "its demo",
    "manifests/overlays/production/secrets.example.yaml": "keys as the compiled manifests name them",
    "tests/harness/pictures.py": "its report, of which a picture is taken",
    "tests/test_names.py": "this",
    "tests/bench/": "how long its pipelines take",
    "tests/e2e/test_event_aggregation.py": "its pipeline",
    "tests/components/consume_events/": "its topics",
    "tests/components/read_iceberg/events.py": "its topics",
    "tests/components/read_views/": "its topics",
    "tests/stockpot/samples/": "its sample",
    "tests/stockpot/test_cli.py": "its pipeline and its sample",
    "tests/pipelines/test_moderation_training.py": "its pipeline",
    "tests/pipelines/test_views_from_events.py": "its pipelines",
}


def named(files: Mapping[str, str]) -> Iterator[str]:
    """Every line elsewhere that names the product, as path:number; a path that does so as path:0."""
    for path, text in files.items():
        if not any(path == place or (place.endswith("/") and path.startswith(place)) for place in PLACES):
            lines = enumerate([path, *text.splitlines()])
            yield from (
                f"{path}:{number}" for number, line in lines if PRODUCT.search(line) and not _borrows(path, line)
            )


def _borrows(path: str, line: str) -> bool:
    return path.startswith("tests/") and bool(BORROWED.fullmatch(line))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The text of every file of the repository, and of those that git does not know yet."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    paths = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return {path: (ROOT / path).read_text(errors="replace") for path in paths if (ROOT / path).is_file()}


def test_the_product_is_named_in_its_own_files_alone(files: dict[str, str]) -> None:
    """Neither steps nor the machinery, nor their tests, know whose data they move."""
    assert list(named(files)) == []


def test_every_place_names_the_product(files: dict[str, str]) -> None:
    """A place that no longer does is taken off the list, so that the list does not grow old."""
    naming = [path for path, text in files.items() if PRODUCT.search(path + text)]
    assert [place for place in PLACES if not any(path.startswith(place) for path in naming)] == []


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        ("components/iceberg/catalog.py", 'CATALOG = "gourmetgram"\n', ["components/iceberg/catalog.py:1"]),
        ("stockpot/local/a.py", "\nPYICEBERG_CATALOG__GOURMETGRAM__URI", ["stockpot/local/a.py:2"]),
        ("components/gourmetgram_features/step.py", "", ["components/gourmetgram_features/step.py:0"]),
        ("components/shell/default_names.py", "gourmetgram", []),
        ("stockpot/samples/new.py", "GourmetGram", []),
        ("README.md.jinja", "GourmetGram", ["README.md.jinja:1"]),
        ("tests/test_a.py", "from pipelines.gourmetgram import VIEW, FLAG", []),
        ("tests/test_a.py", "from pipelines.gourmetgram import VIEW as GOURMETGRAM  # x", ["tests/test_a.py:1"]),
        ("stockpot/local/a.py", "from pipelines.gourmetgram import VIEW", ["stockpot/local/a.py:1"]),
    ],
)
def test_a_name_elsewhere_is_found(path: str, text: str, found: list[str]) -> None:
    """In text and path, in any case; a place is a whole file, or a folder with all that is in it."""
    assert list(named({path: text})) == found
