"""JSON objects of which every field must be read, so that nothing in a plan is passed over."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from stockpot.compiler.errors import Location
from stockpot.compiler.names import input_name

_NOTHING: tuple[Any, ...] = ({}, [], "", 0, None)


class Fields:
    """The fields of one object that have not been taken yet."""

    def __init__(self, data: Any, name: str, location: Location) -> None:
        if not isinstance(data, Mapping):
            location.broken(f"{name} is no object")
        self.left = dict(data)
        self.name, self.location = name, location

    def take(self, key: str, default: Any = None) -> Any:
        """The field, which then counts as read."""
        return self.left.pop(key, default)

    def take_needed(self, key: str) -> Any:
        """The field, which must be there."""
        if key not in self.left:
            self.location.broken(f"{self.name} has no {key}")
        return self.left.pop(key)

    def inner(self, key: str) -> "Fields":
        """The object in the field; an empty one where there is none."""
        return Fields(self.take(key) or {}, f"{self.name}.{key}", self.location)

    def each(self, key: str) -> Iterator[tuple[str, "Fields"]]:
        """The objects in the field, `parameters` or `artifacts`, by name and in the order of their names."""
        for name, data in sorted((self.take(key) or {}).items()):
            input_name(f"{self.name}.{key}", name, self.location)
            with opened(data, f"{self.name}.{key}.{name}", self.location) as fields:
                yield name, fields

    def items(self, key: str) -> Iterator["Fields"]:
        """The objects in the list that the field holds."""
        for data in self.take(key) or []:
            with opened(data, f"{self.name}.{key}", self.location) as fields:
                yield fields

    def close(self) -> None:
        """Make sure that nothing is left.

        Raises:
            UnsupportedError: a field that says something was not taken.
        """
        for key, value in sorted(self.left.items()):
            if value not in _NOTHING:
                self.location.unsupported(f"{self.name}.{key}")


@contextmanager
def opened(data: Any, name: str, location: Location) -> Iterator[Fields]:
    """The fields of `data`, all of which must have been taken when the block ends."""
    fields = Fields(data, name, location)
    yield fields
    fields.close()
