"""Sessions and funnels in plain loops."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from components.shop_sessions.funnels import Funnel
from components.shop_sessions.settings import Settings

Row = Mapping[str, Any]
SECOND = timedelta(seconds=1)


def visitor(event: Row) -> str:
    """Whose event it is."""
    if event["customer_id"] is not None:
        return str(event["customer_id"])
    if event.get("anonymous_id") is not None:
        return str(event["anonymous_id"])
    return f"s:{event['session_id']}" if event["session_id"] is not None else f"e:{event['event_id']}"


def sessions(events: Iterable[Row], told: Settings) -> list[list[Row]]:
    """The events of each session, in their order."""
    units: dict[tuple[str, Any], list[Row]] = {}
    for event in sorted(events, key=lambda event: (event["event_time"], event["event_id"])):
        given = None if told.session_mode == "gap" else event["session_id"]
        units.setdefault((visitor(event), given), []).append(event)
    found = []
    for (_, given), ordered in units.items():
        pause = told.longest if told.session_mode == "given" and given is not None else told.gap
        components: list[list[Row]] = []
        for event in ordered:
            if not components or event["event_time"] - components[-1][-1]["event_time"] > pause:
                components.append([])
            components[-1].append(event)
        for component in components:
            if component[-1]["event_time"] - component[0]["event_time"] <= told.longest:
                found.append(component)
                continue
            days: dict[Any, list[Row]] = {}
            for event in component:
                days.setdefault(event["event_time"].astimezone(UTC).date(), []).append(event)
            found += days.values()
    return found


def row(session: Sequence[Row], as_of: datetime, told: Settings) -> dict[str, Any]:
    """What is told of a session."""
    kinds = [told.event_types.get(event["event_type"], "other") for event in session]
    times = [event["event_time"] for event in session]
    first, last = times[0], times[-1]
    customers = {event["customer_id"] for event in session} - {None}
    articles = [event["article_id"] for event in session if event["article_id"] is not None]
    campaigns = [event["campaign_id"] for event in session if event["campaign_id"] is not None]
    bought = next((at for at, kind in zip(times, kinds, strict=True) if kind == "buy"), None)
    lasts, stages = (last - first) / SECOND, ["buy", "cart", "wishlist", "click", "view"]
    mean = (last - first) / (len(session) - 1) if len(session) > 1 else None
    fast = len(session) >= 50 and mean is not None and mean < timedelta(milliseconds=200)
    key = hashlib.sha256(f"{visitor(session[0])}\x1f{session[0]['event_id']}".encode()).hexdigest()[:32]
    counted = {"view": "views", "click": "clicks", "wishlist": "wishlist", "cart": "carts", "buy": "buys",
               "other": "others"}  # fmt: skip
    return {
        "session_key": key,
        "visitor": visitor(session[0]),
        "customer_id": customers.pop() if len(customers) == 1 else None,
        **{name: kinds.count(kind) for kind, name in counted.items()},
        "events": len(session),
        "articles": len(set(articles)),
        "first_event": first,
        "started_hour": first.astimezone(UTC).hour,
        "last_event": last,
        "length_seconds": lasts,
        "is_engaged": lasts > 10 or "buy" in kinds or kinds.count("view") > 1,
        "is_bot": len(session) > told.max_session_events or fast,
        "converted": "buy" in kinds,
        "bought_unseen": "view" not in kinds if "buy" in kinds else None,
        "first_buy_at": bought,
        "time_to_convert": None if bought is None else (bought - first) / SECOND,
        "funnel_stage": next((stage for stage in stages if stage in kinds), "none"),
        "entry_article_id": articles[0] if articles else None,
        "exit_article_id": articles[-1] if articles else None,
        "campaign_id": campaigns[0] if campaigns else None,
        "is_closed": last + told.longest_pause + told.lateness < as_of,
    }


def reached(events: Sequence[Row], funnel: Funnel) -> tuple[int, dict[int, float]]:
    """How many steps one unit has taken, and what each took: by trying all chains that begin with any event.

    Of those that get furthest it is the one that gets there earliest, and of these the one that began last.
    """
    numbers = {kind: step for step, kind in enumerate(funnel.steps, 1)}
    numbers |= dict.fromkeys(funnel.exclude, len(funnel.steps) + 1)
    chains: list[list[int]] = []
    values = product(*({event[name] for event in events} - {None} for name in funnel.same))
    for value in values:
        told = [
            (event["at"], numbers[event["kind"]], event["event_id"])
            for event in events
            if event["kind"] in numbers and tuple(event[name] for name in funnel.same) == value
        ]
        chains += _chains(sorted(told), funnel)
    best = min(chains, key=lambda chain: (-len(chain), chain[-1], -chain[0], chain), default=[])
    return len(best), {step: (at - best[0]) / 1_000_000 for step, at in enumerate(best, 1)}


def _chains(told: list[tuple[int, int, str]], funnel: Funnel) -> Iterable[list[int]]:
    """The instants of the steps that each entry leads to."""
    window, last = funnel.window_minutes * 60_000_000, len(funnel.steps)
    for place, (start, number, _) in enumerate(told):
        if number > last or (funnel.order != "any" and number != 1):
            continue
        chain, seen, before = [start], {number}, start
        for at, step, _ in told[place + 1 :]:
            if step > last or (window and at - start > window):
                break
            if funnel.order == "any":
                if step not in seen:
                    seen.add(step)
                    chain.append(at)
                continue
            due = len(chain) + 1
            if step == due and (funnel.ties == "funnel" or at > before):
                chain.append(at)
                before = at
            elif funnel.order == "strict":
                break
        yield chain
