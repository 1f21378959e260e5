"""Interface of `daily_sales`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def daily_sales(
    raw: dsl.Input[dsl.Dataset],
    versions: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    past: dsl.Input[dsl.Artifact],
    interval_start: str,
    interval_end: str,
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    categories: dsl.Output[dsl.Dataset],
    weeks: dsl.Output[dsl.Dataset],
    category_weeks: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    touched: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    retire_after_days: int = 0,
    country: str = "",
    category_column: str = "category_id",
    first_day: str = "first_sale",
    levels: list = ["article", "category"],  # noqa: B006 - KFP reads the default and never calls this
    max_drop: float = 0.2,
):
    """Compute what each article and category sold on each local day, with what the days before say of it.

    A series has a row for every day from its first one to the last one that is over, sold or not, so that a day without
    sales is a zero and a day before the first one is none.

    Args:
        raw: The table transactions as `extract_postgres` wrote it; articles and promotions where there are any.
        versions: The versions of articles, or no rows where nothing has kept any.
        before: The days of the interval that the table holds, with their `daily_sales`; no rows where it holds none.
        past: What was filled before, as `begin_run` wrote it.
        interval_start: First instant of the interval: days that begin in it are filled.
        interval_end: First instant after it.
        as_of: Instant of the run: nothing that became known later counts.
        rows: One row per article and day.
        categories: One row per category and day.
        weeks: One row per article and ISO week, of weeks that begin in the interval.
        category_weeks: One row per category and ISO week.
        rejected: Lines that make no sense, each with a reason.
        touched: The days before the interval whose rows lack lines that came too late.
        summary: Lines, pieces and money, rows per dataset and per reason, as JSON.
        timezone: The shop's zone, whose days count.
        retire_after_days: A day has a row only if something was sold on it or so many days before; 0 for all days.
        country: Whose public holidays are flagged, such as `SE` or `DE-BY`; empty for none.
        category_column: Which attribute of articles is the category: `category_id` or `index_group_name`.
        first_day: Where a series begins: `first_sale`, or `created_at`.
        levels: Of what there are series: `article`, `category`; empty for both.
        max_drop: Which share of what the table says was sold on days that are filled anew may be gone; 1 where it is
            gone by right.

    Exit codes: 10 where no line counts, too much is gone, or lines and rows do not add up; 11 for a parameter that
    makes no sense, and for ids that are numbers.
    """
    return container("daily_sales", locals())
