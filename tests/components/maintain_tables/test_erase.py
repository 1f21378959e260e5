"""What the source has forgotten leaves the table, and in time its snapshots; nothing else does."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from components.begin_run.migrate import migrate
from components.iceberg.catalog import open_catalog
from components.iceberg.scan import Scan, Selection
from components.iceberg.tables import parse_definition
from components.load_iceberg.load import load
from components.maintain_tables.erase import main
from components.maintain_tables.expire import expire
from components.maintain_tables.leaving import Leaving
from components.maintain_tables.orphans import orphans
from components.maintain_tables.references import Folders
from components.shell import datasets
from components.shell.errors import ConfigurationError, ContractError
from tests.components.load_iceberg.scene import (
    DAY,
    EPOCH,
    NAME,
    SCHEMA,
    T0,
    TABLE,
    Job,
    job,
    rows_of,
    table_now,
    violations,
)
from tests.harness.odd.spark import SPARK

HOUR = timedelta(hours=1)
ASKED = {"table": NAME, "column": "image_id", "of": {"uploads": "image"}}
AS_OF = "2026-03-05T00:00:00Z"


def source(
    directory: Path, keys: list[str], deleted: dict[str, datetime] | None = None, taken: datetime | None = None
) -> Path:
    """What an extract leaves of the keys that the source has; it says when it was `taken`, where that is told."""
    rows = [{"image": key, "deleted_at": (deleted or {}).get(key)} for key in keys]
    schema = pa.schema([("image", pa.string()), ("deleted_at", pa.timestamp("us", "UTC"))])
    datasets.write_dataset(directory / "raw" / "uploads", schema, pa.Table.from_pylist(rows, schema).to_batches())
    if taken:
        told = {"files": [], "source": {"taken_at": taken.isoformat()}}
        (directory / "raw" / datasets.MANIFEST).write_text(json.dumps(told))
    return directory / "raw"


def erased(raw: Path, *tables: dict[str, Any], most_gone: float = 0.2, dry_run: bool = False) -> dict[str, Any]:
    """What the step says that it did."""
    summary = raw / "summary.json"
    main(raw=raw, tables=list(tables or (ASKED,)), as_of=AS_OF, most_gone=most_gone, keep_days=30, dry_run=dry_run,
         summary=summary)  # fmt: skip
    told: dict[str, Any] = json.loads(summary.read_bytes())
    return told


def test_what_is_gone_leaves_and_the_rest_stays(
    loaded: list[Job], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key that is not there, and one deleted by now; receipts stay, the next load is added, snapshots expire."""
    rows = [row for each in loaded for row in each.rows]
    keys = sorted({row[0] for row in rows})
    missing, deleted, later = keys[0], keys[1], keys[2]
    at = datetime(2026, 3, 5, tzinfo=UTC)
    raw = source(tmp_path, keys[1:], {deleted: at, later: at + HOUR})
    left = [row for row in rows if row[0] not in (missing, deleted)]
    gone = len(rows) - len(left)
    elsewhere = {"table": "retail.reviews", "column": "review_id", "of": {"uploads": "image"}}
    told = erased(raw, ASKED, elsewhere, dry_run=True)
    assert violations(rows) == []
    assert told["details"]["tables"] == {NAME: {"rows": gone, "of": len(rows), "keys": 2}}
    told = erased(raw, ASKED, elsewhere)
    assert violations(left) == []
    assert (told["rows_in"], told["rows_out"]) == (len(rows), len(left))
    assert "until they expire: by 2026-04-05T00:00:00Z" in capsys.readouterr().out
    location = table_now().metadata_location
    assert erased(raw)["details"]["tables"][NAME]["rows"] == 0
    assert table_now().metadata_location == location
    assert loaded[-1].load(tmp_path / loaded[-1].receipt.run_key).already
    more = job(T0 + 4 * HOUR, T0 + 5 * HOUR, 3)
    assert not more.load(more.write(tmp_path / "more")).already
    assert violations([*left, *more.rows]) == []
    expire(open_catalog(), table_now(), datetime.now(UTC) + DAY)
    assert len(table_now().snapshots()) == 1
    assert not {row[0] for row in rows_of(table_now())} & {missing, deleted}


def test_who_comes_after_the_extract_stays(loaded: list[Job], tmp_path: Path) -> None:
    """Rows that land between extract and erasure are of keys that it cannot know; of keys that are gone they go too."""
    rows = [row for each in loaded for row in each.rows]
    keys = sorted({row[0] for row in rows})
    raw = source(tmp_path, keys[1:], taken=datetime.now(UTC))
    time.sleep(0.002)
    late = job(T0 + 4 * HOUR, T0 + 5 * HOUR, 3)
    known = replace(late, rows=[*late.rows[1:], (keys[0], *late.rows[0][1:])])
    known.load(known.write(tmp_path / "late"))
    told = erased(raw)["details"]["tables"][NAME]
    assert (told["keys"], told["of"]) == (1, len(rows))
    assert violations([row for row in [*rows, *known.rows] if row[0] != keys[0]]) == []
    before = source(tmp_path / "before", [], taken=datetime(2000, 1, 1, tzinfo=UTC))
    assert erased(before)["details"]["tables"][NAME] == {"rows": 0, "of": 0, "keys": 0}


def _held(name: str, *columns: str) -> dict[Any, Any]:
    """The last of the columns by the first, as the table's files hold them."""
    table = table_now(name)
    tasks = list(table.scan().plan_files())
    batches = Scan(table, Selection(columns), tasks, table.schema()).batches()
    return {row[columns[0]]: row[columns[-1]] for batch in batches for row in batch.to_pylist()}


def test_a_row_beside_one_that_goes_stays_as_it_was(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """A list of structs that is null is not made an empty one, though the row's file is written again."""
    name, kind = "moderation.nested", pa.list_(pa.struct([("name", pa.string())]))
    definition = parse_definition(
        TABLE | {"name": name, "columns": [*TABLE["columns"], "aspects list<struct<name string>>"]}
    )
    migrate([definition])
    kept = {"null": None, "empty": [], "some": [{"name": None}, None]}
    rows = [(key, T0 - HOUR, 0, 1.0, value) for key, value in [*kept.items(), ("gone", None)]]
    schema = SCHEMA.append(pa.field("aspects", kind))
    table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
    datasets.write_dataset(tmp_path / "rows", schema, table.to_batches())
    load(definition, Job(EPOCH, T0, ()).receipt, tmp_path / "rows")
    erased(source(tmp_path, list(kept)), {**ASKED, "table": name}, most_gone=0.5)
    assert _held(name, "image_id", "aspects") == kept


def test_a_table_that_is_only_read_here_keeps_all_from_being_changed(loaded: list[Job], tmp_path: Path) -> None:
    """One of format version 3 with rows to erase ends the run before any other has lost a row."""
    keys, newer = sorted({row[0] for each in loaded for row in each.rows}), "moderation.newer"
    next(one for one in SPARK if one.name == "spark_version_3").make(open_catalog(), newer)
    raw, location = source(tmp_path, keys[1:]), table_now().metadata_location
    both = ASKED, {"table": newer, "column": "name", "of": ASKED["of"]}
    for dry_run in (True, False):
        with pytest.raises(ConfigurationError, match=f"{newer} has format version 3"):
            erased(raw, *both, most_gone=1, dry_run=dry_run)
    assert table_now().metadata_location == location
    assert erased(source(tmp_path / "all", [*keys[1:], "one", "two"]), *both)["details"]["tables"][NAME]["keys"] == 1


def test_rows_that_would_change_are_not_written(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is read wrong of a row that stays, nothing is erased and no file is left behind."""
    rows = [row for each in loaded for row in each.rows]
    keys, right = sorted({row[0] for row in rows}), Leaving.staying

    def wrong(self: Leaving) -> Iterator[pa.RecordBatch]:
        for batch in right(self):
            at = batch.schema.get_field_index("score")
            yield batch.set_column(at, batch.schema.field(at), pa.nulls(len(batch), pa.float64()))

    monkeypatch.setattr(Leaving, "staying", wrong)
    with pytest.raises(ContractError, match=f"rows of {NAME} would not stay as they are: column score: nulls"):
        erased(source(tmp_path, keys[1:]))
    assert violations(rows) == []
    assert orphans(Folders(), table_now(), datetime.now(UTC) + DAY) == []


def test_too_much_that_is_gone_erases_nothing(loaded: list[Job], tmp_path: Path) -> None:
    """A source that is empty or half there forgets nobody, in no table; wrong arguments are named."""
    rows = [row for each in loaded for row in each.rows]
    location = table_now().metadata_location
    for keys in ([], sorted({row[0] for row in rows})[: len(rows) // 2]):
        with pytest.raises(ContractError, match=f"of {len(rows)} rows of {NAME} are of keys that uploads no longer"):
            erased(source(tmp_path / str(len(keys)), keys))
    with pytest.raises(ConfigurationError, match="most_gone is 2"):
        erased(tmp_path, most_gone=2)
    with pytest.raises(ConfigurationError, match="is no table to erase from"):
        erased(tmp_path, {"table": NAME})
    assert table_now().metadata_location == location
    assert violations(rows) == []


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({"uploads": "imge"}, "'uploads.imge', which source_tables does not have; did you mean image"),
        ({"upload": "image"}, "'upload', which source_tables does not have; did you mean uploads"),
        ({"uploads": "deleted_at"}, "column uploads.deleted_at is timestamp.*, which is no key"),
        ({}, "is no table to erase from"),
        ({"uploads": None}, "is no table to erase from"),
    ],
)
def test_keys_that_the_source_does_not_have_are_named(
    of: dict[str, Any], said: str, loaded: list[Job], tmp_path: Path
) -> None:
    """A table or a column that nobody has extracted is a fault of the parameters, told in one line."""
    location = table_now().metadata_location
    with pytest.raises(ConfigurationError, match=said):
        erased(source(tmp_path, ["one"]), {**ASKED, "of": of}, most_gone=1)
    assert table_now().metadata_location == location
