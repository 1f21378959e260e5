"""What the summary of a run says: late events, sessions that got other keys, long ones, and types of no name."""

import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from components.shell import datasets
from components.shell.errors import ContractError
from components.shop_sessions.settings import LONGEST_HOURS
from components.shop_sessions.unknown import FEW
from stockpot.report.step_figures import step_figures
from tests.components.shop_sessions.test_runs import START, TICK, event, require_promised
from tests.components.shop_sessions.world import World, rows

AS_OF = START + timedelta(hours=26)
pytestmark = [pytest.mark.turns, pytest.mark.xdist_group("shop-sessions"), pytest.mark.usefixtures("catalog_env")]


def test_late_events_other_keys_and_long_runs_are_told() -> None:
    """The first run has nothing that is late, and a kiosk that never rests; then one of two events comes late."""
    world = World()
    kiosk = [event(100 + number, 29 * number, customer_id="kiosk") for number in range(52)]
    told = world.run([*kiosk, event(1, 60)], AS_OF).summary.details
    assert (told["late"], told["late_share"], told["rekeyed_share"], told["cut_long"]) == (0, 0, 0, 1)
    told = world.run([event(2, 50), event(3, 26 * 60 + 5)], AS_OF + TICK).summary.details
    assert (told["late"], told["late_share"]) == (1, 0.5)
    assert (told["replaced_sessions"], told["rekeyed_share"], told["cut_long"]) == (1, 1, 0)
    shown = step_figures(told)
    assert (shown["late"], shown["late share"], shown["too late"]) == ("1", "50.0 %", "0")
    assert (shown["rekeyed sessions"], shown["rekeyed share"], shown["cut long"]) == ("1", "100.0 %", "0")
    assert {"unattributed", "repeated"} <= set(shown)


def test_few_events_of_no_known_type_are_judged_with_those_of_the_day() -> None:
    """One at night stops nothing; many do, whatever came before."""
    world = World()
    world.run([event(1, 0), event(2, 1)], START + timedelta(hours=1))
    told = world.run([event(3, 70, "look")], START + timedelta(hours=2)).summary.details
    assert (told["unknown"], [row["others"] for row in rows("sessions") if row["others"]]) == (1, [1])
    many = [event(100 + number, 130, "look") for number in range(FEW)]
    with pytest.raises(ContractError, match=f"{FEW} of {FEW} new events are of no known type"):
        world.run(many, START + timedelta(hours=3))


def test_few_events_of_long_ago_are_judged_too() -> None:
    """Nothing lies in the last day: they stand for themselves."""
    with pytest.raises(ContractError, match="1 of 1 event, new or of the last day, is of no known type"):
        World().run([event(1, 0, "look")], START + timedelta(days=3))


def test_a_session_of_over_a_month_breaks_its_contract(tmp_path: Path) -> None:
    """No run may be told to let one last so long."""
    made = World().compute([event(1, 0)], START + timedelta(hours=1))
    place = made.at / "sessions"
    (batch,) = datasets.read_batches(place)
    shutil.rmtree(place)
    at = batch.schema.get_field_index("length_seconds")
    for seconds in (LONGEST_HOURS * 3600.0, LONGEST_HOURS * 3600.0 + 1):
        long = batch.set_column(at, batch.schema.field(at), pa.array([seconds]))
        shutil.rmtree(place, ignore_errors=True)
        datasets.write_dataset(place, long.schema, [long])
        if seconds <= LONGEST_HOURS * 3600.0:
            require_promised(made, tmp_path)
    with pytest.raises(ContractError, match="length_seconds"):
        require_promised(made, tmp_path)
