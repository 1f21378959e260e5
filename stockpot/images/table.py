"""The table of sizes in docs/images.md."""

from collections.abc import Sequence
from pathlib import Path

from components.shell.files import write_atomically
from stockpot.images.build import Built
from stockpot.images.sources import Sources

BEGIN, END = "<!-- written by make images -->", "<!-- end of what make images writes -->"
_MEGABYTE = 1_000_000
# The size of python:3.11-slim-bookworm on linux/amd64, unpacked.
SLIM = 130


def table(built: Sequence[Built], sources: Sources) -> str:
    """The images as a Markdown table, by name: megabytes of their own, and on the slim base."""
    rows = [f"| {' | '.join(cells)} |" for cells in rows_of(built, sources)]
    return "\n".join(["| step | own MB | on the slim base | what it does |", "|---|---:|---:|---|", *rows]) + "\n"


def rows_of(built: Sequence[Built], sources: Sources) -> list[tuple[str, str, str, str]]:
    """Of each image, by name: its step, megabytes of its own, and on the slim base, and what it does."""
    rows = []
    for each in sorted(built, key=lambda each: each.step):
        own = round(each.own / _MEGABYTE)
        rows.append((each.step, str(own), str(own + SLIM), sources.description(each.step)))
    return rows


def put(page: Path, text: str) -> None:
    """Write the table between the marks of a page, and leave the rest as it is."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    write_atomically(page, f"{before}{BEGIN}\n{text}{END}{after}".encode())
