"""What is sent to a web address that a setting names: briefly tried, and never a reason why a run should fail."""

import contextvars
import os
import threading
from collections.abc import Mapping

from components.connect.network import proxy_for, refuse_plaintext
from components.connect.pools import pool
from components.shell.errors import TransientError
from components.shell.redaction import brief
from components.shell.settings import setting

# Of a try: to connect, and between two bytes.
_SECONDS = (2, 4)
# Of all tries, with finding the host and whatever the other side is slow at.
_PATIENCE = 15
_TRIES = {
    "total": 2,
    "backoff_factor": 0.5,
    "status_forcelist": (408, 429, 500, 502, 503, 504),
    "allowed_methods": None,
    "respect_retry_after_header": False,
    "raise_on_status": False,
}
_REFUSED = 300
_LONGEST, _REDACTED = 200, 4096


def address(name: str) -> str:
    """The web address that the setting of that name holds; empty where it is not set.

    Raises:
        ConfigurationError: it is none, has a login in it, or leads to another machine in the clear.
    """
    url = setting(name).usable(os.environ)
    if url:
        refuse_plaintext(url, name)
    return url.rstrip("/")


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Hand over the body, with three tries within 15 s. No redirect is followed: it would take keys to somebody else.

    Raises:
        TransientError: nobody there takes it; the line says why.
        ConfigurationError: the proxy or the file of authorities cannot be used.
    """
    ended: list[tuple[int, str] | Exception] = []

    def hand_over() -> None:
        try:
            ended.append(_answer(url, body, headers))
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread that waits
            ended.append(error)

    # A thread that never ends goes with its process.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(hand_over,), daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    outcome = ended[0] if ended else TransientError(f"it does not answer within {_PATIENCE} s")
    if isinstance(outcome, Exception):
        raise outcome
    status, reply = outcome
    if status >= _REFUSED:
        raise TransientError(f"it answers {status} {brief(reply, _LONGEST)}".strip())


def _answer(url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """The status, and of a refusal how it begins: more than is reported, so that no half of a secret is."""
    from urllib3.exceptions import HTTPError, MaxRetryError

    trusted = setting("SSL_CERT_FILE").usable(os.environ)
    connections = pool(proxy_for(url), trusted, seconds=_SECONDS, tries=_TRIES)
    try:
        answer = connections.request(
            "POST", url, body=body, headers=dict(headers), redirect=False, preload_content=False
        )
        reply = answer.read(_LONGEST + _REDACTED) if answer.status >= _REFUSED else b""
        answer.close()
    except (HTTPError, OSError, ValueError) as error:  # the last of a host or a key that cannot be written down
        why = error.reason if isinstance(error, MaxRetryError) and error.reason else error
        raise TransientError(f"it does not answer: {type(why).__name__}") from None
    finally:
        connections.clear()
    return answer.status, reply.decode(errors="replace")
