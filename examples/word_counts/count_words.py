"""The work of the step `count_words`: how often each word stands in a text, as Parquet."""

import argparse
import re
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def counted(text: str, shortest: int) -> pa.Table:
    """The columns word and times, most frequent first; words of fewer than `shortest` letters are left out."""
    words = Counter(word for word in re.findall(r"\w+", text.lower()) if len(word) >= shortest)
    ordered = sorted(words.items(), key=lambda each: (-each[1], each[0]))
    return pa.table({"word": [word for word, _ in ordered], "times": [times for _, times in ordered]})


def main() -> None:
    """Read the flags, write the table, and say how many rows it has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", required=True)
    parser.add_argument("--shortest", type=int, required=True)
    parser.add_argument("--words", type=Path, required=True, help="Where the Parquet file is written to")
    parser.add_argument("--rows", type=Path, required=True, help="Where the number of rows is written to")
    given = parser.parse_args()
    table = counted(given.text, given.shortest)
    given.words.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, given.words)
    given.rows.parent.mkdir(parents=True, exist_ok=True)
    given.rows.write_text(str(table.num_rows))


if __name__ == "__main__":
    main()
