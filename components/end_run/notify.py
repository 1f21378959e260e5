"""`python -m components.end_run.notify`: notify the channels how a run ended, and no more."""

import json
import logging
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from components.connect.endpoints import is_true
from components.end_run.message import Context, Message, Oddities, compose
from components.shell import step
from components.shell.counts import counted
from components.shell.errors import ConfigurationError, StepError, TransientError
from components.shell.settings import setting
from components.shell.status import RunEnd, resolve_run_end

log = logging.getLogger("end_run")
_KINDS = {"succeeded": "success", "failed": "failure", "stopped": "warning"}


def main(
    *,
    status: dict[str, Any],
    run_id: str,
    pipeline: str,
    as_of: str,
    on_success: bool = False,
    scheduled: str = "",
) -> None:
    """Notify the channels in STOCKPOT_NOTIFY_URLS of a run that ended before its first step, so without an end."""
    about = {"run_id": run_id, "pipeline": pipeline, "as_of": as_of or scheduled}
    notify(resolve_run_end(status), oddities(), on_success=on_success, **about)


def notify(ended: RunEnd, odd: Oddities, *, run_id: str, pipeline: str, as_of: str, on_success: bool = False) -> bool:
    """Whether all channels were notified: of failures, of what is odd, and of successes where that is wanted.

    Nobody is notified where no channel is configured.

    Raises:
        TransientError: no channel took the message.
        ConfigurationError: a channel did not take what another one has taken, an address cannot be read, or another
            setting cannot be used; people are notified all the same.
    """
    wrong: list[ConfigurationError] = []
    page, says = _usable("STOCKPOT_RUN_URL", wrong), _usable("STOCKPOT_NOTIFY_ON_SUCCESS", wrong)
    message = compose(ended, _context(run_id, odd, page), run_id=run_id, pipeline=pipeline, as_of=as_of)
    is_notified = _notify_channels(ended, odd, message, is_wanted=on_success or is_true(says))
    if wrong:
        raise wrong[0]
    return is_notified


def _usable(name: str, wrong: list[ConfigurationError]) -> str:
    """What the setting says; nothing where it cannot be used, which is added to what is wrong."""
    try:
        return setting(name).usable(os.environ)
    except ConfigurationError as error:
        wrong.append(error)
        return ""


def _notify_channels(ended: RunEnd, odd: Oddities, message: Message, *, is_wanted: bool) -> bool:
    if ended.state == "succeeded" and not is_wanted and not odd:
        return False
    urls = os.environ.get("STOCKPOT_NOTIFY_URLS", "").split()
    if not urls:
        log.info("no channel configured (STOCKPOT_NOTIFY_URLS is empty)")
        return False
    from components.end_run.channels import send  # noqa: PLC0415 - apprise, only where there is a channel

    kind = "warning" if ended.state == "succeeded" and odd else _KINDS[ended.state]
    failed, unreadable = send(urls, message, kind)
    if failed:
        raise _undelivered(failed, unreadable, len(urls))
    if unreadable:
        raise ConfigurationError(
            f"{unreadable} of {counted(len(urls), 'address', 'addresses')} in STOCKPOT_NOTIFY_URLS cannot be read",
            "correct the secret",
        )
    log.info("told %s that %s", counted(len(urls), "channel"), message.title)
    return True


def _undelivered(failed: int, unreadable: int, count: int) -> StepError:
    """The error for channels that did not take the message.

    Another try notifies all channels, so there is none where one of them has the message already.
    """
    problem = f"{failed} of {counted(count, 'channel')} did not take the message"
    if failed + unreadable < count:
        return ConfigurationError(problem, "the others have it; check STOCKPOT_NOTIFY_URLS")
    return TransientError(problem, "check that they can be reached")


def oddities(warnings: Sequence[str] = (), number: int = 0, late: str = "") -> Oddities:
    """What is odd about a run, with these warnings of `number` in all.

    The local runner hands over the warnings of all steps in their place, in the environment.
    """
    text = os.environ.get("STOCKPOT_WARNINGS")
    if text:
        warnings, number = [str(line) for line in json.loads(text)], int(os.environ.get("STOCKPOT_WARNED") or 0)
    return Oddities(warnings, late, more=max(number - len(warnings), 0))


def _context(run_id: str, odd: Oddities, address: str) -> Context:
    """What the message says of the run beside its end; the local runner hands over the next command and the report."""
    engine = os.environ.get("STOCKPOT_ENGINE") or "kfp"
    page = address.replace("{run}", quote(run_id, safe=""))
    report = page or os.environ.get("STOCKPOT_REPORT", "")
    return Context(engine, os.environ.get("STOCKPOT_NEXT", ""), odd, report)


if __name__ == "__main__":
    step.run(main)
