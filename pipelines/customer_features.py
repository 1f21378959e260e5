"""Features of a shop's customers, and scores of recency, frequency and money: what a day's beginning knows, daily."""

from components.customer_features.component import compute_customer_features
from components.retail.sources import ORDERS, TABLES, TRANSACTIONS, TRANSACTIONS_NAMES
from components.shell.projection import projection
from components.shell.schema import Between, Change, Compare, Expect, NotAfterAsOf, OneOf, RowCount, Unique
from components.shell.schema.pictures import Bars, Grid, Histogram
from stockpot.authoring import Contract, Dataset, Origins, Run, Schedule, Snapshot, Table, Target, columns

# A shop may do without all but transactions; then each column of a table needs a type.
SOURCE_TABLES = projection(
    {
        TRANSACTIONS_NAMES: TRANSACTIONS,
        "customers?": [
            "customer_id ~string", "age int?", "club_member_status string?", "fashion_news_frequency string?",
            "active|Active boolean?", "signup_date timestamptz?", "known_at timestamptz?",
        ],
        "articles?": ["article_id ~string", "category_id ~string?", "product_group_name string?",
                      "index_group_name string?"],
        "orders?": ORDERS,
        "order_items?": ["order_item_id ~string?", "order_id ~string", "quantity long?", "known_at timestamptz?"],
        "events?": ["event_id ~string", "customer_id ~string?", "event_type string", "created_at timestamptz",
                    "known_at timestamptz?"],
        "wishlist?": ["wishlist_id ~string", "customer_id ~string", "added_at timestamptz", "known_at timestamptz?"],
    }
)  # fmt: skip
VERSIONS = "retail.article_versions"
VERSION_COLUMNS = [
    "article_id string", "category_id string", "product_group_name string", "index_group_name string", "version int",
    "known_at timestamptz",
]  # fmt: skip

# Name and Iceberg type; a `!` marks a column that is never null. Null is what is not known of a customer, what would be
# divided by nothing, and counts of what the source does not say at all.
COLUMNS = columns(
    "cut_at timestamptz!",
    "customer_id string!",
    "age int",
    "signup_date date",
    "signup_age_days int",
    "club_member_status string",
    "fashion_news_frequency string",
    "active boolean",
    "total_transactions long!",
    "purchase_days long!",
    "total_amount_spent decimal(20,9)!",
    "avg_transaction_value double",
    "first_purchase_date date",
    "last_purchase_date date",
    "recency_days int",
    "frequency_6m long!",
    "frequency_12m long!",
    "monetary_6m decimal(20,9)!",
    "monetary_12m decimal(20,9)!",
    "avg_days_between double",
    "most_used_sales_channel int",
    "top_category string",
    "category_count int",
    "repeat_frequency long",
    "clv_recency int",
    "clv_T int",
    "clv_monetary double",
    "R_score int",
    "F_score int",
    "M_score int",
    "RFM_score int",
    "rfm_cell string",
    "rfm_segment string!",
    "total_orders long",
    "total_items_bought long",
    "avg_order_value double",
    "avg_basket_size double",
    "wishlist_size long",
    "session_events long",
    "views long",
    "clicks long",
    "carts long",
    "buys long",
    "wishlist_events long",
    "session_events_30d long",
    "views_30d long",
    "clicks_30d long",
    "carts_30d long",
    "buys_30d long",
    "wishlist_events_30d long",
    "cart_additions long",
    "conversion_rate double",
    "view_to_buy_rate double",
    "click_through_rate double",
    "add_to_cart_rate double",
    "cart_abandon_rate double",
    "dominant_event_type string",
)
TABLE = Table("retail.customer_features", COLUMNS, partition={"cut_at": "month"}, interval_column="cut_at")
_NEVER_NEGATIVE = (
    "signup_age_days", "total_transactions", "purchase_days", "total_amount_spent", "clv_recency", "clv_monetary",
    "repeat_frequency", "total_orders", "total_items_bought", "wishlist_size", "session_events", "conversion_rate",
    "view_to_buy_rate", "click_through_rate", "add_to_cart_rate",
)  # fmt: skip
_AT_MOST = (
    "first_purchase_date <= last_purchase_date",
    "purchase_days <= total_transactions",
    "frequency_6m <= frequency_12m",
    "monetary_6m <= monetary_12m",
    "monetary_12m <= total_amount_spent",
    "clv_recency <= clv_T",
    "views_30d <= views",
    "session_events_30d <= session_events",
)
CONTRACT = Contract(
    COLUMNS,
    Unique(["cut_at", "customer_id"]),
    Between("age", min=14, max=110),
    Between("recency_days", min=1),
    *(Between(name, min=1, max=5) for name in ("R_score", "F_score", "M_score")),
    Between("RFM_score", min=3, max=15),
    Between("cart_abandon_rate", min=0, max=1),
    *(Between(name, min=0) for name in _NEVER_NEGATIVE),
    OneOf("dominant_event_type", ["buy", "cart", "wishlist", "click", "view"]),
    *(Compare(rule) for rule in _AT_MOST),
    # Where few have ever bought anything, scores say little of most.
    Expect("expect_column_values_to_not_be_null", {"column": "R_score", "mostly": 0.5}, severity="warning"),
    # A cut of long ago that is filled later has fewer rows by right.
    Change(max_drop=0.2, max_growth=3, severity="warning"),
    RowCount(min=1),
    NotAfterAsOf("cut_at"),
)

CATEGORY_COLUMNS = columns(
    "cut_at timestamptz!", "customer_id string!", "category_id string!", "lines long!", "share double!"
)
CATEGORIES = Target(
    Table("retail.customer_categories", CATEGORY_COLUMNS, partition={"cut_at": "month"}, interval_column="cut_at"),
    Contract(
        CATEGORY_COLUMNS,
        Unique(["cut_at", "customer_id", "category_id"]),
        Between("lines", min=1),
        Between("share", min=0, max=1),
        NotAfterAsOf("cut_at"),
    ),
)

DATASET = Dataset(
    name="customer-features",
    version="1",
    title="Features of a shop's customers",
    table=TABLE,
    contract=CONTRACT,
    mode=Snapshot(each="day"),
    also=(CATEGORIES,),
    schedule=Schedule(cron="0 4 * * *"),
    pictures=(
        Grid("R_score", "F_score", mean="M_score", title="Customers by recency and frequency"),
        Bars("rfm_segment", title="Customers by segment"),
        Histogram("total_amount_spent", title="What a customer has spent"),
        Histogram("recency_days", title="Days since a customer's last purchase"),
        Bars("top_category", most=11, title="Customers by the category they buy most of"),
    ),
    origins=Origins(TABLES, SOURCE_TABLES),
    steps=(compute_customer_features,),
)


@DATASET.pipeline
def customer_features(run: Run) -> None:
    """Tell in `retail.customer_features` what is known of each customer by the beginning of the day.

    Who they are, what they bought, ordered and looked at, with scores of recency, frequency and money; and in
    `retail.customer_categories` what of. A row per customer who has signed up or bought something.
    """
    raw = run.extract()
    versions = run.read(VERSIONS, VERSION_COLUMNS)
    made = run.step(compute_customer_features, raw=raw.outputs["raw"], versions=versions.outputs["rows"], memory="3Gi")
    run.commit(made.outputs["categories"], made=made, target=CATEGORIES)
    run.commit(made.outputs["rows"], made=made)
