"""What is sent to a web address that a setting names: briefly tried, and never a reason why a run should fail."""

import os
from collections.abc import Mapping

from components.connect.network import proxy_for, refuse_plaintext
from components.connect.pools import pool
from components.shell.errors import TransientError
from components.shell.redaction import brief
from components.shell.settings import setting

# Whoever waits for an answer is the last step of a run: at most some 15 seconds go by.
_SECONDS = (2, 4)
_TRIES = {
    "total": 2,
    "backoff_factor": 0.5,
    "status_forcelist": (408, 429, 500, 502, 503, 504),
    "allowed_methods": None,
    "respect_retry_after_header": False,
    "raise_on_status": False,
}
_REFUSED = 300
_LONGEST = 200


def address(name: str) -> str:
    """The web address that the setting of that name holds; empty where it is not set.

    Raises:
        ConfigurationError: it is none, has a login in it, or leads to another machine in the clear.
    """
    found = setting(name).usable(os.environ)
    if found:
        refuse_plaintext(found, name)
    return found.rstrip("/")


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Hand over the body, with three tries. No redirect is followed: it would take keys to somebody else.

    Raises:
        TransientError: nobody there takes it; the line says why.
        ConfigurationError: the proxy or the file of authorities cannot be used.
    """
    from urllib3.exceptions import HTTPError, MaxRetryError

    trusted = setting("SSL_CERT_FILE").usable(os.environ)
    connections = pool(proxy_for(url), trusted, seconds=_SECONDS, tries=_TRIES)
    try:
        # Whatever is answered is not read to its end, which may never come.
        answer = connections.request(
            "POST", url, body=body, headers=dict(headers), redirect=False, preload_content=False
        )
        said = answer.read(_LONGEST) if answer.status >= _REFUSED else b""
        answer.close()
    except (HTTPError, OSError, ValueError) as error:  # the last of a host or a key that cannot be written down
        why = error.reason if isinstance(error, MaxRetryError) and error.reason else error
        raise TransientError(f"it does not answer: {type(why).__name__}") from None
    finally:
        connections.clear()
    if answer.status >= _REFUSED:
        raise TransientError(f"it answers {answer.status} {brief(said.decode(errors='replace'), _LONGEST)}".strip())
