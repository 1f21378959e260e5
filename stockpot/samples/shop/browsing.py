"""What people look at: sessions of events that end in an order or in nothing, and wish lists."""

from dataclasses import dataclass, fields

import numpy as np
import pyarrow as pa

from stockpot.samples.shop.catalogue import Catalogue, article_ids
from stockpot.samples.shop.columns import instants
from stockpot.samples.shop.customers import customer_ids, signup_days
from stockpot.samples.shop.draw import Numbers, below, chance, geometric, pick, share
from stockpot.samples.shop.purchases import ONLINE, Baskets, Lines

VIEW, CLICK, WISH, CART, BUY = range(5)
# The shop's own triggers write the last two in a second way.
NAMES = np.asarray(["view", "click", "wishlist", "add_to_cart", "purchase"], dtype=object)
_MOST_VISITS = 1 << 6
_SESSION = 1 << 40
_SECOND = 1_000_000
_AFTER_A_VIEW = np.asarray([0.6, 0.25, 0.07, 0.08])
"""How often a visit goes on to view, click, wish or cart."""


@dataclass(frozen=True)
class Events:
    """Events by number: who (below 0: a guest), in which session, on what, of which kind, when, for which order."""

    session: Numbers
    customer: Numbers
    article: Numbers
    kind: Numbers
    day: Numbers
    at: Numbers
    order: Numbers

    def where(self, chosen: np.ndarray) -> "Events":
        """Those that are chosen, by a flag each."""
        return Events(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def happened(catalogue: Catalogue, customer: Numbers, baskets: Baskets, bought: Lines) -> Events:
    """All events by now, session by session, in no order of time."""
    parts = [_before_orders(catalogue, baskets, bought), _visits(catalogue, customer)]
    every = Events(
        **{field.name: np.concatenate([getattr(one, field.name) for one in parts]) for field in fields(Events)}
    )
    return every.where(every.day < catalogue.scale.today)


def _before_orders(catalogue: Catalogue, baskets: Baskets, bought: Lines) -> Events:
    """For each line of an online order: looked at, clicked, put into the cart, bought; in the minutes before."""
    seed = catalogue.scale.seed
    basket = bought.basket[baskets.channel[bought.basket] == ONLINE]
    line = np.flatnonzero(baskets.channel[bought.basket] == ONLINE)
    parts = []
    for kind, earliest in ((VIEW, 1200), (CLICK, 900), (CART, 600), (BUY, 0)):
        ahead = (
            below(300, share(seed, "ahead", bought.number[line], kind)) + earliest if earliest else np.zeros_like(line)
        )
        parts.append((kind, baskets.at[basket] - ahead * _SECOND))
    times = len(parts)
    return Events(
        session=np.tile(baskets.number[basket], times),
        customer=np.tile(baskets.customer[basket], times),
        article=np.tile(bought.article[line], times),
        kind=np.repeat([kind for kind, _ in parts], len(line)),
        day=np.tile(baskets.day[basket], times),
        at=np.concatenate([at for _, at in parts]),
        order=np.concatenate([np.where(kind == BUY, baskets.number[basket], -1) for kind, _ in parts]),
    )


def _visits(catalogue: Catalogue, customer: Numbers) -> Events:
    """Visits that end in nothing: some views, a click here and there, a wish, a cart that is left; half are guests'."""
    scale, seed = catalogue.scale, catalogue.scale.seed
    mean = scale.lines_each / 6 * scale.horizon / scale.history
    count = np.minimum(geometric(mean, share(seed, "visits", customer)), _MOST_VISITS - 1)
    owner = np.repeat(customer, count)
    index = np.arange(len(owner), dtype=np.int64) - np.repeat(np.cumsum(count) - count, count)
    visit = _SESSION + owner * _MOST_VISITS + index
    first = np.maximum(signup_days(scale, owner), 0)
    day = first + below(scale.horizon - first, share(seed, "visited", visit))
    begun = below(86_400, share(seed, "begun", visit)) * _SECOND
    views = 1 + np.minimum(geometric(2.0, share(seed, "views", visit)), 15)
    row = np.repeat(np.arange(len(visit)), views)
    within = np.arange(len(row), dtype=np.int64) - np.repeat(np.cumsum(views) - views, views)
    article = catalogue.bought(day[row], share(seed, "looked at", visit[row], within))
    at = begun[row] + within * 45 * _SECOND + below(40 * _SECOND, share(seed, "pace", visit[row], within))
    kind = pick(_AFTER_A_VIEW, share(seed, "led to", visit[row], within))
    guest = chance(0.5, seed, "guest", visit)
    # What goes on after midnight belongs to the day after.
    return Events(
        visit[row], np.where(guest[row], -1, owner[row]), article, kind, day[row] + at // (86_400 * _SECOND),
        at % (86_400 * _SECOND), np.full(len(row), -1),
    )  # fmt: skip


def events(catalogue: Catalogue, every: Events) -> pa.Table:
    """The table `events`. An id says nothing of the order in which events happened."""
    scale = catalogue.scale
    guests = every.customer < 0
    who, inverse = np.unique(np.where(guests, 0, every.customer), return_inverse=True)
    campaign = below(12, share(scale.seed, "campaign", every.session))
    unasked = ~chance(0.25, scale.seed, "came by campaign", every.session)
    return pa.table(
        {
            "event_id": pa.array(_event_ids(every)),
            "session_id": pa.array([f"s{number:x}" for number in every.session.tolist()]),
            "customer_id": customer_ids(scale, who).take(pa.array(inverse, mask=guests)),
            "article_id": article_ids(scale).take(pa.array(every.article)),
            "event_type": pa.array(NAMES[every.kind], pa.string()),
            "campaign_id": pa.array(campaign, pa.int32(), mask=unasked),
            "created_at": instants(scale, every.day, every.at),
            "order_id": pa.array(every.order, mask=every.order < 0),
        }
    )


def _event_ids(every: Events) -> Numbers:
    """A number for each event, out of its session, kind and article's rank among its like."""
    order = np.lexsort((every.at, every.article, every.kind, every.day, every.session))
    change = np.r_[True, np.diff(every.session[order]) != 0]
    start = np.flatnonzero(change)
    within = np.arange(len(order)) - np.repeat(start, np.diff(np.r_[start, len(order)]))
    ids = np.empty(len(order), dtype=np.int64)
    ids[order] = every.session[order] * (1 << 8) + within
    return ids


def wishlist(catalogue: Catalogue, every: Events) -> pa.Table:
    """The wish lists of customers who are known. `added_at` has no zone: the shop's own is meant."""
    wished = every.where((every.kind == WISH) & (every.customer >= 0))
    who, inverse = np.unique(wished.customer, return_inverse=True)
    added = instants(catalogue.scale, wished.day, wished.at).cast(pa.timestamp("us"))
    return pa.table(
        {
            "wishlist_id": pa.array(_event_ids(wished)),
            "customer_id": customer_ids(catalogue.scale, who).take(pa.array(inverse)),
            "article_id": article_ids(catalogue.scale).take(pa.array(wished.article)),
            "added_at": added,
        }
    )
