"""A shop whose database counts its categories, orders and reviews: all pipelines of the shop, through the command.

So does that of the public shop whose columns these pipelines have.
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.harness import tables
from tests.pipelines.shops import execute, run

SCHEMA = """
CREATE TABLE categories (
  category_id serial PRIMARY KEY, name text NOT NULL, parent_category_id integer REFERENCES categories
);
CREATE TABLE articles (
  article_id varchar PRIMARY KEY, product_code integer, prod_name text, detail_desc text, price numeric(10, 2) NOT NULL,
  stock integer NOT NULL, category_id integer REFERENCES categories, created_at timestamptz, last_updated timestamptz
);
CREATE TABLE customers (
  customer_id varchar PRIMARY KEY, age integer, club_member_status varchar(50), active boolean NOT NULL,
  email text NOT NULL, signup_date timestamptz, loyalty_score numeric DEFAULT 0
);
CREATE TABLE transactions (
  transaction_id integer PRIMARY KEY, t_dat date, customer_id varchar NOT NULL REFERENCES customers,
  article_id varchar NOT NULL REFERENCES articles, price numeric(10, 2), sales_channel_id integer
);
CREATE TABLE orders (
  order_id serial PRIMARY KEY, customer_id varchar NOT NULL REFERENCES customers, order_date timestamptz,
  total_amount numeric(12, 2) NOT NULL, payment_status text NOT NULL DEFAULT 'pending', shipping_address text
);
CREATE TABLE order_items (
  order_item_id serial PRIMARY KEY, order_id integer NOT NULL REFERENCES orders, article_id varchar NOT NULL,
  quantity integer NOT NULL, unit_price numeric(10, 2) NOT NULL
);
CREATE TABLE events (
  event_id serial PRIMARY KEY, session_id text, customer_id varchar, article_id varchar, event_type text,
  campaign_id integer, created_at timestamptz, order_id integer
);
CREATE TABLE wishlist (
  wishlist_id serial PRIMARY KEY, customer_id varchar NOT NULL, article_id varchar NOT NULL, added_at timestamp
);
CREATE TABLE reviews (
  review_id serial PRIMARY KEY, customer_id varchar NOT NULL, article_id varchar NOT NULL, rating smallint NOT NULL,
  review_text text, created_at timestamptz
);
INSERT INTO categories (name, parent_category_id) VALUES ('Ladies', NULL), ('Dresses', 1);
INSERT INTO articles VALUES ('0108775015', 108775, 'Strap dress', 'With straps.', 19.99, 4, 2, '2026-01-02T08:00Z'),
  ('0108775044', 108775, 'Gift card', 'Of paper.', 25, 9, NULL, '2026-01-02T08:00Z');
INSERT INTO customers VALUES ('007', 33, 'ACTIVE', true, 'a@example.com', '2026-01-03T08:00Z');
INSERT INTO transactions VALUES (1, '2026-01-05', '007', '0108775015', 19.99, 1),
  (2, '2026-01-07', '007', '0108775044', 25, 2);
INSERT INTO orders (customer_id, order_date, total_amount, payment_status)
  VALUES ('007', '2026-01-05T09:00Z', 19.99, 'paid');
INSERT INTO order_items (order_id, article_id, quantity, unit_price) VALUES (1, '0108775015', 1, 19.99);
INSERT INTO events (session_id, customer_id, article_id, event_type, campaign_id, created_at, order_id) VALUES
  ('s1', '007', '0108775015', 'view', 7, '2026-01-08T09:00Z', NULL);
INSERT INTO wishlist (customer_id, article_id, added_at) VALUES ('007', '0108775015', '2026-01-06 10:00');
INSERT INTO reviews (customer_id, article_id, rating, review_text, created_at)
  VALUES ('007', '0108775015', 5, 'A lovely dress for the summer, I wear it often.', '2026-01-09T09:00Z');
"""
AS_OF = "2026-01-10T06:00:00Z"
# What knows the source's own categories alone, for nobody has kept versions yet; then what keeps and reads those.
FIRST: Mapping[str, Mapping[str, str]] = {
    "timeseries": {}, "reviews-nlp": {}, "customer-features": {"allow_current_attributes": "true"},
}  # fmt: skip
THEN: Mapping[str, Mapping[str, str]] = {
    "articles-content": {"oldest_hours": "1000000"}, "events-and-funnels": {}, "user-item-interactions": {},
}  # fmt: skip
pytestmark = [
    pytest.mark.turns(first=2),
    pytest.mark.xdist_group("original-schema"),
    pytest.mark.usefixtures("catalog_env"),
    pytest.mark.timeout(1800),
]


def test_categories_that_are_counted_are_their_digits(tmp_path: Path, catalog_env: dict[str, str]) -> None:
    """As the source tells them now, and as versions of articles tell them; ids of articles keep their zeros."""
    execute(catalog_env["DATABASE_URL"], SCHEMA)
    done(tmp_path, FIRST)
    assert pairs(tmp_path, "daily_sales", "article_id") == {("0108775015", "2"), ("0108775044", None)}
    assert pairs(tmp_path, "category_daily", "daily_sales") == {(1, "2"), (0, "2")}
    assert pairs(tmp_path, "reviews", "article_id") == {("0108775015", "2")}
    assert pairs(tmp_path, "customer_categories", "lines") == {(1, "2")}
    (customer,) = tables.rows(tmp_path, "retail.customer_features")
    assert (customer["customer_id"], customer["top_category"], customer["total_orders"]) == ("007", "2", 1)
    done(tmp_path, THEN)
    articles = {row["article_id"]: row for row in tables.rows(tmp_path, "retail.articles")}
    told = ("category_id", "parent_category_id", "category_path", "category_known")
    assert [articles["0108775015"][name] for name in told] == ["2", "1", "Ladies > Dresses", True]
    assert [articles["0108775044"][name] for name in told] == [None, None, None, None]
    assert pairs(tmp_path, "article_versions", "article_id") == {("0108775015", "2"), ("0108775044", None)}
    assert pairs(tmp_path, "session_events", "article_id") == {("0108775015", "2")}


def done(home: Path, pipelines: Mapping[str, Mapping[str, str]]) -> None:
    """Run the pipelines with these parameters; all succeed."""
    for pipeline, given in pipelines.items():
        code, out = run(home, pipeline, AS_OF, **given)
        assert code == 0, out


def pairs(home: Path, table: str, column: str) -> set[tuple[object, object]]:
    """The values of a column of a table, each with its category."""
    return {(row[column], row["category_id"]) for row in tables.rows(home, f"retail.{table}")}
