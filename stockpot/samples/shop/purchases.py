"""What customers buy: baskets of lines, as transactions and as orders with items."""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stockpot.samples.shop.catalogue import Catalogue, article_ids
from stockpot.samples.shop.columns import dates, instants, money
from stockpot.samples.shop.customers import addresses, customer_ids, signup_days
from stockpot.samples.shop.draw import Numbers, below, chance, geometric, share
from stockpot.samples.shop.draw import words as drawn
from stockpot.samples.shop.scale import Scale

_LINES_A_BASKET = 3.0
_MOST_BASKETS, _MOST_LINES = 1 << 10, 1 << 4
"""In the number of a basket, and of a line in it, so that both are numbers of their own whatever else is drawn."""
ONLINE = 2
_STATUSES = ("paid",) * 23 + ("pending", "refunded")


@dataclass(frozen=True)
class Baskets:
    """Baskets by number: whose, on which day and microsecond of it, through which channel."""

    number: Numbers
    customer: Numbers
    day: Numbers
    at: Numbers
    channel: Numbers

    def where(self, chosen: np.ndarray) -> "Baskets":
        """Those that are chosen, by a flag each."""
        return Baskets(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


@dataclass(frozen=True)
class Lines:
    """Single pieces that were bought, by number: `basket` is an index of baskets, `late` the days until it is known."""

    number: Numbers
    basket: Numbers
    article: Numbers
    cents: Numbers
    late: Numbers


def baskets(scale: Scale, customer: Numbers) -> Baskets:
    """The baskets of these customers until the horizon, one after the other."""
    seed = scale.seed
    mean = scale.lines_each / _LINES_A_BASKET * scale.horizon / scale.history
    count = np.minimum(geometric(mean, share(seed, "baskets", customer)), _MOST_BASKETS - 1)
    owner = np.repeat(customer, count)
    index = np.arange(len(owner), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    number = owner * _MOST_BASKETS + index
    first = np.maximum(signup_days(scale, owner), 0)
    day = first + below(scale.horizon - first, share(seed, "day", number))
    saturday = day - (day + scale.opened.weekday()) % 7 + 5
    moved = chance(0.2, seed, "weekend", number) & (saturday >= first) & (saturday < scale.horizon)
    at = below(14 * 3600, share(seed, "time", number)) * 1_000_000 + 8 * 3_600_000_000
    channel = np.where(chance(0.45, seed, "channel", number), 1, ONLINE)
    return Baskets(number, owner, np.where(moved, saturday, day), at + number % 1_000_000, channel)


def lines(catalogue: Catalogue, baskets: Baskets) -> Lines:
    """The lines of these baskets, one after the other; a piece that is bought twice makes two equal lines."""
    seed = catalogue.scale.seed
    count = 1 + np.minimum(geometric(_LINES_A_BASKET - 1, share(seed, "lines", baskets.number)), _MOST_LINES - 2)
    basket = np.repeat(np.arange(len(count), dtype=np.int64), count)
    within = np.arange(len(basket), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    number = baskets.number[basket] * _MOST_LINES + within
    same = chance(0.06, seed, "once more", number) & (within > 0)
    article = catalogue.bought(baskets.day[basket], share(seed, "article", np.where(same, number - 1, number)))
    late = np.where(
        chance(0.01, seed, "late", baskets.number), 1 + below(5, share(seed, "how late", baskets.number)), 0
    )
    return Lines(number, basket, article, catalogue.cents(article, baskets.day[basket]), late[basket])


def transactions(catalogue: Catalogue, baskets: Baskets, bought: Lines) -> pa.Table:
    """The lines that are known by now: a day is reported when it is over, and some lines are reported days late."""
    scale = catalogue.scale
    known = baskets.day[bought.basket] + bought.late < scale.today
    basket = bought.basket[known]
    return pa.table(
        {
            "transaction_id": pa.array(bought.number[known]),
            "t_dat": dates(scale, baskets.day[basket]),
            "customer_id": _ids_of(scale, baskets.customer[basket]),
            "article_id": article_ids(scale).take(pa.array(bought.article[known])),
            "price": money(bought.cents[known]),
            "sales_channel_id": pa.array(baskets.channel[basket], pa.int32()),
        }
    )


def orders(catalogue: Catalogue, baskets: Baskets, bought: Lines) -> tuple[pa.Table, pa.Table]:
    """The orders of the online baskets by now, and their items: one for each article, with how many of it."""
    scale = catalogue.scale
    online = (baskets.channel == ONLINE) & (baskets.day < scale.today)
    total = np.bincount(bought.basket, bought.cents, len(baskets.number)).astype(np.int64)
    mine = baskets.where(online)
    ordered = pa.table(
        {
            "order_id": pa.array(mine.number),
            "customer_id": _ids_of(scale, mine.customer),
            "order_date": instants(scale, mine.day, mine.at),
            "total_amount": money(total[online]),
            "payment_status": pa.array(drawn(_STATUSES, share(scale.seed, "paid", mine.number)), pa.string()),
            "shipping_address": pa.array(addresses(scale, mine.customer)),
        }
    )
    return ordered, _items(catalogue, baskets, bought, online)


def _items(catalogue: Catalogue, baskets: Baskets, bought: Lines, online: np.ndarray) -> pa.Table:
    chosen = online[bought.basket]
    each = pa.table(
        {
            "order_item_id": bought.number[chosen],
            "order_id": baskets.number[bought.basket[chosen]],
            "article": bought.article[chosen],
            "cents": bought.cents[chosen],
        }
    )
    by_article = each.group_by(["order_id", "article", "cents"], use_threads=False).aggregate(
        [("order_item_id", "min"), ("cents", "count")]
    )
    quantity, cents = by_article["cents_count"].to_numpy(), by_article["cents"].to_numpy()
    return pa.table(
        {
            "order_item_id": by_article["order_item_id_min"],
            "order_id": by_article["order_id"],
            "article_id": pc.take(article_ids(catalogue.scale), by_article["article"]),
            "quantity": by_article["cents_count"].cast(pa.int32()),
            "unit_price": money(cents),
            "line_total": money(cents * quantity),
        }
    )


def _ids_of(scale: Scale, customer: Numbers) -> pa.Array:
    """Ids of customers who come many times in a row."""
    distinct, inverse = np.unique(customer, return_inverse=True)
    return customer_ids(scale, distinct).take(pa.array(inverse))
