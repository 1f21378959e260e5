"""A shop's events, their sessions, and how far these come in funnels: every fifteen minutes."""

from typing import Any

from kfp import dsl

from components.consume_events.component import consume_events, plan_offsets, tell_offsets
from components.event_tables.component import commit_events, stage_events
from components.extract_postgres.component import extract_postgres
from components.retail.kinds import KINDS
from components.shell.events.definition import ITSELF, Event, Field, own_id, time
from components.shell.projection import projection
from components.shell.schema import Between, Compare, Continuous, NotAfterAsOf, OneOf, Share, Unique
from components.shell.schema.pictures import Bars, Histogram, Steps
from components.shop_events.component import plan_events, read_events
from components.shop_sessions.component import commit_sessions, shop_sessions
from stockpot.authoring import AppendStream, Contract, Dataset, Run, Schedule, Table
from stockpot.defaults import RUN_ID, limits, reads_database, reads_kafka, uses_catalog

SOURCE_TABLES = projection(
    {
        "events": [
            "event_id", "session_id string?", "customer_id string?", "anonymous_id string?", "article_id string?",
            "event_type string", "campaign_id ~string?", "order_id ~string?", "created_at timestamptz",
            "known_at timestamptz?",
        ]
    }
)  # fmt: skip
VERSIONS = "retail.article_versions"
VERSION_COLUMNS = ["article_id string", "category_id string", "version int", "known_at timestamptz"]
TOPICS = {"shop.events": "shop"}
_FIELDS = ("session_id", "customer_id", "anonymous_id", "article_id", "campaign_id", "order_id")
# All types land as they are: which kind a type is, is said where sessions are made, and can be corrected there.
SHOP = Event(
    "shop",
    time("created_at"),
    own_id("event_id"),
    [Field(name, required=False) for name in _FIELDS],
    other=ITSELF,
    since=2000,
    ahead_minutes=5,
)

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
        Continuous("position", "1", per=["session_key"]),
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
        Between("length_seconds", min=0),
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
    version="1",
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
)


def _staged(events: Any, summary: Any, run_key: Any, run: Run) -> Any:
    """A share of the run's events as files; nothing of it is part of the table yet."""
    staged = stage_events(events=events, consumed=summary, table=TABLE.document(), run_key=run_key, as_of=run.as_of)
    return uses_catalog(limits(staged, cpu="2", minutes=60)).outputs["staged"]


def _committed(staged: Any, plan: Any, most_rejected: Any, run: Run) -> Any:
    """The one commit of the run's events."""
    committed = commit_events(
        staged=dsl.Collected(staged),
        offsets=plan.outputs["offsets"],
        run_key=plan.outputs["run_key"],
        most_rejected=most_rejected,
        run_id=RUN_ID,
        as_of=run.as_of,
        **run.identity,
        **run.interval,
    )
    return uses_catalog(limits(committed, cpu="2", minutes=30))


def _from_postgres(run: Run, plan: Any, tables: Any, *, most_rejected: Any, timezone: Any, future_minutes: Any) -> Any:
    """The commit of what the source has of the time that is read."""
    with dsl.ParallelFor(items=plan.outputs["shares"], name="shares") as since:
        until = plan.outputs["until"]
        raw = extract_postgres(tables=tables, column="created_at", since=since, until=until, timezone=timezone)
        reads_database(limits(raw, cpu="2", memory="2Gi", minutes=60))
        told = {"as_of": run.as_of, "future_minutes": future_minutes, "timezone": timezone}
        read = read_events(raw=raw.outputs["raw"], **told)
        limits(read, cpu="2", memory="2Gi", minutes=60)
        staged = _staged(read.outputs["events"], read.outputs["summary"], plan.outputs["run_key"], run)
    return _committed(staged, plan, most_rejected, run)


def _from_topics(
    run: Run, topics: Any, *, events_dir: Any, consumers: Any, most_rejected: Any, fail_on_data_loss: Any
) -> Any:
    """The commit of what the topics hold behind the last one."""
    source = {"topics": topics, "kinds": [SHOP.describe()], "events_dir": events_dir}
    span = {"since": run.given["since"], "until": run.given["until"], "fail_on_data_loss": fail_on_data_loss}
    about = {"as_of": run.as_of, **run.identity}
    plan = plan_offsets(after=run.begun.outputs["after"], consumers=consumers, **span, **source, **about)
    reads_kafka(limits(plan, minutes=15))
    with dsl.ParallelFor(items=plan.outputs["shares"], name="topics") as share:
        consumed = consume_events(spans=share, of_run=plan.outputs["records"], most_rejected=most_rejected, **source)
        reads_kafka(limits(consumed, cpu="2", minutes=60))
        staged = _staged(consumed.outputs["events"], consumed.outputs["summary"], plan.outputs["run_key"], run)
    committed = _committed(staged, plan, most_rejected, run)
    told = tell_offsets(offsets=plan.outputs["offsets"], pipeline=DATASET.name, events_dir=events_dir)
    reads_kafka(limits(told, memory="256Mi", minutes=5)).after(committed)
    return committed


def _sessions(run: Run, snapshot_id: Any, **told: Any) -> None:
    """Sessions, funnels and behaviour are brought up to date with what was committed, once they are as promised."""
    tables = {name: table.document() for name, table in DERIVED.items()}
    versions = run.read(VERSIONS, VERSION_COLUMNS)
    made = shop_sessions(
        snapshot_id=snapshot_id,
        tables=tables,
        versions=versions.outputs["rows"],
        interval_start=run.interval["interval_start"],
        as_of=run.as_of,
        **run.identity,
        **told,
    )
    uses_catalog(limits(made, cpu="2", memory="3Gi", minutes=60))
    rows = {name: made.outputs[name] for name in DERIVED}
    checks = [run.check(rows[name], CONTRACTS[name], name=f"check {name.replace('_', ' ')}") for name in DERIVED]
    about = {name: run.identity[name] for name in ("pipeline", "version")}
    plan = made.outputs["plan"]
    committed = commit_sessions(plan=plan, tables=tables, as_of=run.as_of, run_id=RUN_ID, **rows, **about)
    uses_catalog(limits(committed, cpu="2", memory="2Gi", minutes=60)).after(*checks)


@DATASET.pipeline
def events_and_funnels(  # noqa: PLR0917 - KFP hands all of them over by name
    run: Run,
    source_tables: dict[str, Any] = SOURCE_TABLES,
    source: str = "postgres",
    topics: dict[str, str] = TOPICS,
    events_dir: str = "",
    consumers: int = 1,
    fail_on_data_loss: bool = True,
    overlap_hours: int = 24,
    future_minutes: int = 5,
    most_rejected: float = 0.01,
    timezone: str = "UTC",
    gap_minutes: int = 30,
    max_session_hours: int = 24,
    max_session_events: int = 5000,
    session_mode: str = "gap",
    lateness_minutes: int = 30,
    reopen_days: int = 3,
    event_types: dict[str, str] = {},  # noqa: B006 - KFP reads the default and never calls this
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
        source: Where events come from: `postgres`, or `kafka`.
        topics: Topics by name, each with the kind of event in it: shop.
        events_dir: Archive of topics to read in place of both: a directory with JSON lines below TOPIC/.
        consumers: How many consumers may read topics side by side.
        fail_on_data_loss: Stop where records of a topic are gone that no run has read.
        overlap_hours: How long after it was created an event may be committed without being lost.
        future_minutes: How much later than it became known an event may have happened.
        most_rejected: Largest share of events of no sense that is let pass; above it, nothing is committed.
        timezone: The shop's zone, whose days funnels are counted by.
        gap_minutes: The longest pause within a session; one that is longer by a microsecond ends it.
        max_session_hours: What lasts longer is cut at every midnight of UTC; at least 24.
        max_session_events: A session with more is a bot's, and in no funnel.
        session_mode: `gap`; `given_then_gap` for sessions of the source, cut by the gap; or `given`.
        lateness_minutes: How long after its gap a session is closed.
        reopen_days: Events that happened earlier before the last run are left to a backfill.
        event_types: Which of view, click, cart, buy and wishlist each of the source's event types is; empty means the
            common names.
        funnels: Funnels, as docs/events-and-funnels.md describes them.
    """
    origin = {"source": source, "events_dir": events_dir, "overlap_hours": overlap_hours}
    plan = plan_events(after=run.begun.outputs["after"], as_of=run.as_of, **origin, **run.identity)
    limits(plan, memory="256Mi", minutes=5)
    told = {
        "gap_minutes": gap_minutes,
        "max_session_hours": max_session_hours,
        "max_session_events": max_session_events,
        "session_mode": session_mode,
        "lateness_minutes": lateness_minutes,
        "reopen_days": reopen_days,
        "timezone": timezone,
        "event_types": event_types,
        "funnels": funnels,
    }
    rejected = {"most_rejected": most_rejected}
    with dsl.If(plan.outputs["chosen"] == "postgres", name="events of Postgres"):
        of_rows = {"timezone": timezone, "future_minutes": future_minutes}
        copied = _from_postgres(run, plan, source_tables, **rejected, **of_rows)
    with dsl.Else(name="events of topics"):
        of_topics = {"events_dir": events_dir, "consumers": consumers, "fail_on_data_loss": fail_on_data_loss}
        consumed = _from_topics(run, topics, **rejected, **of_topics)
    _sessions(run, dsl.OneOf(copied.outputs["snapshot_id"], consumed.outputs["snapshot_id"]), **told)
