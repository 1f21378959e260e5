"""One table of all rows, within 80 to 120 columns."""

import re
import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.rows import COLUMNS
from tests.bench.table import table

_WORDS = st.lists(st.text(string.ascii_letters + string.digits, min_size=1, max_size=40), max_size=8).map(" ".join)
_LINES = st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, _WORDS)), max_size=5)


@pytest.mark.parametrize("width", [80, 100, 120])
@given(_LINES)
def test_no_line_is_wider_than_told_and_nothing_is_lost(width: int, lines: list[dict[str, str]]) -> None:
    """What does not fit goes on below, in its own column."""
    printed = table(lines, width).splitlines()
    assert max(map(len, printed)) <= width
    (rule,) = [line for line in printed if not line.strip("- ")]
    columns = [slice(*found.span()) for found in re.finditer("-+", rule)]
    for name, column in zip(COLUMNS, columns, strict=True):
        said = "".join(line[column] for line in printed if line is not rule)
        assert said.replace(" ", "") == "".join([name, *(line[name] for line in lines)]).replace(" ", "")
    between = [slice(before.stop, after.start) for before, after in pairwise(columns)]
    assert not "".join(line[gap] for line in printed for gap in between).strip()


def test_a_table_is_as_narrow_as_its_text() -> None:
    """Columns stand below their names; a cell of two lines takes two."""
    line = dict.fromkeys(COLUMNS, "") | {"work": "extract", "ours": "3.00 s\n2.00 s CPU", "verdict": "held"}
    assert table([line], 120).splitlines() == [
        "work     ours        peer  ratio  of limit  peak  target  verdict  slope",
        "-------  ----------  ----  -----  --------  ----  ------  -------  -----",
        "extract  3.00 s                                           held",
        "         2.00 s CPU",
    ]
