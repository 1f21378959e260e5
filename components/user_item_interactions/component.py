"""Interface of `user_item_interactions`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def compute_interactions(
    raw: dsl.Input[dsl.Dataset],
    cut: str,
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    targets: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    tau_days: float = 30.0,
    core_users: int = 0,
    core_items: int = 0,
    horizon_days: int = 7,
    signals: list = ["purchase"],  # noqa: B006 - KFP reads the default and never calls this
    event_types: dict = {},  # noqa: B006 - the same
):
    """Compute what each customer has bought of each article by a cut, and what was bought after an earlier one.

    Args:
        raw: The table transactions as `extract_postgres` wrote it, and events where a signal needs them.
        cut: The beginning of a local day, ISO 8601: lines of earlier days count.
        as_of: Instant of the run: nothing that became known later counts.
        rows: One row per customer and article.
        targets: What was bought in the `horizon_days` after the cut that lies so many days earlier, so that all of it
            has settled.
        rejected: Lines that make no sense, each with a reason.
        summary: Lines, pieces and money, rows per dataset and per reason, and what became of events, as JSON.
        timezone: The shop's zone, whose days count.
        tau_days: In how many days what a purchase weighs falls to 1/e of it.
        core_users: How many articles a customer in the core has at least; 0 for all.
        core_items: How many customers an article in the core has at least; 0 for all.
        horizon_days: Over how many days targets reach.
        signals: What makes a row: `purchase`, and `view`, `cart`, `wishlist`, which need events in `source_tables`;
            empty means purchases alone.
        event_types: Which signal each of the source's event types is; empty means the common names.

    Exit codes: 10 where no line counts, or lines and rows do not add up; 11 for a parameter that makes no sense, and
    for ids that are numbers, and columns that are missing.
    """
    return container("user_item_interactions", locals())
