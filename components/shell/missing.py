"""What is said of a table that does not exist. A step knows no pipelines; who knows them names the one to run."""

import re
from collections.abc import Callable

FILL = "run the pipeline that fills it"
_TABLE = re.compile(r"table '?(\w+(?:\.\w+)+)'?")


def completed(line: str, filler: Callable[[str], str]) -> str:
    """The line of an error, with the command that fills the table where the line asks for a pipeline.

    Args:
        line: What a step or command has said.
        filler: The name of the pipeline that fills a table, empty where none is known.
    """
    before, asked, after = line.partition(FILL)
    named = _TABLE.search(before)
    pipeline = filler(named[1]) if asked and named else ""
    return f"{before}{asked} (stockpot run {pipeline}){after}" if pipeline else line
