"""Tables: what a pipeline says of the Iceberg table it fills (docs/tables.md)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Self

from components.shell.errors import ConfigurationError
from components.shell.schema.columns import SEE, Column, parsed
from components.shell.schema.written import malformed, near, value

REJECT, NULL, CLAMP = "reject", "null", "clamp"
INTERVAL_TYPES = ("timestamptz", "date")
_POLICIES = (REJECT, NULL, CLAMP)
_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+")
_TRANSFORM = re.compile(r"identity|year|month|day|hour|bucket\[[1-9]\d*\]|truncate\[[1-9]\d*\]")
_TRANSFORMS = ("identity", "year", "month", "day", "hour", "bucket[16]", "truncate[4]")
_DATED = {"year": ("date", "timestamp", "timestamptz"), "hour": ("timestamp", "timestamptz")}
_DATED |= {"month": _DATED["year"], "day": _DATED["year"]}
_KEYS = ("name", "columns", "partition", "interval_column", "unfit", "late")


@value(SEE)
class Late:
    """What facts that become known late may change: `columns` of rows that are there, which `key` names."""

    key: Sequence[str]
    columns: Sequence[str]

    def __post_init__(self) -> None:
        """Make the names tuples, so that the value can be hashed."""
        for name in ("key", "columns"):
            given = getattr(self, name)
            if not isinstance(given, list | tuple) or (name == "key" and not given):
                what = 'late must have lists, such as {"key": ["image_id"], "columns": ["label"]}'
                raise malformed(f"the definition of a table is malformed: {what}", SEE, "late")
            object.__setattr__(self, name, tuple(given))


@value(SEE)
class Table:
    """An Iceberg table as its pipeline wants it; `interval_column` is empty where rows are only appended.

    Args:
        name: `namespace.table`, in lower case.
        columns: Each as `image_id string!`, or as a `Column`.
        partition: Column to transform; its order is that of the columns.
        interval_column: The `timestamptz!` or `date!` column by whose intervals the table is filled.
        unfit: Column to `reject`, `null` or `clamp`: what becomes of a value that does not fit; `reject` elsewhere.
        late: What facts that become known late may change in rows that are there.

    Raises:
        ConfigurationError: something is malformed; file, line and the near match are named.
    """

    name: str
    columns: Sequence[str | Column]
    partition: Mapping[str, str] = field(default_factory=dict, hash=False)
    interval_column: str = ""
    unfit: Mapping[str, str] = field(default_factory=dict, hash=False)
    late: Late | None = None

    def __post_init__(self) -> None:
        """Parse the columns and hold everything else against them."""
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise self._wrong("its name must be written namespace.table in lower case", str(self.name), repr(self.name))
        if not isinstance(self.columns, list | tuple) or not self.columns:
            raise self._wrong('columns must be a list such as ["image_id string!", "category string"]', "columns")
        object.__setattr__(self, "columns", parsed(self.columns, f"the definition of table {self.name}"))
        self._check_partition()
        self._check_interval()
        self._check_unfit()
        if self.late:
            self._check_late(self.late)

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """The table in a dictionary that `document` made, and KFP may have sorted.

        Raises:
            ConfigurationError: something is missing, unknown, repeated or malformed; the first such thing is named.
        """
        name = document.get("name")
        for key in sorted(set(document) - set(_KEYS)):
            raise malformed(
                f"the definition of table {name} is malformed: it has no key '{key}'{near(key, _KEYS)}", SEE
            )
        late = document.get("late") or None
        if late is not None and (not isinstance(late, Mapping) or set(late) != {"key", "columns"}):
            what = "late must be a dictionary of key and columns, beside an interval_column"
            raise malformed(f"the definition of table {name} is malformed: {what}", SEE)
        return cls(
            name=name,  # type: ignore[arg-type]  # looked at first of all
            columns=document.get("columns") or [],
            partition=document.get("partition") or {},
            interval_column=document.get("interval_column") or "",
            unfit=document.get("unfit") or {},
            late=None if late is None else Late(late["key"], late["columns"]),
        )

    def document(self) -> dict[str, Any]:
        """The table as JSON, for a step's parameter; what is not said is left out."""
        late = {"key": list(self.key), "columns": list(self.renewed)} if self.late else None
        content = {
            "name": self.name,
            "columns": [str(column) for column in self.columns],
            "partition": dict(self.partition),
            "interval_column": self.interval_column,
            "unfit": dict(self.unfit),
            "late": late,
        }
        return {key: value for key, value in content.items() if value}

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns, parsed."""
        return tuple(column for column in self.columns if isinstance(column, Column))

    @property
    def namespace(self) -> str:
        """The namespace, such as `moderation` for `moderation.training_data`."""
        return self.name.rpartition(".")[0]

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that are never null."""
        return tuple(column.name for column in self.fields if column.required)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that name a row, where late facts may change some."""
        return tuple(self.late.key) if self.late else ()

    @property
    def renewed(self) -> tuple[str, ...]:
        """The columns that a late fact may change."""
        return tuple(self.late.columns) if self.late else ()

    @property
    def by_days(self) -> bool:
        """Whether the table's intervals are whole days, for its interval column is a date."""
        return any(one.name == self.interval_column and one.type == "date" for one in self.fields)

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.fields]

    def _check_partition(self) -> None:
        if not isinstance(self.partition, Mapping):
            raise self._wrong('partition must be a dictionary such as {"uploaded_at": "day"}', "partition")
        types = {column.name: column.type for column in self.fields}
        for name, transform in self.partition.items():
            if name not in types:
                raise self._wrong(
                    f"partition names column '{name}', which it does not have{near(name, self._names)}", name
                )
            if not isinstance(transform, str) or not _TRANSFORM.fullmatch(transform):
                what = f"partition of '{name}' by {transform!r} is unknown{near(transform, _TRANSFORMS)}"
                raise self._wrong(what, str(transform))
            if types[name] not in _DATED.get(transform, (types[name],)) or "<" in types[name]:
                raise self._wrong(f"'{name}' of type {types[name]} cannot be partitioned by {transform}", name)
        order = {name: self.partition[name] for name in self._names if name in self.partition}
        object.__setattr__(self, "partition", order)

    def _check_interval(self) -> None:
        known = [column.name for column in self.fields if column.required and column.type in INTERVAL_TYPES]
        if self.interval_column and self.interval_column not in known:
            what = f"interval_column '{self.interval_column}' must be a column of type timestamptz! or date!"
            raise self._wrong(what + (near(self.interval_column, known) if known else ""), self.interval_column)

    def _check_unfit(self) -> None:
        if not isinstance(self.unfit, Mapping):
            raise self._wrong('unfit must be a dictionary such as {"price": "null"}', "unfit")
        known = {column.name: column for column in self.fields}
        for name, policy in self.unfit.items():
            if name not in known:
                raise self._wrong(f"unfit names column '{name}', which it does not have{near(name, self._names)}", name)
            if policy not in _POLICIES:
                raise self._wrong(f"unfit of '{name}' is {policy!r}{near(policy, _POLICIES)}", str(policy))
            if policy == NULL and known[name].required:
                raise self._wrong(f"unfit of '{name}' is 'null', and '{known[name]}' may never be null", name)
            if policy != REJECT and name == self.interval_column:
                what = f"unfit of '{name}' must be 'reject', for it says which interval a row belongs to"
                raise self._wrong(what, name)
        object.__setattr__(self, "unfit", dict(sorted(self.unfit.items())))

    def _check_late(self, late: Late) -> None:
        if not self.interval_column:
            raise self._wrong("late must be a dictionary of key and columns, beside an interval_column", "late")
        if self.by_days:
            raise self._wrong("late needs an interval_column of type timestamptz!, for late facts are instants", "late")
        known, named = [name for name in self._names if name != self.interval_column], (*late.key, *late.columns)
        if unknown := next((name for name in named if name not in known), None):
            what = f"late names column '{unknown}', which it does not have beside its interval_column"
            raise self._wrong(what + near(unknown, known), unknown)
        if twice := next((name for name in known if named.count(name) > 1), None):
            raise self._wrong(f"late names column '{twice}' twice", twice)
        if nested := next((one for one in self.fields if one.name in named and "<" in one.type), None):
            raise self._wrong(f"late names '{nested}', and lists and structs cannot be compared", nested.name)
        if optional := next((one for one in self.fields if one.name in late.key and not one.required), None):
            raise self._wrong(f"late's key has '{optional}', which may be null: then it names no row", optional.name)

    def _wrong(self, what: str, word: str, name: str = "") -> ConfigurationError:
        return malformed(f"the definition of table {name or self.name} is malformed: {what}", SEE, word)
