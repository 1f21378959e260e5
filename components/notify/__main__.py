"""`python -m components.notify`: tell the channels how a run ended."""

import json
import logging
import os
from typing import Any

from components.notify.message import Told, compose
from components.shell import step
from components.shell.errors import ConfigurationError, TransientError
from components.shell.status import told_end

log = logging.getLogger("notify")
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
    """Tell the channels in STOCKPOT_NOTIFY_URLS how a run ended."""
    ended, told = told_end(status), _told()
    if ended.state == "succeeded" and not on_success and not told.warnings:
        return
    urls = os.environ.get("STOCKPOT_NOTIFY_URLS", "").split()
    if not urls:
        log.info("no channel configured (STOCKPOT_NOTIFY_URLS is empty)")
        return
    from components.notify.channels import send  # noqa: PLC0415 - apprise, only where there is a channel

    message = compose(ended, told, run_id=run_id, pipeline=pipeline, as_of=as_of or scheduled)
    kind = "warning" if ended.state == "succeeded" and told.warnings else _KINDS[ended.state]
    failed, unreadable = send(urls, message, kind)
    if failed:
        raise TransientError(
            f"{failed} of {len(urls)} channels did not take the message", "check that they can be reached"
        )
    if unreadable:
        raise ConfigurationError(
            f"{unreadable} of {len(urls)} addresses in STOCKPOT_NOTIFY_URLS cannot be read", "correct the secret"
        )
    log.info("told %d channels that %s", len(urls), message.title)


def _told() -> Told:
    """What the engine says of the run; the local runner tells all of it, others only which they are."""
    warnings = json.loads(os.environ.get("STOCKPOT_WARNINGS") or "[]")
    engine = os.environ.get("STOCKPOT_ENGINE") or "kfp"
    return Told(engine, os.environ.get("STOCKPOT_NEXT", ""), [str(warning) for warning in warnings])


if __name__ == "__main__":
    step.run(main)
