"""Loads, a stream of events, and the care of their tables, while something goes wrong again and again.

`make soak MINUTES=60 SEED=7` goes on for that long with each, with a fault every 20 seconds; `make test` until some
have struck, close together. The seed is printed; the same seed draws the same faults.
"""

import os
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest

from components.begin_run.migrate import migrate
from components.shell.names import CATALOG_PREFIX
from tests.components.event_tables.conftest import administer, topic
from tests.components.event_tables.scene import HOUR, happened, run, wrong_events, wrong_windows
from tests.components.event_tables.scene import T0 as FIRST_EVENT
from tests.components.event_tables.scene import World as Events
from tests.components.load_iceberg.scene import (
    DAY,
    DEFINITION,
    EPOCH,
    NAME,
    T0,
    Job,
    append_naively,
    job,
    violations,
)
from tests.harness.kafka.broker import Broker
from tests.soak.care import care
from tests.soak.engine import Engine
from tests.soak.faults import FAULTS, Scene, store_that_goes_away, striking

MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
SEED = int(os.environ.get("SOAK_SEED", "0")) or (Random().randrange(1, 2**31) if MINUTES else 20_261_127)
EVERY = 20.0 if MINUTES else 0.8
_LEAST = 3
ENDPOINT = f"{CATALOG_PREFIX}S3__ENDPOINT"


@pytest.fixture(name="engine")
def _engine(catalog_env: dict[str, str], database_url: str) -> Iterator[Engine]:
    """An engine whose steps reach the store through a proxy."""
    scene = Scene(database_url)
    with store_that_goes_away(scene, catalog_env[ENDPOINT]) as address:
        yield Engine(scene, {**catalog_env, ENDPOINT: address})


def rounds(number: int) -> Job:
    """The interval of a round, and its rows."""
    return job(EPOCH, T0) if not number else job(T0 + (number - 1) * DAY, T0 + number * DAY, 3)


@pytest.mark.timeout(240 + 90 * MINUTES)
def test_each_row_is_there_once_whatever_strikes(engine: Engine, tmp_path: Path) -> None:
    """Killed steps, cut connections, a catalog and a store that go away, double runs: it is as if none had been.

    Beside each load its table is compacted, and snapshots and files go that nobody needs.
    """
    migrate([DEFINITION])
    sys.stdout.write(f"\nsoak: SEED={SEED} MINUTES={MINUTES:g}\n")
    done, until = [], time.monotonic() + 60 * MINUTES
    with striking(engine.scene, SEED, EVERY) as struck:
        while time.monotonic() < until or len(struck) < len(FAULTS):
            due = rounds(len(done))
            rows = due.write(tmp_path / str(len(done)))
            codes = engine.run(partial(due.load, rows), partial(care, NAME, forget=True))
            assert codes == {0}, f"SEED={SEED}, round {len(done)}, after {struck[-3:]}"
            done.append(due)
    wrong = violations([row for one in done for row in one.rows])
    assert wrong == [], f"SEED={SEED}, {len(done)} rounds, {len(struck)} faults"
    assert set(struck) >= {fault.__name__ for fault in FAULTS}


@pytest.mark.xdist_group("kafka")
@pytest.mark.timeout(300 + 90 * MINUTES)
def test_each_event_is_counted_once_whatever_strikes(engine: Engine, kafka_broker: Broker) -> None:
    """The same over hours of a stream, with a broker that dies as well; its tables are compacted meanwhile."""
    world = Events(kafka_broker, {f"{kind}s-{uuid.uuid4().hex[:8]}": kind for kind in ("view", "comment", "flag")})
    administer(kafka_broker, lambda admin: admin.create_topics([topic(name) for name in world.topics]))
    world.migrate()
    engine.environ |= {"KAFKA_BOOTSTRAP_SERVERS": kafka_broker.address}
    engine.scene.broker = kafka_broker
    sys.stdout.write(f"\nsoak: SEED={SEED} MINUTES={MINUTES:g}\n")
    tick, until = FIRST_EVENT, time.monotonic() + 60 * MINUTES
    with striking(engine.scene, SEED, EVERY) as struck:
        while time.monotonic() < until or len(struck) < _LEAST:
            with engine.scene.sending:
                world.send(happened(60, tick))
            tick += HOUR
            seen = replace(world, broker=replace(kafka_broker, _process=None), sent=[])
            tables = [partial(care, each["name"], forget=False) for each in (world.table, world.windows["view"])]
            codes = engine.run(partial(run, seen, tick, consumers=1), *tables)
            assert codes == {0}, f"SEED={SEED}, {tick}, after {struck[-3:]}"
    assert [*wrong_windows(world, tick), *wrong_events(world)] == [], f"SEED={SEED}, {tick}"


def test_the_naive_writer_is_found_out(engine: Engine) -> None:
    """The same harness goes red where a double run appends twice."""
    migrate([DEFINITION])
    due = rounds(0)
    engine.scene.doubled = 2
    engine.run(partial(append_naively, due))
    assert f"{len(due.rows)} rows too many" in violations(due.rows)
