"""One definition, one source: the local runner, with and without Docker, Argo, and KFP's own runner on Docker."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.places import FIRST, ROOT, Place

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
KFP_DOCKER = Path(__file__).with_name("kfp_docker.py")
FEED = {
    "num_users": 400, "num_items": 900, "num_interactions": 20_000, "seed": 11,
    "date_range": {"start": "2025-06-01", "end": "2026-01-01"},
}  # fmt: skip
# For each pipeline its table, the key of a row, how many rows there are, and the parameters of the run.
CASES: dict[str, tuple[str, list[str], int, dict[str, str]]] = {
    "moderation-training": ("moderation.training_data", ["image_id", "decision_point_minutes"], 285, {}),
    "feed-ranking": (
        "feed.training_data",
        ["interaction_id"],
        20_000,
        {"config": json.dumps({"data_generation": FEED})},
    ),
}


def locally(place: Place, pipeline: str, parameters: dict[str, Any], scratch: Path) -> None:
    """Run it with `stockpot run`, each step in the environment of its image."""
    _run(place, pipeline, parameters, scratch / "home")


def in_images(place: Place, pipeline: str, parameters: dict[str, Any], scratch: Path) -> None:
    """Run it with `stockpot run`, each step in its image."""
    _run(place, pipeline, parameters, scratch / "home-of-images", "--docker")


def _run(place: Place, pipeline: str, parameters: dict[str, Any], home: Path, *options: str) -> None:
    given = [f"--param={name}={value}" for name, value in parameters.items()]
    done = place.stockpot("run", pipeline, "--as-of", FIRST, "--home", str(home), *options, *given)
    assert done.returncode == 0, done.stderr


def on_argo(place: Place, pipeline: str, parameters: dict[str, Any], scratch: Path) -> None:
    """Run it with `argo submit`."""
    run = place.run(pipeline, as_of=FIRST, **parameters)
    assert run.phase == "Succeeded", run.explain()


def on_docker(place: Place, pipeline: str, parameters: dict[str, Any], scratch: Path) -> None:
    """Run its IR file with `kfp.local`."""
    command = [sys.executable, str(KFP_DOCKER), str(ROOT / f"manifests/kfp/{pipeline}.yaml"), str(scratch / "kfp")]
    done = subprocess.run(
        command, input=json.dumps({"as_of": FIRST} | parameters), env=os.environ | place.environment(inside=False),
        capture_output=True, text=True, check=False, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


Engine = Callable[[Place, str, dict[str, Any], Path], None]


@pytest.mark.turns(first=0)
@pytest.mark.parametrize("pipeline", CASES)
@pytest.mark.parametrize("other", [on_argo, on_docker, in_images])
def test_the_rows_are_the_same(pipeline: str, other: Engine, new_place: Any, tmp_path: Path) -> None:
    """Each engine fills a catalog of its own from the same source, and the tables are equal row for row."""
    table, key, count, parameters = CASES[pipeline]
    places = {engine: new_place(*(pipeline,) if engine is on_argo else ()) for engine in (locally, other)}

    def fill(engine: Engine) -> None:
        bucket = {"bucket": places[engine].bucket} if pipeline == "moderation-training" else {}
        engine(places[engine], pipeline, parameters | bucket, tmp_path)

    with ThreadPoolExecutor(len(places)) as side_by_side:
        list(side_by_side.map(fill, places))
    found = {engine.__name__: place.rows(table, key) for engine, place in places.items()}
    assert len(found["locally"]) == count
    for rows in found.values():
        assert len({tuple(row[name] for name in key) for row in rows}) == count
        assert rows == found["locally"]
