"""A shop's events, their sessions, and how far these come in funnels: every fifteen minutes."""

from typing import Any

from components.retail.kinds import KINDS
from components.shell.schema import Between, Compare, Continuous, NotAfterAsOf, OneOf, Share, Unique
from components.shell.schema.pictures import Bars, Histogram, Steps
from components.shop_events.component import plan_events, read_events
from components.shop_sessions.component import commit_sessions, shop_sessions
from components.shop_sessions.settings import LONGEST_HOURS
from pipelines.shop_events import SHOP, SOURCE_TABLES, TOPICS, land
from stockpot.authoring import AppendStream, Contract, Dataset, Run, Schedule, Table, Topics
from stockpot.defaults import limits, uses_catalog

VERSIONS = "retail.article_versions"
VERSION_COLUMNS = ["article_id string", "category_id string", "version int", "known_at timestamptz"]

TABLE = Table(
    "retail.events",
    [
        "topic string!",
        "partition int!",
        "offset long!",
        "event_type string!",
        "event_id string!",
        "session_id string",
        "customer_id string",
        "anonymous_id string",
        "article_id string",
        "campaign_id string",
        "order_id string",
        "event_time timestamptz!",
        "known_at timestamptz!",
        "loaded_as_of timestamptz!",
    ],
    # By the day: hours of a small shop would be thousands of small files a year, and each tick fills one or two.
    partition={"event_time": "day"},
)
SESSION_EVENTS = Table(
    "retail.session_events",
    [
        "event_id string!",
        "session_key string!",
        "visitor string!",
        "customer_id string",
        "article_id string",
        "category_id string",
        "kind string!",
        "campaign_id string",
        "order_id string",
        "session_started_at timestamptz!",
        "occurred_at timestamptz!",
        "event_hour int!",
        # Monday is 0.
        "event_day int!",
        "position int!",
        "time_since_session_start double!",
        "seconds_to_next double",
        "is_conversion boolean!",
        # How long after it happened it became known.
        "seconds_late double",
    ],
    partition={"session_started_at": "day"},
)
SESSIONS = Table(
    "retail.sessions",
    [
        "session_key string!",
        "visitor string!",
        "customer_id string",
        "customers int!",
        "session_id string",
        *(f"{name} long!" for name in ("views", "clicks", "wishlist", "carts", "buys", "others", "events", "articles")),
        "first_event timestamptz!",
        "started_at timestamptz!",
        "started_hour int!",
        "last_event timestamptz!",
        "length_seconds double!",
        "is_engaged boolean!",
        "is_bot boolean!",
        "converted boolean!",
        # Of those that have bought, whether they looked at nothing; null of all others.
        "bought_unseen boolean",
        "first_buy_at timestamptz",
        "time_to_convert double",
        "funnel_stage string!",
        # A column for each funnel of sessions that is to be a feature of theirs; null where there is none of that name.
        "shop_steps int",
        "entry_article_id string",
        "exit_article_id string",
        "campaign_id string",
        "is_closed boolean!",
        "loaded_as_of timestamptz!",
    ],
    partition={"started_at": "day"},
)
FUNNEL_DAILY = Table(
    "retail.funnel_daily",
    [
        "funnel string!",
        "day date!",
        "step int!",
        "kind string!",
        "sessions long!",
        "visitors long!",
        "conversion_from_first double",
        "conversion_from_previous double",
        "median_seconds double",
        "p90_seconds double",
        "is_final boolean!",
    ],
    partition={"day": "day"},
)
ARTICLE_FUNNEL = Table(
    "retail.article_funnel",
    ["article_id string!", "day date!", "view_sessions long!", "cart_sessions long!", "buy_sessions long!"],
    partition={"day": "day"},
)
_COUNTS = ("total_events", "total_sessions", "views", "clicks", "carts", "buys", "wishlist_events")
_RATES = ("conversion_rate", "view_to_buy_rate", "click_through_rate", "add_to_cart_rate", "cart_abandon_rate")
# In all time, and in (cut_at - days, cut_at].
_SPANS = ("", "_1d", "_7d", "_30d")
_WITHIN = (("1d", "_7d"), ("7d", "_30d"), ("30d", ""))
CUSTOMER_BEHAVIOUR = Table(
    "retail.customer_behaviour",
    [
        "cut_at timestamptz!",
        "customer_id string!",
        "last_event_at timestamptz!",
        "seconds_since_last_event double!",
        # Of closed sessions.
        "avg_session_length_seconds double",
        *(f"{name}{span} long!" for span in _SPANS for name in _COUNTS),
        *(f"{name}{span} double" for span in _SPANS for name in _RATES),
        *(f"dominant_event_type{span} string" for span in _SPANS),
    ],
    partition={"cut_at": "day"},
)
DERIVED = {
    "session_events": SESSION_EVENTS,
    "funnel_daily": FUNNEL_DAILY,
    "article_funnel": ARTICLE_FUNNEL,
    "customer_behaviour": CUSTOMER_BEHAVIOUR,
    "sessions": SESSIONS,
}
# What a run commits of each table; of the rows that stay, earlier runs have promised it.
CONTRACTS = {
    "session_events": Contract(
        list(SESSION_EVENTS.columns),
        Unique(["event_id"]),
        Continuous("position", "1", per=["session_key"], starts=1),
        OneOf("kind", [*KINDS, "other"]),
        Between("event_hour", min=0, max=23),
        Between("event_day", min=0, max=6),
        Between("position", min=1),
        Between("time_since_session_start", min=0),
        Between("seconds_to_next", min=0),
        Compare("session_started_at <= occurred_at"),
    ),
    "funnel_daily": Contract(
        list(FUNNEL_DAILY.columns),
        Unique(["funnel", "day", "step"]),
        Between("step", min=1),
        Between("conversion_from_first", min=0, max=1),
        Between("conversion_from_previous", min=0, max=1),
        Compare("visitors <= sessions"),
        Compare("median_seconds <= p90_seconds"),
    ),
    "article_funnel": Contract(
        list(ARTICLE_FUNNEL.columns),
        Unique(["article_id", "day"]),
        Between("buy_sessions", min=0),
        Compare("cart_sessions <= view_sessions"),
        Compare("buy_sessions <= cart_sessions"),
    ),
    "customer_behaviour": Contract(
        list(CUSTOMER_BEHAVIOUR.columns),
        Unique(["cut_at", "customer_id"]),
        Between("total_events", min=1),
        Between("seconds_since_last_event", min=0),
        *(Compare(f"{name}_{less} <= {name}{more}") for name in _COUNTS for less, more in _WITHIN),
        *(Between(f"cart_abandon_rate{span}", min=0, max=1) for span in _SPANS),
        *(OneOf(f"dominant_event_type{span}", KINDS) for span in _SPANS),
        NotAfterAsOf("cut_at"),
    ),
    "sessions": Contract(
        list(SESSIONS.columns),
        Unique(["session_key"]),
        Between("events", min=1),
        Between("length_seconds", min=0, max=LONGEST_HOURS * 60 * 60),
        Between("time_to_convert", min=0),
        OneOf("funnel_stage", [*KINDS, "none"]),
        Compare("first_event <= last_event"),
        Compare("articles <= events"),
        Share("bought_unseen", max=0.5, from_rows=20, severity="warning"),
    ),
}
FUNNELS = [
    {
        "name": "shop",
        "steps": ["view", "cart", "buy"],
        "scope": "session",
        "window_minutes": 0,
        "order": "ordered",
        "ties": "funnel",
        "same": [],
        "exclude": [],
    }
]

DATASET = Dataset(
    name="events-and-funnels",
    version="2",
    title="Sessions and funnels of a shop",
    table=TABLE,
    mode=AppendStream(time="known_at", derived=tuple(DERIVED.values())),
    schedule=Schedule(cron="*/15 * * * *"),
    pictures=(
        Steps("funnel", "step", "kind", "sessions", "median_seconds", of="retail.funnel_daily", title="Funnel"),
        Bars("is_bot", of="retail.sessions", title="Sessions of bots, which are in no funnel"),
        Histogram("started_hour", of="retail.sessions", title="Sessions by the hour of UTC in which they began"),
        Histogram("seconds_late", of="retail.session_events", title="Seconds until an event became known"),
    ),
    origins=Topics(TOPICS, [SHOP]),
    steps=(plan_events, read_events, shop_sessions),
)


@DATASET.pipeline
def events_and_funnels(
    run: Run,
    source_tables: dict[str, Any] = SOURCE_TABLES,
    source_path: str = "",
    funnels: list[dict[str, Any]] = FUNNELS,
) -> None:
    """Land a shop's events in `retail.events`, each once, and make sessions and funnels of them.

    A run reads what was created since the last one and `overlap_hours` before it, for what was committed late lies
    there, and lands what the table does not hold. Sessions that new events change are computed anew: `retail.sessions`
    with their events in `retail.session_events`, how far they came by day in `retail.funnel_daily`, and by article in
    `retail.article_funnel`; `retail.customer_behaviour` says what each customer did by then. Train on closed sessions
    alone: an open one may still convert.

    Args:
        source_tables: Which columns of the source's table of events are copied.
        source_path: For `files`: an absolute path or s3://bucket/prefix.
    """
    landed = land(run, source_tables, source_path)
    versions = run.read(VERSIONS, VERSION_COLUMNS).outputs["rows"]
    tables = {name: table.document() for name, table in DERIVED.items()}
    made = run.call(shop_sessions, snapshot_id=landed, tables=tables, versions=versions, funnels=funnels)
    uses_catalog(limits(made, cpu="2", memory="3Gi", minutes=60))
    rows = {name: made.outputs[name] for name in DERIVED}
    checks = [run.check(rows[name], CONTRACTS[name], name=f"check {name.replace('_', ' ')}") for name in DERIVED]
    committed = run.call(commit_sessions, plan=made.outputs["plan"], tables=tables, **rows)
    uses_catalog(limits(committed, cpu="2", memory="2Gi", minutes=60)).after(*checks)
