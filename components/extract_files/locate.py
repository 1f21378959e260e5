"""Which files hold a table: one of its name, or a folder of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pyarrow import fs

from components.connect.filesystems import of_system
from components.shell.errors import ConfigurationError
from components.shell.projection import Projection, near

PARQUET, CSV = ".parquet", ".csv"
SUFFIXES = (PARQUET, CSV, f"{CSV}.gz")
_HIDDEN = ("_", ".")
_MOST = 3
"""How many files an error names."""


@dataclass(frozen=True)
class TableFiles:
    """A table that is asked for and its files, in the order of their names; it has none where it may be missing."""

    asked: Projection
    files: tuple[fs.FileInfo, ...]


def is_parquet(file: fs.FileInfo) -> bool:
    """Whether a file of a table is Parquet, and not CSV."""
    return bool(file.path.endswith(PARQUET))


def find(filesystem: fs.FileSystem, root: str, asked: Projection) -> TableFiles:
    """The files of the table below `root`: those of the first of its names that there are any of.

    Raises:
        ConfigurationError: there are none and the table may not be missing (the near match is named), something else
            lies where they do, they are of several forms, hold the table twice, or may not be read.
        TransientError: the store does not answer.
    """
    try:
        by_name = {name: _files(filesystem, root, name) for name in asked.sources}
    except OSError as error:
        raise of_system(root, error) or error from None
    table = asked.called({name for name, files in by_name.items() if files})
    files = by_name[table.source]
    if not files and asked.required:
        wanted = " or ".join(asked.sources)
        known = _known(filesystem, root)
        meant = near(asked.sources[-1], known) if known else "; nothing is there at all"
        raise ConfigurationError(
            f"table {asked.name} has no file {wanted} ({', '.join(SUFFIXES)}) below {root}{meant}",
            "correct source_path, or say by names what the file is called",
        )
    if len({is_parquet(file) for file in files}) > 1:
        names = ", ".join(file.base_name for file in files[:_MOST])
        raise ConfigurationError(f"table {asked.name} lies in files of several forms: {names}", "leave those of one")
    _require_once(asked, root, files)
    return TableFiles(table, tuple(files))


def last_written(tables: Sequence[TableFiles]) -> datetime:
    """When the last of all files was written."""
    moments = (file.mtime for table in tables for file in table.files)
    return max((at.astimezone(UTC) for at in moments if at), default=datetime.fromtimestamp(0, UTC))


def _files(filesystem: fs.FileSystem, root: str, name: str) -> list[fs.FileInfo]:
    """The files of that name, and those in a folder of that name, but for hidden ones.

    Raises:
        ConfigurationError: something else lies there, whose rows would be left out without a word.
    """
    alone, *named = filesystem.get_file_info([f"{root}/{name}{suffix}" for suffix in ("", *SUFFIXES)])
    within = filesystem.get_file_info(fs.FileSelector(alone.path)) if alone.type == fs.FileType.Directory else [alone]
    shown = [*named, *(file for file in within if not file.base_name.startswith(_HIDDEN))]
    there = sorted((file for file in shown if file.type != fs.FileType.NotFound), key=lambda file: file.path)
    if strange := [file for file in there if not _is_table(file)]:
        names = ", ".join(
            [*(_relative_path(file, root) for file in strange[:_MOST]), *("…" for _ in strange[_MOST : _MOST + 1])]
        )
        raise ConfigurationError(
            f"below {root} lies what is no file of {name} ({', '.join(SUFFIXES)}): {names}",
            "unpack or rename it, lay files of folders within into the folder itself, or move away what is none of its",
        )
    return there


def _is_table(file: fs.FileInfo) -> bool:
    return bool(file.type == fs.FileType.File and file.path.endswith(SUFFIXES))


def _relative_path(file: fs.FileInfo, root: str) -> str:
    path: str = file.path.removeprefix(f"{root}/")
    return f"{path}/" if file.type == fs.FileType.Directory else path


def _require_once(asked: Projection, root: str, files: Sequence[fs.FileInfo]) -> None:
    """Nothing, if no file stands beside the one that it was packed into, or beside the folder of its name.

    Raises:
        ConfigurationError: one does, and its rows would come twice.
    """
    by_stem: dict[str, fs.FileInfo] = {}
    # In the order of their names a file comes before what lies in the folder of its name.
    for file in files:
        folder, _, name = file.path.rpartition("/")
        stem = f"{folder}/{_stem(name)}"
        if other := by_stem.get(stem) or by_stem.get(folder):
            paths = " and ".join(_relative_path(each, root) for each in (other, file))
            raise ConfigurationError(f"table {asked.name} lies twice below {root}: {paths}", "leave one of them")
        by_stem[stem] = file


def _known(filesystem: fs.FileSystem, root: str) -> set[str]:
    """What could be named: the folders and files below `root`, without their endings."""
    there = filesystem.get_file_info(fs.FileSelector(root, allow_not_found=True))
    return {_stem(file.base_name) for file in there}


def _stem(name: str) -> str:
    return name.removesuffix(next((suffix for suffix in SUFFIXES if name.endswith(suffix)), ""))
