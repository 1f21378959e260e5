"""Channels that apprise knows: Slack, e-mail, webhooks and a hundred more; their addresses hold secrets."""

import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import apprise

from components.end_run.message import Message
from components.shell.settings import setting

TRIES = 3
_PAUSE_SECONDS = 1.0
log = logging.getLogger("end_run")


def send(
    urls: Sequence[str], message: Message, kind: str, pause: Callable[[float], None] = time.sleep
) -> tuple[int, int]:
    """How many channels could not be reached and how many addresses could not be read; each is a line of the log.

    A channel is tried three times; one that has taken the message is left alone. `kind` is apprise's: `success`,
    `failure` or `warning`. No address is ever printed, for it holds the channel's secret.
    """
    _hush_apprise()
    _trust_the_same()
    failed = unreadable = 0
    for position, url in enumerate(urls, 1):
        channel = apprise.Apprise.instantiate(
            url, asset=apprise.AppriseAsset(app_id="Stockpot", app_desc="Stockpot"), suppress_exceptions=True
        )
        if channel is None:
            unreadable += 1
            log.error("channel %d of %d has an address that apprise cannot read", position, len(urls))
        elif not _delivered(channel, message, kind, pause):
            failed += 1
            log.error("channel %d of %d (%s) did not take the message", position, len(urls), channel.service_name)
    return failed, unreadable


def _delivered(channel: Any, message: Message, kind: str, pause: Callable[[float], None]) -> bool:
    for attempt in range(TRIES):
        if attempt:
            pause(_PAUSE_SECONDS * attempt)
        if _taken(channel, message, kind):
            return True
    return False


def _taken(channel: Any, message: Message, kind: str) -> bool:
    try:
        return bool(channel.notify(title=message.title, body=message.body, notify_type=apprise.NotifyType(kind)))
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the others still have to be notified
        log.warning("%s failed with %s", channel.service_name, type(error).__name__)
        return False


def _trust_the_same() -> None:
    """Let requests, which asks a variable of its own, trust whom all others trust."""
    if file := setting("SSL_CERT_FILE").value(os.environ):
        os.environ.setdefault("REQUESTS_CA_BUNDLE", file)


def _hush_apprise() -> None:
    """Keep apprise's own log, which may name addresses, out of the step's."""
    logger = logging.getLogger("apprise")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
