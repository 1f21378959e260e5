"""Series of a shop's articles and categories: what was sold on each local day and in each week, daily."""

from components.daily_sales.component import daily_sales
from components.retail.sources import PROMOTIONS, TABLES, TRANSACTIONS, TRANSACTIONS_NAMES
from components.shell.projection import projection
from components.shell.schema import Between, Compare, Continuous, NotAfterAsOf, Unique
from components.shell.schema.pictures import Series, Total
from stockpot.authoring import Contract, Dataset, IncrementalByTime, Origins, Run, Schedule, Table, Target, columns

SOURCE_TABLES = projection(
    {
        TRANSACTIONS_NAMES: TRANSACTIONS,
        "articles": [
            "article_id ~string",
            "category_id ~string?",
            "index_group_name string?",
            "created_at timestamptz?",
        ],
        "promotions?": PROMOTIONS,
    }
)
VERSIONS = "retail.article_versions"
VERSION_COLUMNS = [
    "article_id string",
    "category_id string",
    "index_group_name string",
    "created_at timestamptz",
    "version int",
    "known_at timestamptz",
]

# What days that are filled anew are held against.
BEFORE = ["day_at timestamptz!", "daily_sales long!"]

# Name and Iceberg type; a `!` marks a column that is never null. What is null is not known, or was not there: a price
# before the first sale, holidays of no country, a promotion in a source without them, a lag before the series began.
_DAY = (
    "day_at timestamptz!",
    "date date!",
    "daily_sales long!",
    "daily_revenue decimal(20,9)!",
    "unique_customers long!",
    "avg_price double",
    "days_since_first int!",
    "days_since_sale int",
    "weekday int!",
    "is_weekend boolean!",
    "day_of_month int!",
    "month int!",
    "year int!",
    "iso_year int!",
    "iso_week int!",
    "holiday_flag boolean",
    "holiday_name string",
    "promo_flag boolean",
    "rolling_7 double!",
    "rolling_30 double!",
    "lag_1 long",
    "lag_7 long",
    "lag_28 long",
    "rolling_7_before double",
    "rolling_30_before double",
    "rolling_28_std_before double",
)
_WEEK = (
    "week_start_at timestamptz!",
    "week_start date!",
    "iso_year int!",
    "iso_week int!",
    "sales long!",
    "revenue decimal(20,9)!",
    "days_in_week int!",
    "is_complete boolean!",
)


def _of_days(name: str, key: str, *more: str) -> tuple[Table, Contract]:
    """A table of days of series, and what its rows promise."""
    schema = columns(f"{key} string!", *_DAY, *more)
    table = Table(name, schema, partition={"day_at": "month"}, interval_column="day_at")
    return table, Contract(
        schema,
        Unique([key, "day_at"]),
        *(
            Between(name, min=0)
            for name in ("daily_sales", "daily_revenue", "avg_price", "days_since_first", "rolling_7", "rolling_30")
        ),
        Between("weekday", min=0, max=6),
        Compare("unique_customers <= daily_sales"),
        Compare("days_since_sale <= days_since_first"),
        # Series that retire have gaps by right; the step itself counts their days.
        Continuous("date", "1d", per=[key], severity="warning"),
        NotAfterAsOf("day_at"),
    )


def _of_weeks(name: str, key: str) -> tuple[Table, Contract]:
    """A table of weeks of series, and what its rows promise."""
    schema = columns(f"{key} string!", *_WEEK)
    table = Table(name, schema, partition={"week_start_at": "year"}, interval_column="week_start_at")
    return table, Contract(
        schema,
        Unique([key, "week_start_at"]),
        Between("sales", min=0),
        Between("revenue", min=0),
        Between("days_in_week", min=1, max=7),
        Continuous("week_start", "7d", per=[key], severity="warning"),
        NotAfterAsOf("week_start_at"),
    )


TABLE, CONTRACT = _of_days("retail.daily_sales", "article_id", "category_id string")
CATEGORIES = Target(*_of_days("retail.category_daily", "category_id"))
WEEKS = Target(*_of_weeks("retail.weekly_sales", "article_id"))
CATEGORY_WEEKS = Target(*_of_weeks("retail.category_weekly", "category_id"))

# Days as they are drawn of any of the two tables.
_DRAWN = ("date", "daily_sales", ("rolling_7", "rolling_30"), ("is_weekend", "holiday_flag"), "promo_flag")

DATASET = Dataset(
    name="timeseries",
    version="1",
    title="Time series of a shop",
    table=TABLE,
    contract=CONTRACT,
    mode=IncrementalByTime(each="day", late_days=3, whole_weeks=True),
    also=(CATEGORIES, WEEKS, CATEGORY_WEEKS),
    schedule=Schedule(cron="0 5 * * *"),
    pictures=(
        Series("article_id", *_DRAWN, title="The busiest article"),
        Series("article_id", *_DRAWN, which="middle", title="An article in the middle"),
        Series("category_id", *_DRAWN, of="retail.category_daily", title="The busiest category"),
        Total("date", "daily_sales", ("holiday_flag",), of="retail.category_daily", title="All categories together"),
    ),
    origins=Origins(TABLES, SOURCE_TABLES),
    steps=(daily_sales,),
)


@DATASET.pipeline
def timeseries(run: Run) -> None:
    """Tell in `retail.daily_sales` what was sold of each article on each local day that is over, sold or not.

    `retail.category_daily` says the same of categories, `retail.weekly_sales` and `retail.category_weekly` sum the days
    of ISO weeks. What an article was sold as is what its version said that was known when the day began.
    """
    raw = run.extract()
    versions = run.read(VERSIONS, VERSION_COLUMNS)
    start, end = run.interval.values()
    held = run.read(TABLE.name, BEFORE, name="read days before", time_column="day_at", start=start, end=end)
    inputs = {"raw": raw.outputs["raw"], "versions": versions.outputs["rows"], "before": held.outputs["rows"]}
    made = run.step(daily_sales, **inputs, memory="3Gi")
    run.commit(made.outputs["category_weeks"], made=made, target=CATEGORY_WEEKS)
    run.commit(made.outputs["weeks"], made=made, target=WEEKS)
    run.commit(made.outputs["categories"], made=made, target=CATEGORIES)
    run.commit(made.outputs["rows"], made=made)
