"""User-item interactions of a shop: who has bought what by a day's beginning, and what they bought next, daily."""

from components.retail.sources import TABLES, TRANSACTIONS, TRANSACTIONS_NAMES
from components.shell.projection import projection
from components.shell.schema import Between, Change, Compare, NotAfterAsOf, RowCount, Unique
from components.shell.schema.pictures import Histogram, Tail
from components.user_item_interactions.component import compute_interactions
from stockpot.authoring import Contract, Dataset, Origins, Run, Schedule, Snapshot, Table, Target, columns

SOURCE_TABLES = projection({TRANSACTIONS_NAMES: TRANSACTIONS})

# Name and Iceberg type; a `!` marks a column that is never null. Nulls are in pairs that were never bought, which are
# rows only where signals of events are asked for.
COLUMNS = columns(
    "cut_at timestamptz!",
    "customer_id string!",
    "article_id string!",
    "purchase_count long!",
    "purchase_days int!",
    "total_spent decimal(20,9)!",
    "avg_price_paid double",
    "first_purchase_date date",
    "last_purchase_date date",
    "recency_days int",
    "time_weighted_score double!",
    "decayed_count double!",
    "last_sales_channel int",
    "views long!",
    "carts long!",
    "wishlists long!",
    "in_core boolean!",
)
TABLE = Table("retail.user_item_interactions", COLUMNS, partition={"cut_at": "month"}, interval_column="cut_at")
CONTRACT = Contract(
    COLUMNS,
    Unique(["cut_at", "customer_id", "article_id"]),
    *(Between(name, min=0) for name in ("purchase_count", "purchase_days", "total_spent", "decayed_count")),
    *(Between(name, min=0) for name in ("views", "carts", "wishlists")),
    Between("recency_days", min=1),
    Compare("first_purchase_date <= last_purchase_date"),
    Compare("purchase_days <= purchase_count"),
    Compare("time_weighted_score <= purchase_count"),
    # Each line is at least as old as the pair's last one.
    Compare("decayed_count <= time_weighted_score"),
    # A cut of long ago that is filled later has fewer rows by right.
    Change(max_drop=0.2, max_growth=3, severity="warning"),
    RowCount(min=1),
    NotAfterAsOf("cut_at"),
)

TARGET_COLUMNS = columns(
    "cut_at timestamptz!",
    "customer_id string!",
    "article_id string!",
    "bought_count long!",
    "first_bought date!",
    "is_repeat boolean!",
    "customer_known boolean!",
    "article_known boolean!",
    # The cut of the run that writes it: the days from `cut_at` on are over by then.
    "settled_at timestamptz!",
)
TARGETS_TABLE = Table(
    "retail.user_item_targets", TARGET_COLUMNS, partition={"settled_at": "month"}, interval_column="settled_at"
)
TARGETS_CONTRACT = Contract(
    TARGET_COLUMNS,
    Unique(["settled_at", "customer_id", "article_id"]),
    Between("bought_count", min=1),
    Compare("cut_at < settled_at"),
    NotAfterAsOf("settled_at"),
)
TARGETS = Target(TARGETS_TABLE, TARGETS_CONTRACT)


DATASET = Dataset(
    name="user-item-interactions",
    version="1",
    title="User-item interactions of a shop",
    table=TABLE,
    contract=CONTRACT,
    mode=Snapshot(each="day"),
    also=(TARGETS,),
    schedule=Schedule(cron="0 2 * * *"),
    pictures=(
        Tail("customer_id", where="purchase_count", title="Customers by number of articles"),
        Tail("article_id", where="purchase_count", title="Articles by number of buyers"),
        Histogram("recency_days", title="Days since a customer last bought the article"),
        Histogram("purchase_count", title="Purchases of one article by one customer"),
    ),
    origins=Origins(TABLES, SOURCE_TABLES, landed="raw-tables"),
    steps=(compute_interactions,),
)


@DATASET.pipeline
def user_item_interactions(run: Run) -> None:
    """Tell in `retail.user_item_interactions` who had bought what by the beginning of the day.

    A row per customer and article, from the lines of the days before. Of the cut `horizon_days` earlier, which has
    settled by now, `retail.user_item_targets` gets what was bought from it on.
    """
    raw = run.extract()
    made = run.step(compute_interactions, raw=raw.outputs["raw"], memory="3Gi")
    run.commit(made.outputs["targets"], made=made, target=TARGETS)
    run.commit(made.outputs["rows"], made=made)
