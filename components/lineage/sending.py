"""Events on their way to the server that OPENLINEAGE_URL names: one that is not taken is a warning and no more."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.connect.web import address, post
from components.lineage.events import Job
from components.lineage.naming import Sources, sources
from components.shell.errors import TransientError
from components.shell.origin import read_origin
from components.shell.redaction import masked_in
from components.shell.settings import setting

_ENDPOINT, _NAMESPACE = "api/v1/lineage", "default"
log = logging.getLogger("lineage")


@dataclass(frozen=True)
class Receiver:
    """Where events go, the namespace of the jobs in them, and what they call the sources."""

    url: str
    namespace: str
    sources: Sources
    key: str = field(default="", repr=False)

    def job(self, pipeline: str, run_id: str) -> Job:
        """A run of a pipeline, as its events name it."""
        return Job(self.namespace, pipeline, run_id, read_origin().git_commit)

    def take(self, event: Mapping[str, Any]) -> None:
        """Send the event, without a secret in it; where nobody takes it, a line of the log says so."""
        body = json.dumps(masked_in(event)).encode()
        login = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            post(self.url, body, {"Content-Type": "application/json", **login})
        except TransientError as error:
            log.warning("OPENLINEAGE_URL has not got the event %s: %s", event["eventType"], error.message)


def receiver() -> Receiver | None:
    """Who gets events, as the settings say; None where OPENLINEAGE_URL names nobody.

    Raises:
        ConfigurationError: one of the settings cannot be what it should, or leads to another machine in the clear.
    """
    url = address("OPENLINEAGE_URL")
    if not url:
        return None
    endpoint = _setting("OPENLINEAGE_ENDPOINT") or _ENDPOINT
    return Receiver(
        f"{url}/{endpoint.lstrip('/')}",
        _setting("OPENLINEAGE_NAMESPACE") or _NAMESPACE,
        sources(_setting("STOCKPOT_LINEAGE_SOURCES")),
        _setting("OPENLINEAGE_API_KEY"),
    )


def _setting(name: str) -> str:
    return setting(name).usable(os.environ)
