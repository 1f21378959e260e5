"""What each dataset of a shop asks its source for: of each table the columns, all optional beyond the keys.

Ids are of any type (`~string`), so that those that are numbers reach the rule that says what to do about them.
Names are those of the public H&M files and of the shop's own schema; the parameter `names` maps others to them.
"""

from collections.abc import Mapping
from types import MappingProxyType

# The second is what the public H&M files call them.
TRANSACTIONS_NAMES = "transactions|transactions_train"
TRANSACTIONS = (
    "transaction_id ~string?", "t_dat ~date", "customer_id ~string", "article_id ~string", "price ~decimal(20,9)",
    "sales_channel_id int?", "quantity long?", "known_at timestamptz?",
)  # fmt: skip
CUSTOMERS = (
    "customer_id ~string", "age int?", "club_member_status string?", "fashion_news_frequency string?",
    "active|Active boolean?", "signup_date timestamptz?", "gender string?", "loyalty_score double?",
    "known_at timestamptz?",
)  # fmt: skip
ARTICLES = (
    "article_id ~string", "product_code int?", "prod_name string?", "product_type_name string?",
    "product_group_name string?", "graphical_appearance_name string?", "colour_group_name string?",
    "department_no int?", "department_name string?", "index_name string?", "index_group_name string?",
    "section_name string?", "garment_group_name string?", "detail_desc string?", "price decimal(10,2)?", "stock int?",
    "category_id ~string?", "image_path string?", "created_at timestamptz?", "last_updated timestamptz?",
    "known_at timestamptz?",
)  # fmt: skip
CATEGORIES = ("category_id ~string", "name string?", "parent_category_id ~string?")
ORDERS = (
    "order_id ~string", "customer_id ~string", "order_date timestamptz", "total_amount decimal(20,9)?",
    "payment_status string?", "known_at timestamptz?",
)  # fmt: skip
ORDER_ITEMS = (
    "order_item_id ~string?", "order_id ~string", "article_id ~string", "quantity long?", "known_at timestamptz?",
)  # fmt: skip
EVENTS = (
    "event_id ~string", "customer_id ~string?", "article_id ~string?", "event_type string", "created_at timestamptz",
    "known_at timestamptz?",
)  # fmt: skip
WISHLIST = (
    "wishlist_id ~string", "customer_id ~string", "article_id ~string", "added_at timestamptz",
    "known_at timestamptz?",
)  # fmt: skip
REVIEWS = (
    "review_id ~string", "customer_id ~string", "article_id ~string", "rating", "title string?", "review_text string?",
    "created_at timestamptz", "updated_at timestamptz?", "deleted_at timestamptz?", "language string?",
    "known_at timestamptz?",
)  # fmt: skip
PROMOTIONS = (
    "promotion_id ~string", "article_id ~string?", "category_id ~string?", "start_date date", "end_date date?",
    "announced_at timestamptz?",
)  # fmt: skip

TABLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        TRANSACTIONS_NAMES: TRANSACTIONS, "customers": CUSTOMERS, "articles": ARTICLES, "categories": CATEGORIES,
        "orders": ORDERS, "order_items": ORDER_ITEMS, "events": EVENTS, "wishlist": WISHLIST,
        "promotions": PROMOTIONS, "reviews": REVIEWS,
    }
)  # fmt: skip
