"""Connections over HTTP as all clients here make them: whom they trust, through which proxy, how often they try."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from urllib3 import PoolManager


def pool(proxy: str, trusted: str, *, seconds: tuple[float, float], tries: Mapping[str, Any]) -> "PoolManager":
    """Connections through the proxy, where one is named, to whom an authority in the file `trusted` vouches for.

    Without a file certifi's authorities are trusted. `seconds` is how long to wait for a connection and for an answer,
    `tries` what urllib3's Retry takes.
    """
    import certifi
    import urllib3

    class Tries(urllib3.Retry):
        """Those that may help: whoever does not prove itself now will not do so in a second."""

        def increment(self, *args: Any, **more: Any) -> urllib3.Retry:  # type: ignore[override]  # handed on as it comes
            if isinstance(more.get("error"), urllib3.exceptions.SSLError):
                raise more["error"]
            return super().increment(*args, **more)

    options: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=seconds[0], read=seconds[1]),
        "retries": Tries(**tries),
        "maxsize": 8,
        "ca_certs": trusted or certifi.where(),
    }
    if not proxy:
        return urllib3.PoolManager(**options)
    parts = urlsplit(proxy)
    password = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
    return urllib3.ProxyManager(
        proxy, proxy_headers=urllib3.make_headers(proxy_basic_auth=password) if password else None, **options
    )
