"""What is to be forgotten is looked for wherever it lies."""

import importlib
import pkgutil
from collections.abc import Iterator

import pipelines
from pipelines.erase_gone import TABLES, erase_gone
from stockpot.authoring import Table, Target
from stockpot.compiler import ir
from stockpot.compiler.definitions import kfp_documents
from stockpot.compiler.reading import read_plan
from stockpot.landing import Landed


def tables() -> Iterator[Table]:
    """All tables that a pipeline fills."""
    for module in pkgutil.iter_modules(pipelines.__path__, "pipelines."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Table | Target | Landed):
                yield value if isinstance(value, Table) else value.table


def test_every_table_of_customers_or_reviews_is_erased_from() -> None:
    """Each of the shop's, raw ones too, that has a column with their ids."""
    held = {
        (table.name, field.name)
        for table in tables()
        for field in table.fields
        if table.name.startswith(("retail.", "raw.")) and field.name in ("customer_id", "review_id")
    }
    assert held == {(each["table"], each["column"]) for each in TABLES}


def test_deletions_are_told_in_the_zone_of_the_source() -> None:
    """A `deleted_at` without a zone is of the run's `timezone`, as in the shop's other pipelines."""
    plan = read_plan(kfp_documents(erase_gone.function))
    (extract,) = [task for path, task in ir.walk(plan.dag) if path[-1] == "extract-postgres"]
    assert extract.parameters["timezone"] == ir.ComponentInput("pipelinechannel--timezone")
    assert plan.parameters["timezone"].default == ir.Constant("UTC")
