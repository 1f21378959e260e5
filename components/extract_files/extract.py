"""Tables that lie in files, copied batch by batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.connect.filesystems import filesystem_and_path
from components.extract_files.choose import choose
from components.extract_files.copying import Copying
from components.extract_files.locate import find, last_written
from components.shell.errors import ConfigurationError
from components.shell.extracts import Places, clear, finish, log_missing, seal_rejected
from components.shell.instants import format_instant, zone_of
from components.shell.personal import personal
from components.shell.projection import near, parse, renamed
from components.shell.summary import Summary

FILES = "files"


@dataclass(frozen=True)
class Request:
    """What to extract: of each table its columns, and where they lie; the zone of timestamps without one.

    `names` says what the source calls a table or column, which may be one that is asked for `elsewhere`; `personal`
    changes the list of what is personal. `sources` are all that a run may name.
    """

    tables: Mapping[str, Sequence[str]]
    source: str
    source_path: str
    timezone: str = "UTC"
    names: Mapping[str, Any] = field(default_factory=dict)
    elsewhere: Sequence[str] = ()
    personal: Sequence[Any] = ()
    sources: Sequence[str] = ("postgres", FILES)


def extract(request: Request, places: Places) -> Summary:
    """Write one dataset per table below `places.raw`, and a manifest over all of them last.

    Rows that are rejected go to `places.rejected`. A second call replaces what a first left.

    Raises:
        ConfigurationError: a parameter is wrong, a file is missing, or a personal column is not marked as such.
        ContractError: a file is broken, or was changed meanwhile, or columns are missing or of another type.
        TransientError: the store does not answer.
    """
    if request.source != FILES:
        meant = near(request.source, request.sources)
        raise ConfigurationError(
            f"there is no source '{request.source}'{meant}", f"choose one of {', '.join(request.sources)}"
        )
    zone_of(request.timezone)
    marked = personal(request.personal)
    asked = renamed(parse(request.tables, marked), request.names, request.elsewhere)
    filesystem, root = filesystem_and_path(request.source_path)
    clear(places, (table.name for table in asked))
    located = [find(filesystem, root, each) for each in asked]
    tables = choose(filesystem, located, marked)
    there = {table.name: table.missing for table in tables if table.origin.files}
    log_missing(there, [table.name for table in tables if table.name not in there])
    copying = Copying(filesystem, places, request.timezone)
    written = [copying.table(table) for table in tables]
    rejected = seal_rejected(places.rejected, copying.rejects)
    source = {"system": FILES, "place": request.source_path, "taken_at": format_instant(last_written(located))}
    return finish(places.raw, written, rejected, source)
