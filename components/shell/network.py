"""Whom an S3 client trusts, and through which proxy it speaks."""

import ipaddress
import os
import urllib.request
from urllib.parse import urlsplit

from components.shell.rules import web_address
from components.shell.settings import setting

DISTRUSTED = (
    "the object store shows a certificate that nobody here trusts",
    "name a file with its authorities in SSL_CERT_FILE or AWS_CA_BUNDLE",
)
# In the words of Python's ssl, and of the curl in pyarrow.
_DISTRUST = ("CERTIFICATE_VERIFY_FAILED", "curlCode: 60")


def is_distrust(error: Exception) -> bool:
    """Whether a client left because it does not trust the certificate, which no second try will change."""
    return any(sign in str(error) for sign in _DISTRUST)


def authorities() -> str:
    """The file of the authorities that an S3 client trusts; empty for those it brings or the system has.

    Raises:
        ConfigurationError: AWS_CA_BUNDLE or SSL_CERT_FILE names a file that cannot be used.
    """
    for each in (setting("AWS_CA_BUNDLE"), setting("SSL_CERT_FILE")):
        if file := each.value(os.environ):
            each.check(file)
            return file
    return ""


def proxy_for(address: str) -> str:
    """The proxy for a web address, as HTTP_PROXY, HTTPS_PROXY and NO_PROXY say; empty for none.

    Raises:
        ConfigurationError: the proxy is no address.
    """
    parts = urlsplit(web_address(address))
    found = urllib.request.getproxies_environment().get(parts.scheme, "").strip()
    if not found or _is_here(parts.hostname or "") or urllib.request.proxy_bypass(parts.netloc):
        return ""
    setting(f"{parts.scheme.upper()}_PROXY").check(found)
    return web_address(found)


def _is_here(host: str) -> bool:
    """Whether the host is this very machine, to which no proxy leads."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
