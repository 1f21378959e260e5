"""The kinds of events in which customers behave, beside what their lines say."""

from types import MappingProxyType

VIEW, CLICK, CART, BUY, WISHLIST = "view", "click", "cart", "buy", "wishlist"
KINDS = (BUY, CART, WISHLIST, CLICK, VIEW)
"""The kinds of events; of several that are equally frequent the first dominates."""
EVENT_TYPES = MappingProxyType(
    {
        "view": VIEW, "product_view": VIEW, "click": CLICK, "cart": CART, "add_to_cart": CART, "buy": BUY,
        "purchase": BUY, "wishlist": WISHLIST,
    }
)  # fmt: skip
"""Which kind each of the source's event types is; others are none."""
COUNTS = MappingProxyType({VIEW: "views", CLICK: "clicks", CART: "carts", BUY: "buys", WISHLIST: "wishlist_events"})
"""The columns that count events of each kind."""
