"""Loads, one after the other, while something goes wrong again and again: each row is in the table once.

`make soak MINUTES=60 SEED=7` goes on for that long, with a fault every 20 seconds; `make test` until each kind of fault
has struck, close together. The seed is printed; the same seed draws the same faults.
"""

import os
import sys
import time
from pathlib import Path
from random import Random

import pytest

from components.begin_run.migrate import migrate
from tests.components.load_iceberg.scene import DAY, DEFINITION, EPOCH, T0, Job, job, violations
from tests.soak.engine import Engine, append
from tests.soak.faults import FAULTS, Scene, store_that_goes_away, striking

MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or (Random().randrange(1, 2**31) if MINUTES else 20_261_127)
ENDPOINT = "PYICEBERG_CATALOG__GOURMETGRAM__S3__ENDPOINT"


@pytest.fixture(name="engine")
def _engine(catalog_env: dict[str, str], database_url: str):
    """An engine whose steps reach the store through a proxy, with a table to fill."""
    migrate([DEFINITION])
    scene = Scene(database_url)
    with store_that_goes_away(scene, catalog_env[ENDPOINT]) as address:
        yield Engine(scene, {**catalog_env, ENDPOINT: address})


def rounds(number: int) -> Job:
    """The interval of a round, and its rows."""
    return job(EPOCH, T0) if not number else job(T0 + (number - 1) * DAY, T0 + number * DAY, 3)


@pytest.mark.timeout(120 + 90 * MINUTES)
def test_each_row_is_there_once_whatever_strikes(engine: Engine, tmp_path: Path) -> None:
    """Killed steps, cut connections, a catalog and a store that go away, double runs: it is as if none had been."""
    sys.stdout.write(f"\nsoak: SEED={SEED} MINUTES={MINUTES:g}\n")
    done, until = [], time.monotonic() + 60 * MINUTES
    with striking(engine.scene, SEED, 20.0 if MINUTES else 0.8) as struck:
        while time.monotonic() < until or len(struck) < len(FAULTS):
            due = rounds(len(done))
            codes = engine.run(due, due.write(tmp_path / str(len(done))))
            assert codes == {0}, f"SEED={SEED}, round {len(done)}, after {struck[-3:]}"
            done.append(due)
    wrong = violations([row for one in done for row in one.rows])
    assert wrong == [], f"SEED={SEED}, {len(done)} rounds, {len(struck)} faults"
    assert set(struck) >= {fault.__name__ for fault in FAULTS}


def test_the_naive_writer_is_found_out(engine: Engine, tmp_path: Path) -> None:
    """The same harness goes red where a double run appends twice."""
    due = rounds(0)
    engine.step, engine.scene.doubled = append, 2
    engine.run(due, due.write(tmp_path / "rows"))
    assert f"{len(due.rows)} rows too many" in violations(due.rows)
