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
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def shown(address: str) -> str:
    """The address as it may be printed: without login and without query, which is the key of one that is signed."""
    plain, mark, _ = address.partition("?")
    return _LOGIN.sub("", plain) + (f"{mark}…" if mark else "")


def behind_scheme(address: str) -> str:
    """The address without its scheme."""
    found = _SCHEME.match(address)
    return address[found.end() :] if found else address
