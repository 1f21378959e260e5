"""The sample source as one SQL script, for databases that are filled by psql."""

from collections.abc import Iterator

from stockpot.samples.gourmetgram import sample
from stockpot.samples.schema import TABLES, Generation, columns, copy_lines


def script(generation: Generation = "new") -> str:
    """A script for psql that creates the tables and fills them; it does not look at what is there already."""
    return "".join(_statements(generation))


def _statements(generation: Generation) -> Iterator[str]:
    yield "-- Written by `stockpot sample-data --sql`.\nSET client_min_messages = warning;\n"
    rows = sample(governance=generation == "new")
    for table in TABLES:
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns(table, generation).items())
        yield f'CREATE TABLE public."{table}" ({listed});\nCOPY public."{table}" FROM STDIN;\n'
        yield from copy_lines(rows, table, generation)
        yield "\\.\n"
