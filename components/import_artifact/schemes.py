"""What kind of place an address names."""

import re

IN_STORE = ("s3", "minio")
"""In the object store of the settings."""
GOOGLE = "gs"
IMAGE = "oci"
LOCAL = ("", "file")

_LOGIN = re.compile(r"(?<=://)[^/@]*@")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def scheme_of(address: str) -> str:
    """What stands before `://`; empty where nothing does."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else ""


def shown(address: str) -> str:
    """The address as it may be printed: without login and without query, which is the key of one that is signed."""
    plain, mark, _ = address.partition("?")
    return _LOGIN.sub("", plain) + (f"{mark}…" if mark else "")


def behind_scheme(address: str) -> str:
    """The address without its scheme."""
    match = _SCHEME.match(address)
    return address[match.end() :] if match else address
