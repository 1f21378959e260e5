"""Interface of `customer_features`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def compute_customer_features(
    raw: dsl.Input[dsl.Dataset],
    versions: dsl.Input[dsl.Dataset],
    cut: str,
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    categories: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    bins: int = 5,
    score_by: str = "percent_rank",
    cuts: dict = {},  # noqa: B006 - KFP reads the default and never calls this
    frequency: str = "days",
    segments: list = [],  # noqa: B006 - the same
    paid_statuses: list = ["paid"],  # noqa: B006 - the same
    event_types: dict = {},  # noqa: B006 - the same
    category_column: str = "category_id",
    allow_current_attributes: bool = False,
):
    """Compute what is known of each customer at a cut: who they are, what they bought, ordered and looked at.

    Args:
        raw: The tables of a shop as `extract_postgres` wrote them: transactions, and what there is of customers,
            articles, orders, order_items, events and wishlist.
        versions: What articles said, with `version` and `known_at`; without rows the articles of `raw` are taken.
        cut: The beginning of a local day, ISO 8601: lines of earlier days count, and instants up to it.
        as_of: Instant of the run: nothing that became known later counts.
        rows: One row per customer.
        categories: One row per customer and category that they bought of.
        rejected: Rows that make no sense, each with its table and a reason.
        summary: Rows by table and reason, limits of the scores, customers by segment, and what is odd, as JSON.
        timezone: The shop's zone, whose days count.
        bins: How many scores there are, 2 to 5.
        score_by: `percent_rank`, or `cuts` for bounds of one's own.
        cuts: Those bounds, rising, one fewer than bins, of `recency` (in days), `frequency` and `monetary`.
        frequency: What is counted: `days` with a purchase, or `lines`.
        segments: Names for ranges of scores, such as "Champions R5 F5 M5"; the first that fits holds. Empty means ten
            usual ones.
        paid_statuses: With which payment_status orders count; empty means all.
        event_types: Which of view, click, cart, buy and wishlist each of the source's event types is; empty means the
            common names.
        category_column: Which attribute of articles is the category: `category_id`, `product_group_name` or
            `index_group_name`.
        allow_current_attributes: Whether what customers are today, and which orders are paid, may be told of a run
            whose as_of is over 36 hours before.

    Exit codes: 10 where there are no transactions or customers, or rows do not add up; 11 for a parameter that makes no
    sense, and for ids that are numbers.
    """
    return container("customer_features", locals())
