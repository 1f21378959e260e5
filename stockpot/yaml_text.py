"""YAML that every reader understands alike, and that does not change unless what it says does."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

# What YAML 1.1 or 1.2 readers, Argo's among them, take for something other than a string.
_MISREAD = re.compile(r"[yYnN]|[-+.]?\d.*|~|(?:on|off|yes|no|true|false|null|nan|inf)", re.IGNORECASE)
_FIRST = ("apiVersion", "kind", "name")


class _Dumper(yaml.SafeDumper):
    """Writes lists indented under their key and no anchors."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - the base class's signature
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class's signature
        return True


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and not re.search(r"[ \t]\n", value) else '"' if _MISREAD.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", sorted(value.items(), key=_position), flow_style=None)


def _position(item: tuple[str, Any]) -> tuple[int, str]:
    key = item[0]
    return (_FIRST.index(key) if key in _FIRST else len(_FIRST), key)


_Dumper.add_representer(str, _string)
_Dumper.add_representer(dict, _mapping)


def yaml_text(documents: Iterable[dict[str, Any]], header: str = "") -> str:
    """The documents as YAML, keys sorted (a name first), under a comment."""
    text = yaml.dump_all(documents, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=120)
    return f"# {header}\n{text}" if header else text
