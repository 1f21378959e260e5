"""`python -m components.notify`: tell the channels how a run ended."""

import logging
import os
from dataclasses import dataclass
from typing import Any

from components.notify.message import compose
from components.shell import step
from components.shell.errors import ConfigurationError, TransientError
from components.shell.status import run_end

log = logging.getLogger("notify")
_KINDS = {"succeeded": "success", "failed": "failure", "stopped": "warning"}


@dataclass(frozen=True)
class Arguments:
    """Tell the channels in STOCKPOT_NOTIFY_URLS how a run ended."""

    status: dict[str, Any]
    run_id: str
    pipeline: str
    as_of: str
    on_success: bool = False


def main(arguments: Arguments) -> None:
    """Tell of failures, and of successes where that is wanted; succeed where no channel is configured."""
    ended = run_end(arguments.status)
    if ended.state == "succeeded" and not arguments.on_success:
        return
    urls = os.environ.get("STOCKPOT_NOTIFY_URLS", "").split()
    if not urls:
        log.info("no channel configured (STOCKPOT_NOTIFY_URLS is empty)")
        return
    from components.notify.channels import send  # noqa: PLC0415 - apprise, only where there is a channel

    engine = os.environ.get("STOCKPOT_ENGINE") or "kfp"
    message = compose(ended, run_id=arguments.run_id, pipeline=arguments.pipeline, as_of=arguments.as_of, engine=engine)
    failed, unreadable = send(urls, message, _KINDS[ended.state])
    if failed:
        raise TransientError(
            f"{failed} of {len(urls)} channels did not take the message", "check that they can be reached"
        )
    if unreadable:
        raise ConfigurationError(
            f"{unreadable} of {len(urls)} addresses in STOCKPOT_NOTIFY_URLS cannot be read", "correct the secret"
        )
    log.info("told %d channels that %s", len(urls), message.title)


if __name__ == "__main__":
    step.run(main)
