"""Whom a client trusts, whom it may speak to in the clear, and through which proxy it speaks."""

import ipaddress
import os
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from components.shell.errors import ConfigurationError
from components.shell.rules import web_address
from components.shell.settings import setting

PLAINTEXT = "STOCKPOT_PLAINTEXT_HOSTS"
# In the words of Python's ssl, and of the curl in pyarrow.
_DISTRUST = ("CERTIFICATE_VERIFY_FAILED", "curlCode: 60")
_NO_TLS = ("WRONG_VERSION_NUMBER", "wrong version number", "RECORD_LAYER_FAILURE", "record layer failure")


def unproven(error: BaseException) -> ConfigurationError | None:
    """The error that says why a store did not prove itself, which no second try will change; None for other errors."""
    text = str(error)
    if any(sign in text for sign in _DISTRUST):
        return ConfigurationError(
            "the object store shows a certificate that nobody here trusts, or one for another host",
            "name a file with its authorities in SSL_CERT_FILE or AWS_CA_BUNDLE, and the host that it is for",
        )
    if any(sign in text for sign in _NO_TLS):
        return ConfigurationError(
            "the object store does not speak TLS, which https asks for", f"correct the endpoint, or see {PLAINTEXT}"
        )
    return None


def may_be_plain(host: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether data and passwords may go there without TLS: to a socket, this machine, or a host that is named so."""
    if not host or host.startswith(("/", "@")) or _is_here(host):
        return True
    known, named = setting(PLAINTEXT), host.lower().rstrip(".")
    listed = known.value(environ)
    if listed:
        known.check(listed)
    allowed = [each.strip() for each in listed.lower().split(",")]
    return any(each == named or (each.startswith(".") and named.endswith(each)) for each in allowed if each)


def refuse_plaintext(endpoint: str, name: str) -> None:
    """Nothing, if a web address leads to this machine, asks for TLS, or may be without it.

    Raises:
        ConfigurationError: it may not; `name` is the setting that holds it.
    """
    parts = urlsplit(web_address(endpoint))
    host = parts.hostname or ""
    if parts.scheme != "https" and not may_be_plain(host):
        raise ConfigurationError(
            f"{name} leads to {host} in the clear", f"write https://, or name the host in {PLAINTEXT}"
        )


def system_authorities() -> str:
    """The file of the authorities that this system trusts; `system`, libpq's word, where there is none."""
    file = ssl.get_default_verify_paths().cafile
    return file if file and Path(file).is_file() else "system"


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
    proxy = urllib.request.getproxies_environment().get(parts.scheme, "").strip()
    if not proxy or _is_here(parts.hostname or "") or urllib.request.proxy_bypass(parts.netloc):
        return ""
    setting(f"{parts.scheme.upper()}_PROXY").check(proxy)
    return web_address(proxy)


def _is_here(host: str) -> bool:
    """Whether the host is this very machine, to which no proxy leads."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
