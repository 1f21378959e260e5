"""KFP's SDK, imported without its client for servers: that takes as long again, and no pipeline is made with it."""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_CLIENT = "kfp.client"


def import_kfp() -> None:
    """Import `kfp`, whose client is imported by the first who asks for it, by whatever name."""
    if "kfp" in sys.modules:
        return
    sys.modules[_CLIENT] = stand_in = ModuleType(_CLIENT)
    stand_in.Client = None  # type: ignore[attr-defined]  # what `kfp` itself takes from there
    try:
        kfp = import_module("kfp")
    finally:
        del sys.modules[_CLIENT]
    vars(kfp).pop("Client", None)
    names = [name for name in vars(kfp) if not name.startswith("_")]
    vars(kfp).update(__all__=[*names, "Client", "client"], __getattr__=_late)


def _late(name: str) -> Any:
    """What Python asks `kfp` for that it has not: its client, or the module that holds it."""
    if name not in ("Client", "client"):
        raise AttributeError(f"module 'kfp' has no attribute {name!r}")
    client = import_module(_CLIENT)
    return client if name == "client" else client.Client
