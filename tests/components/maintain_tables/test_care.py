"""The care of many tables, of which some are broken: the others have all of it, and the end names the broken ones."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from components.iceberg.catalog import open_catalog
from components.maintain_tables import compact, expire, find, sweep, tables
from components.maintain_tables.groups import groups
from components.maintain_tables.tables import raise_failures
from components.shell.errors import ConfigurationError, ContractError, OutcomeUnknownError, StepError, TransientError
from components.shell.instants import format_instant
from components.shell.summary import Summary
from tests.components.load_iceberg.scene import NAME, T0, Job, table_now, violations

BIG = 64 << 20
BROKEN = ("moderation.future", "moderation.lost")


@pytest.fixture
def broken(loaded: list[Job]) -> None:
    """Beside the table two that the catalog has: one whose metadata is gone, one of a format that nobody knows yet."""
    catalog = open_catalog()
    for name in BROKEN:
        table = catalog.create_table(name, schema=pa.schema({"id": pa.int64()}))
        if name.endswith("lost"):
            table.io.delete(table.metadata_location)
        else:
            with table.io.new_output(table.metadata_location).create(overwrite=True) as target:
                target.write(json.dumps({"format-version": 9}).encode())


def _care(scratch: Path) -> None:
    """All four steps, one after the other, as the pipeline has them."""
    asked: dict[str, Any] = {"as_of": format_instant(T0), "dry_run": False}
    compact.main(tables=[], target_mib=64, summary=scratch / "compaction.json", **asked)
    expire.main(tables=[], keep_days=1, summary=scratch / "expiry.json", **asked)
    orphans = scratch / "orphans"
    find.main(as_of=format_instant(T0), tables=[], older_hours=24, orphans=orphans, summary=scratch / "finding.json")
    before = {name: scratch / f"{name}.json" for name in ("compaction", "expiry", "finding")}
    sweep.main(orphans=orphans, dry_run=False, summary=scratch / "swept.json", **before)


def test_broken_tables_keep_no_other_from_its_care(
    broken: None, loaded: list[Job], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are joined and strays looked for; the last step ends with 11 and names both tables with the reason."""
    with pytest.raises(StepError, match="2 tables were not cared for") as told:
        _care(tmp_path)
    assert all(name in str(told.value) for name in BROKEN)
    assert "format_version" in str(told.value)
    assert told.value.exit_code == 11
    assert "lost a file" in str(told.value)
    assert groups(table_now(), BIG) == []
    assert violations([row for each in loaded for row in each.rows]) == []
    assert f"{NAME}: 0 files that no snapshot names" in capsys.readouterr().out


def test_a_table_that_does_not_exist_is_told_at_the_end(loaded: list[Job], tmp_path: Path) -> None:
    """The step goes on; the summary says which table was left out, and the end is 11."""
    tables, summary = ["moderation.gone", NAME], tmp_path / "summary.json"
    compact.main(as_of=format_instant(T0), tables=tables, target_mib=64, dry_run=False, summary=summary)
    assert groups(table_now(), BIG) == []
    with pytest.raises(ConfigurationError, match=r"1 table was not cared for: moderation\.gone"):
        raise_failures([tmp_path / "summary.json"])


def test_where_trying_again_helps_it_is_tried(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that does not answer ends the step itself with 75, after the others have had their turn."""

    def absent(*_args: object) -> None:
        raise TransientError("the store sleeps", "try again")

    monkeypatch.setattr(compact, "compact", absent)
    with pytest.raises(TransientError, match=f"{NAME}: the store sleeps"):
        compact.main(
            as_of=format_instant(T0), tables=[NAME], target_mib=64, dry_run=False, summary=tmp_path / "summary.json"
        )
    assert json.loads((tmp_path / "summary.json").read_bytes())["details"]["failed"][NAME][1] == 75


@pytest.mark.parametrize(
    ("failed", "kind"),
    [
        ({}, None),
        ({"b": ["x", 11], "a": ["y", 10]}, ContractError),
        ({"a": ["x", 14]}, OutcomeUnknownError),
        ({"a": ["KeyError: x", 1]}, StepError),
        ({"a": ["out of memory", 137]}, StepError),
    ],
)
def test_the_end_is_that_of_the_first_table(tmp_path: Path, failed: dict, kind: type[StepError] | None) -> None:
    """One reason told by several steps is told once, and the exit code is that of the first table by name."""
    paths = [tmp_path / "one.json", tmp_path / "two.json"]
    for path in paths:
        Summary(details={"failed": failed}).write(path)
    if kind is None:
        raise_failures(paths)
        return
    with pytest.raises(kind) as told:
        raise_failures(paths)
    assert type(told.value) is kind
    for name, (reason, _) in failed.items():
        assert str(told.value).count(f"{name}: {reason}") == 1


def test_what_is_only_read_here_is_not_touched() -> None:
    """A table of a newer format ends both kinds of care, and both dry runs, with 11 before anything is asked of it."""
    newer: Any = SimpleNamespace(format_version=3, name=lambda: ("lake", "shop", "t"))
    nothing: Any = None
    for care in (
        lambda: compact.compact(nothing, newer, BIG),
        lambda: compact._foreseen(newer, BIG),
        lambda: expire.expire(nothing, newer, T0, expire.MOST),
        lambda: expire._foreseen(newer, T0, expire.MOST),
    ):
        with pytest.raises(ConfigurationError, match=r"shop\.t has format version 3, which is only read here"):
            care()


def test_progress_counts_the_tables_that_had_their_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken ones count too."""
    seen = tmp_path / "progress"
    monkeypatch.setenv("ARGO_PROGRESS_FILE", str(seen))
    monkeypatch.setattr(tables, "load_table", lambda _catalog, name: name)
    told: list[str] = []

    def care(name: Any) -> None:
        told.append(seen.read_text() if seen.exists() else "")
        if name == "a.two":
            raise TransientError("the store sleeps", "try again")

    nothing: Any = None
    tables.each(nothing, ["a.one", "a.two", "a.three"], care)
    assert [*told, seen.read_text()] == ["", "1/3\n", "2/3\n", "3/3\n"]
