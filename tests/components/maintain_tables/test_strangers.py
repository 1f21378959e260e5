"""Catalogs that share a warehouse: whose table lies in the folder of another loses nothing to a sweep."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from components.begin_run.migrate import migrate
from components.iceberg import places
from components.iceberg.catalog import load_table, open_catalog
from components.maintain_tables import find, references, strangers, sweep
from components.maintain_tables.orphans import Stored, orphans
from components.maintain_tables.references import Folders
from components.shell.errors import ConfigurationError, TransientError
from components.shell.instants import format_instant
from tests.components.load_iceberg.scene import DAY, DEFINITION, NAME, Job, table_now, violations
from tests.components.maintain_tables.conftest import sweeping

LATER = datetime.now(UTC) + DAY


def _other_s(name: str = NAME) -> Table:
    """A table with rows in the same folder, of a catalog of another name in the same database."""
    shop = SqlCatalog("corner-shop", **open_catalog().properties)
    if not shop.namespace_exists("moderation"):
        shop.create_namespace("moderation")
    table = shop.create_table(name, table_now().schema(), table_now().location())
    table.append(table_now().scan().to_arrow())
    return table


def _forgotten() -> str:
    """The uuid of such a table that its database has no more, as of one in another database."""
    table = _other_s()
    SqlCatalog("corner-shop", **open_catalog().properties).drop_table(NAME)
    return str(table.metadata.table_uuid)


def _stored(table: Table, name: str, content: bytes) -> None:
    with table.io.new_output(f"{table.location()}/metadata/{name}").create() as stream:
        stream.write(content)


def _paths(found: list[Stored]) -> list[str]:
    return [one.path for one in found]


def test_tables_of_another_catalog_in_the_database_are_neighbours(loaded: list[Job]) -> None:
    """Its rows, its metadata and all that they name stay, whichever of the two is swept."""
    other = _other_s()
    rows = other.scan().to_arrow().num_rows
    assert orphans(Folders(), table_now(), LATER) == []
    assert orphans(Folders(), other, LATER) == []
    assert other.refresh().scan().to_arrow().num_rows == rows > 0


def test_the_folder_of_a_table_that_no_catalog_knows_is_left_alone(loaded: list[Job]) -> None:
    """The table is left out with exit code 11, and the line names the uuid and what told of it."""
    stranger = _forgotten()
    with pytest.raises(ConfigurationError, match=rf"{stranger}.*\.metadata\.json.*`dropped`"):
        orphans(Folders(), table_now(), LATER)


def test_a_stranger_at_work_is_seen_however_young_its_metadata(loaded: list[Job]) -> None:
    """Who keeps only the newest descriptions has none of the age of its data files."""
    _forgotten()
    with pytest.raises(ConfigurationError):
        orphans(Folders(), table_now(), LATER - 3 * DAY)


def test_what_a_dropped_table_left_goes_once_it_is_named(loaded: list[Job]) -> None:
    """Its files are strays then, and nothing else is one."""
    stranger = _forgotten()
    found = _paths(orphans(Folders(), table_now(), LATER, [stranger.upper()]))
    assert [path for path in found if path.endswith(".parquet")]
    assert [path for path in found if path.endswith(".metadata.json")]
    assert violations([row for each in loaded for row in each.rows]) == []


# Without the time of packing, by which each process would name the cases otherwise.
PACKED, EMPTY = gzip.compress(b'{"table-uuid": "1"}', mtime=0), gzip.compress(b"{}", mtime=0)


@pytest.mark.parametrize(("name", "content"), [
    ("v1.gz.metadata.json", PACKED), ("v1.metadata.json.gz", EMPTY), ("v1.metadata.json", b"{"),
    ("v2.metadata.json", b"[]"), ("v3.metadata.json", b"\x1f\x8b cut"),
])  # fmt: skip
def test_packed_and_broken_metadata_counts(loaded: list[Job], name: str, content: bytes) -> None:
    """What does not say that it is of a known table may be of another; one that has no uuid cannot be named."""
    _stored(table_now(), name, content)
    with pytest.raises(ConfigurationError, match=r"another table, 1,|no uuid: .* move that metadata away"):
        orphans(Folders(), table_now(), LATER)


def test_all_that_were_dropped_are_named_at_once(loaded: list[Job]) -> None:
    """One run tells what the next one needs: each uuid, and the files without one."""
    for name, number in (("a", 1), ("b", 2), ("c", 1)):
        _stored(table_now(), f"{name}.metadata.json", b'{"table-uuid": "dropped-%d"}' % number)
    with pytest.raises(ConfigurationError, match=r"other tables, dropped-\d, dropped-\d, .*these uuids") as told:
        orphans(Folders(), table_now(), LATER)
    assert "move" not in str(told.value)
    assert orphans(Folders(), table_now(), LATER, ["dropped-1", "DROPPED-2"])
    _stored(table_now(), "cut.metadata.json", b"{")
    with pytest.raises(ConfigurationError, match=r"no uuid: cut.metadata.json .*move that metadata away") as told:
        orphans(Folders(), table_now(), LATER, ["dropped-1", "dropped-2"])
    assert "`dropped`" not in str(told.value)
    with pytest.raises(ConfigurationError, match=r"another table, dropped-2, .*no uuid: cut.* - .*that uuid.*move"):
        orphans(Folders(), table_now(), LATER, ["dropped-1"])


def test_a_stranger_s_files_that_go_hide_no_stranger(loaded: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """That one is there is known from its first file, whatever has become of the others."""
    stranger = _forgotten()
    table, first = table_now(), strangers._uuid
    looked: list[str] = []

    def going(table: Table, path: str) -> str:
        looked.append(path)
        if len(looked) > 1:
            raise TransientError("it has gone", "try again")
        return first(table, path)

    monkeypatch.setattr(strangers, "_uuid", going)
    with pytest.raises(ConfigurationError, match=stranger):
        orphans(Folders(), table, LATER)
    assert len(looked) > 1


def test_a_table_that_cannot_be_read_is_opened_once(loaded: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time would cost the store's whole timeout, for each of ours; its folder is known from its address."""
    catalog, table = open_catalog(), table_now()
    other = catalog.create_table("moderation.lost", table.schema())
    other.io.delete(other.metadata_location)
    opened: list[str] = []
    first = references.open_table

    def counting(name: str, location: str) -> Table:
        opened.append(name)
        return first(name, location)

    monkeypatch.setattr(references, "open_table", counting)
    folders = Folders()
    for _ in range(3):
        assert [one.name() for one in folders.neighbours(table)] == [table.name()]
    assert sum("lost" in name for name in opened) == 1


def test_metadata_that_goes_while_it_is_looked_at_is_asked_for_again(
    loaded: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table at work takes its old descriptions away: it is there all the same."""
    _forgotten()
    table = table_now()
    monkeypatch.setattr(type(table.io), "new_input", lambda *_: (_ for _ in ()).throw(FileNotFoundError("gone")))
    monkeypatch.setattr(Folders, "neighbours", lambda *_: [])
    with pytest.raises(TransientError, match="has gone"):
        orphans(Folders(), table, LATER)


def test_a_run_leaves_out_that_table_alone(
    loaded: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of its folder is listed, the other is cared for, and the run ends with 11 and the reason."""
    _forgotten()
    open_catalog().create_table("moderation.other", table_now().schema())
    monkeypatch.setattr(find, "_YOUNGEST", -1000)
    outputs = {"orphans": tmp_path / "orphans", "summary": tmp_path / "found.json"}
    now = format_instant(datetime.now(UTC) - timedelta(seconds=1))
    find.main(as_of=now, tables=[], older_hours=-48, **outputs)
    assert "moderation.other: 0 files" in capsys.readouterr().out
    with pytest.raises(ConfigurationError, match=f"1 table was not cared for: {NAME}: its folder holds"):
        sweep.main(**{**sweeping(tmp_path, tmp_path / "orphans"), "finding": tmp_path / "found.json"})
    find.main(as_of=now, tables=[NAME], older_hours=-48, dropped=[_gone(tmp_path)], **outputs)
    assert f"{NAME}: 0 files" not in capsys.readouterr().out


def _gone(tmp_path: Path) -> str:
    """The uuid that the summary tells of."""
    return (tmp_path / "found.json").read_text().partition("another table, ")[2][:36]


def test_a_new_table_gets_a_folder_of_its_own_where_another_lies(loaded: list[Job]) -> None:
    """Dropped and made anew, it has the folder beside; what was there before is nobody's to sweep."""
    catalog, before = open_catalog(), table_now().location()
    catalog.drop_table(NAME)
    assert migrate([DEFINITION]) == [f"created table {NAME}"]
    after = load_table(open_catalog(), NAME).location()
    assert after.startswith(f"{before}-")
    assert orphans(Folders(), table_now(), LATER) == []


def test_a_store_that_cannot_be_listed_gives_each_table_a_folder_of_its_own(
    catalog_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell whether the plain one is in use."""

    def refuse(*_arguments: object) -> None:
        raise ConfigurationError("the catalog reads its store by other means than pyarrow", "")

    monkeypatch.setattr(places, "filesystem", refuse)
    migrate([DEFINITION])
    assert "/training_data-" in table_now().location()


def test_a_new_table_lies_where_iceberg_s_catalogs_put_it(catalog_env: dict[str, str]) -> None:
    """In a folder that is not in use, a namespace's own place heeded."""
    catalog = open_catalog(create=True)
    place = f"{catalog.properties['warehouse']}/elsewhere"
    catalog.create_namespace("moderation", {"location": f"{place}/"})
    migrate([DEFINITION])
    assert table_now().location() == f"{place}/training_data"
