"""Funnels as people draw them: the steps of each key, from what all rows of a table tell."""

import pyarrow as pa
import pyarrow.dataset as ds

from components.shell.schema import Table
from components.shell.schema.pictures import Steps
from stockpot.report.pictures.measure import measure, measured
from tests.stockpot.report.test_pictures import OWN, SCHEMA, Held, page


def test_steps_are_summed_and_told_in_words() -> None:
    """Of each key, takers of all rows, shares of the step before and of all, mean of medians."""
    told = [("few", 1, "look", 3, 0.0), ("many", 1, "look", 150, 0.0), ("many", 2, "cart", 30, 60.0),
            ("many", 1, "look", 50, 0.0), ("many", 2, "cart", 10, 100.0), ("many", 3, "buy", 0, None)]  # fmt: skip
    named = Table("shop.steps", ["key string!", "step int!", "label string!", "number long!", "took double"])
    rows = pa.Table.from_pylist([dict(zip([one.name for one in named.fields], row, strict=True)) for row in told])
    picture = Steps("key", "step", "label", "number", "took", title="Funnel")
    source = Held([])
    source.rows = lambda _table: ds.dataset(rows)  # rows of other columns
    drawn = measure(picture, source, named.name)
    assert [each.title for each in drawn] == ["Funnel: many", "Funnel: few"]
    _, root = page(*drawn)
    assert [each.text for each in root.iter("desc")][1:] == ["look: 3, all who enter"]
    assert root.findtext(".//desc") == (
        "look: 200, all who enter; "
        "cart: 40, 20.0 % go on, 160 do not; 20.0 % of all, after 1 min 10 s; "
        "buy: 0, 0.0 % go on, 40 do not; 0.0 % of all"
    )


def test_of_very_many_keys_the_first_six_are_drawn() -> None:
    """Those that most enter, of as many the first by name; and it is said that there are more."""
    picture = Steps("who", "n", "what", "m", "n", title="Funnel")
    told = [{"who": name, "n": 1, "what": "look", "m": 9.0 if name == "h" else 1.0} for name in "hgfedcba"]
    source = Held([dict.fromkeys(SCHEMA.names) | row for row in told])
    drawn = measured([picture], source, OWN.name)
    assert [each.title for each in drawn] == [f"Funnel: {name}" for name in "habcde"]
    assert [each.note for each in drawn] == [*[""] * 5, "2 more are not drawn"]
    (drawn,) = measured([picture], Held([]), OWN.name)
    assert drawn.reason == "there are no rows"
