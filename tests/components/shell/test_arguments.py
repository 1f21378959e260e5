"""Command lines become the parameters of a function, or an error that names the flag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from components.shell.arguments import parse, parser
from components.shell.errors import ConfigurationError


def main(
    *,
    rows: Path,
    as_of: datetime,
    limit: int,
    share: float = 0.5,
    on_success: bool = False,
    table: dict[str, Any] | None = None,
    tables: list[Any] | None = None,
    until: datetime | None = None,
    name: str = "",
) -> None:
    """Every type that a step takes."""


@dataclass(frozen=True)
class Wish:
    """What a step is asked for."""

    table: str
    columns: Sequence[str] = ()
    where: Mapping[str, str] = field(default_factory=lambda: {"of": "its own"})


def wished(*, wish: Wish, rows: Path, limit: int = 3) -> None:
    """A dataclass among the parameters."""


NEEDED = ["--rows", "/data/rows", "--as-of", "2026-01-15T05:30:00+05:30", "--limit", "-3"]


def test_flags_become_parameters() -> None:
    """Each value has the type of its parameter, and what is not given has its default."""
    given = {"rows": Path("/data/rows"), "as_of": datetime(2026, 1, 15, tzinfo=UTC), "limit": -3}
    defaults = {"share": 0.5, "on_success": False, "name": "", **dict.fromkeys(("table", "tables", "until"))}
    assert parse(main, NEEDED) == {**given, **defaults}


def test_a_dataclass_stands_for_its_fields() -> None:
    """Each field is a flag, has its own default, and is named where it is wrong or missing."""
    needed = ["--table", "a.b", "--rows", "/rows"]
    rest = {"rows": Path("/rows"), "limit": 3}
    assert parse(wished, needed) == {"wish": Wish("a.b"), **rest}
    told = parse(wished, [*needed, "--columns", '["x"]', "--where", "{}"])
    assert told == {"wish": Wish("a.b", ["x"], {}), **rest}
    for wrong, message in (
        (["--columns", "{}"], "--columns must be list, not"),
        (["--column", "[]"], "did you mean --columns"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            parse(wished, [*needed, *wrong])
    with pytest.raises(ConfigurationError, match="required: --table"):
        parse(wished, ["--rows", "/rows"])


@pytest.mark.parametrize(
    ("flag", "text", "name", "value"),
    [
        ("--share", "1e-3", "share", 0.001),
        ("--on-success", "true", "on_success", True),
        ("--on-success", "False", "on_success", False),
        ("--table", '{"name": "a.b", "columns": ["x"]}', "table", {"name": "a.b", "columns": ["x"]}),
        ("--tables", '["users", {"a": 1}]', "tables", ["users", {"a": 1}]),
        ("--until", "2026-01-15T00:00:00Z", "until", datetime(2026, 1, 15, tzinfo=UTC)),
        ("--name", "a b; é\n", "name", "a b; é\n"),
        ("--name", "", "name", ""),
    ],
)
def test_values_of_every_type(flag: str, text: str, name: str, value: object) -> None:
    """Numbers, switches, JSON, instants and any text are understood."""
    assert parse(main, [*NEEDED, flag, text])[name] == value


@pytest.mark.parametrize(
    ("flag", "text", "message"),
    [
        ("--limit", "three", "--limit must be int, not 'three'"),
        ("--share", "half", "--share must be float, not 'half'"),
        ("--on-success", "yes", "--on-success must be bool, not 'yes'"),
        ("--table", "[1]", r"--table must be dict, not '\[1\]'"),
        ("--table", "{", "--table must be dict, not '{'"),
        ("--tables", "users", "--tables must be list, not 'users'"),
        ("--tables", "", "--tables must be list, not ''"),
        ("--as-of", "yesterday", "--as-of: 'yesterday' is not an instant"),
        ("--until", "2026-01-15", "--until: '2026-01-15' has no offset"),
    ],
)
def test_a_wrong_value_names_its_flag(flag: str, text: str, message: str) -> None:
    """A value of another type is refused with its flag and what it should have been."""
    with pytest.raises(ConfigurationError, match=message):
        parse(main, [*NEEDED, flag, text])


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([*NEEDED, "--on-sucess", "true"], "unknown argument --on-sucess; did you mean --on-success"),
        ([*NEEDED, "--limits=3"], "unknown argument --limits=3; did you mean --limit"),
        ([*NEEDED, "--zzz", "1"], "unknown argument --zzz; known are --rows, --as-of"),
        (NEEDED[:-2], "required: --limit"),
        ([*NEEDED, "--name"], "--name: expected one argument"),
        ([*NEEDED, "stray"], "unknown argument stray"),
    ],
)
def test_unknown_and_missing_flags(argv: list[str], message: str) -> None:
    """An unknown flag is refused with the near match, a missing one by its name; flags are never abbreviated."""
    with pytest.raises(ConfigurationError, match=message):
        parse(main, argv)


def test_a_long_wrong_value_is_cut() -> None:
    """The line that tells of a wrong value stays readable however long the value is."""
    with pytest.raises(ConfigurationError) as caught:
        parse(main, [*NEEDED, "--tables", "x" * 10_000])
    assert len(str(caught.value)) < 300


def test_help_says_how_the_step_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    """The help names the module, what the step does and every flag."""
    with pytest.raises(SystemExit) as left:
        parser(main).parse_args(["--help"])
    text = capsys.readouterr().out
    assert left.value.code == 0
    assert __name__ in text.replace("\n", "")
    assert "Every type that a step takes." in text
    assert "--on-success" in text
