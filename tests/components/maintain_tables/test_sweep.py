"""Files that no snapshot names: found, listed, looked at again, and removed; never one that is needed."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.table.update import SetLocationUpdate

from components.begin_run.migrate import migrate
from components.event_tables.manifests import files_of
from components.event_tables.staged import staged_events
from components.iceberg import commits
from components.iceberg.catalog import load_table, open_catalog
from components.iceberg.staging import Staging
from components.load_iceberg import load as loading
from components.maintain_tables import find, references, sweep
from components.maintain_tables.compact import compact
from components.maintain_tables.expire import expire
from components.maintain_tables.orphans import orphans, remove
from components.maintain_tables.references import Folders
from components.shell.datasets import files, write_dataset
from components.shell.errors import ConfigurationError, TransientError
from components.shell.instants import format_instant
from components.shell.summary import read_summary
from pipelines.event_aggregation import TABLE
from tests.components.load_iceberg.scene import DAY, NAME, T0, Job, job, table_now, violations
from tests.components.maintain_tables.conftest import sweeping

LATER = datetime.now(UTC) + DAY
HOUR = timedelta(hours=1)


def _rows(jobs: list[Job]) -> list:
    return [row for each in jobs for row in each.rows]


STRAY = job(T0, T0 + HOUR, 3, mark="stray")


def _stored() -> list[DataFile]:
    """Files that a writer has stored and not committed."""
    table = table_now()
    with Staging(table, "stray") as staging:
        return staging.write(STRAY.table.cast(table.schema().as_arrow()).to_batches())


def _stray() -> list[str]:
    """Paths of files that a writer has stored and then died."""
    return [file.file_path.removeprefix("s3://") for file in _stored()]


def _listed(tmp_path: Path, before: datetime) -> list[str]:
    """The paths that finding wrote into its list, with the age that the step refuses."""
    listed = orphans(Folders(), table_now(), before)
    rows = [{"table": NAME, "path": one.path, "bytes": one.size, "written": one.written} for one in listed]
    write_dataset(tmp_path / "orphans", find.LISTED, [pa.RecordBatch.from_pylist(rows, schema=find.LISTED)])
    return [one.path for one in listed]


def _swept(tmp_path: Path, before: datetime) -> list[str]:
    """The paths that finding and sweeping removed."""
    listed = _listed(tmp_path, before)
    sweep.main(**sweeping(tmp_path, tmp_path / "orphans"))
    return listed


def _appended(found: list[DataFile]) -> None:
    """Commit files without a look at what sweeps have done meanwhile."""
    table = table_now()
    with table.transaction() as transaction, transaction.update_snapshot().fast_append() as snapshot:
        for file in found:
            snapshot.append_data_file(file)


def test_strays_go_and_nothing_else(loaded: list[Job], tmp_path: Path) -> None:
    """After a load that died, only what it left is removed, and a second sweep finds nothing more."""
    strays = _stray()
    assert _swept(tmp_path, LATER) == sorted(strays)
    assert violations(_rows(loaded)) == []
    assert [one.path for one in orphans(Folders(), table_now(), LATER)] == []


def test_young_files_stay(loaded: list[Job]) -> None:
    """A file that is younger than the instant is nobody's business yet."""
    _stray()
    assert orphans(Folders(), table_now(), LATER - 2 * DAY) == []


def test_what_expired_snapshots_needed_goes(loaded: list[Job], tmp_path: Path) -> None:
    """Joined files stay as long as a snapshot names them, and go once it has expired."""
    compact(open_catalog(), table_now(), 1 << 20)
    assert [path for path in _swept(tmp_path, LATER) if path.endswith(".parquet")] == []
    expire(open_catalog(), table_now(), LATER)
    assert sum(path.endswith(".parquet") for path in _swept(tmp_path, LATER)) == 5
    assert violations(_rows(loaded)) == []


def test_a_folder_that_two_tables_share_is_read_for_both(loaded: list[Job], tmp_path: Path) -> None:
    """A table registered under a second name, or renamed, keeps its files while its neighbour is swept."""
    catalog = open_catalog()
    catalog.register_table(f"{NAME}_twin", table_now().metadata_location)
    expire(catalog, table_now(), LATER)
    _swept(tmp_path, LATER)
    assert violations(_rows(loaded), name=f"{NAME}_twin") == []


def test_a_table_within_another_s_folder_is_its_neighbour(loaded: list[Job]) -> None:
    """Whichever of the two is swept, the other's files are looked for too."""
    catalog, outer = open_catalog(), table_now()
    inner = catalog.create_table(f"{NAME}_inner", outer.schema(), location=f"{outer.location()}/inner")
    for one in outer, inner:
        assert {table.name() for table in Folders().neighbours(one)} == {outer.name(), inner.name()}


def test_looking_for_strays_opens_each_table_a_few_times(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many the catalog has: once to care for it, once for its folder, and once for what it names."""
    catalog = open_catalog()
    names = [NAME, *(f"moderation.other_{number}" for number in range(6))]
    for name in names[1:]:
        catalog.create_table(name, table_now().schema())
    opened: Counter[str] = Counter()
    first, again = SqlCatalog.load_table, references.open_table

    def load(self: SqlCatalog, name: str) -> Table:
        opened[name] += 1
        return first(self, name)

    def open_again(name: str, location: str) -> Table:
        opened[name] += 1
        return again(name, location)

    monkeypatch.setattr(SqlCatalog, "load_table", load)
    monkeypatch.setattr(references, "open_table", open_again)
    find.main(
        as_of=format_instant(T0), tables=[], older_hours=24, orphans=tmp_path / "orphans", summary=tmp_path / "found"
    )
    assert opened == Counter(dict.fromkeys(names, 3))


def test_a_table_that_has_moved_is_a_neighbour_where_it_lies_now(loaded: list[Job]) -> None:
    """Its folder is looked at again once its metadata has changed, and a new table is seen."""
    catalog, outer = open_catalog(), table_now()
    folders = Folders()
    assert {table.name() for table in folders.neighbours(outer)} == {outer.name()}
    inner = catalog.create_table(f"{NAME}_inner", outer.schema())
    assert {table.name() for table in folders.neighbours(outer)} == {outer.name()}
    with inner.transaction() as transaction:
        transaction._apply((SetLocationUpdate(location=f"{outer.location()}/inner"),))
    assert {table.name() for table in folders.neighbours(outer)} == {outer.name(), inner.name()}


def test_staged_files_stay_for_as_long_as_their_run_may_go_on(catalog_env: dict[str, str], tmp_path: Path) -> None:
    """What a list of staged files names stays for a week, and goes after it."""
    migrate([TABLE])
    catalog = open_catalog()
    table = load_table(catalog, TABLE.name)
    schema = table.schema().as_arrow()
    schema = schema.remove(schema.get_field_index("loaded_as_of"))
    row = {"topic": "t", "partition": 0, "offset": 0, "event_type": "view", "event_id": "", "image_id": "i"}
    batch = pa.RecordBatch.from_pylist([{**row, "event_time": T0, "known_at": T0}], schema=schema)
    write_dataset(tmp_path / "events", schema, [batch])
    staged = staged_events(table, "key", T0, tmp_path / "events")
    assert orphans(Folders(), table, LATER) == []
    assert len(files_of(table, staged.manifest)) == 1
    assert len(orphans(Folders(), table, LATER + 8 * DAY)) == 2


def test_a_writer_that_slept_through_a_sweep_writes_again(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that were written before a sweep and are to be committed after it may be gone: the load says try again."""
    original, slept = loading.commit, []

    def late(*arguments):
        if not slept:
            slept.append(_swept(tmp_path, LATER))
        return original(*arguments)

    monkeypatch.setattr(loading, "commit", late)
    more = job(T0 + 4 * HOUR, T0 + 5 * HOUR, 3)
    rows = more.write(tmp_path / "more")
    with pytest.raises(TransientError, match="was swept"):
        more.load(rows)
    assert any(path.endswith(".parquet") for path in slept[0])
    assert not more.load(rows).already
    assert violations(_rows([*loaded, more])) == []


def test_what_was_committed_after_it_was_listed_stays(loaded: list[Job], tmp_path: Path) -> None:
    """A listed file that a snapshot names by the time of the sweep is told of and kept; what nobody needs goes."""
    strays, found = _stray(), _stored()
    assert len(_listed(tmp_path, LATER)) == len(strays) + len(found)
    _appended(found)
    sweep.main(**sweeping(tmp_path, tmp_path / "orphans"))
    assert violations([*_rows(loaded), *STRAY.rows]) == []
    swept = read_summary(tmp_path / "swept.json")
    told = swept.details["tables"][NAME]
    assert (told["files"], told["needed_again"]) == (len(strays), len(found))
    assert (swept.rows_in, swept.rows_out) == (len(strays) + len(found), len(strays))
    assert orphans(Folders(), table_now(), LATER) == []


def test_a_commit_without_a_look_loses_files_to_a_sweep(loaded: list[Job], tmp_path: Path) -> None:
    """The counter-test: a writer that heeds no sweep ends with a table that names a file which is gone."""
    found = _stored()
    _swept(tmp_path, LATER)
    _appended(found)
    with pytest.raises(FileNotFoundError):
        table_now().scan().to_arrow()


def test_sweeps_while_writers_and_compactions_run(loaded: list[Job], tmp_path: Path) -> None:
    """Without any regard to age, sweeps that go round and round take nothing that is needed."""
    over, failures = threading.Event(), []

    def caring() -> None:
        number = 0
        while not over.is_set():
            try:
                compact(open_catalog(), table_now(), 1 << 20)
                _swept(tmp_path / str(number), LATER)
            except TransientError:
                continue
            except Exception as error:  # noqa: BLE001 - told below
                failures.append(error)
            number += 1

    jobs = [job(T0 + n * HOUR, T0 + (n + 1) * HOUR, 3) for n in range(4, 10)]
    carer = threading.Thread(target=caring)
    carer.start()
    for each in jobs:
        rows = each.write(tmp_path / each.receipt.run_key)
        for _ in range(50):
            try:
                each.load(rows)
            except TransientError:
                continue  # as an engine would
            break
    over.set()
    carer.join()
    assert failures == []
    assert violations(_rows([*loaded, *jobs])) == []


def test_a_sweep_between_the_last_look_and_the_commit_is_seen(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes what the writer has stored; the commit fails, and the writer stores it anew."""
    look, swept = commits._refuse_swept, list[str]()

    def looked(work: commits.Work, table: Table) -> None:
        look(work, table)
        monkeypatch.setattr(commits, "_refuse_swept", look)
        swept.extend(_swept(tmp_path / "care", LATER))

    monkeypatch.setattr(commits, "_refuse_swept", looked)
    each = job(T0 + 4 * HOUR, T0 + 5 * HOUR, 3)
    rows = each.write(tmp_path / "rows")
    with pytest.raises(TransientError, match="was swept while files for it were written"):
        each.load(rows)
    assert any(each.receipt.run_key in path for path in swept)
    each.load(rows)
    assert violations(_rows([*loaded, each])) == []


def test_a_sweep_that_was_killed_is_gone_on_with(loaded: list[Job], tmp_path: Path) -> None:
    """What is gone already does not stop the rest."""
    strays = _stray()
    assert orphans(Folders(), table_now(), LATER)
    remove(table_now(), strays[:1])
    remove(table_now(), strays)
    assert orphans(Folders(), table_now(), LATER) == []


def test_a_dry_run_removes_nothing(loaded: list[Job], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Young strays are not listed at all, and with a dry run nothing is removed or announced."""
    _stray()
    places = {"orphans": tmp_path / "orphans", "summary": tmp_path / "found.json"}
    find.main(as_of=format_instant(T0), tables=[], older_hours=24, **places)
    location = table_now().metadata_location
    sweep.main(**sweeping(tmp_path, tmp_path / "orphans", dry_run=True))
    assert sum(pq.read_metadata(path).num_rows for path in files(tmp_path / "orphans")) == 0
    assert f"{NAME}: 0 files" in capsys.readouterr().out
    assert table_now().metadata_location == location


@pytest.mark.parametrize(("as_of", "hours"), [(T0, 23), (T0.replace(year=2999), 24)])
def test_what_is_young_is_never_listed(
    catalog_env: dict[str, str], tmp_path: Path, as_of: datetime, hours: int
) -> None:
    """Less than a day, and an instant that has not come, end with 11."""
    with pytest.raises(ConfigurationError):
        find.main(
            as_of=format_instant(as_of),
            tables=[],
            older_hours=hours,
            orphans=tmp_path / "orphans",
            summary=tmp_path / "found.json",
        )
