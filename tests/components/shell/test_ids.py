"""Ids have one normal form, however they are spelled."""

import duckdb

from components.shell import ids
from tests.harness.odd.ids import PLAIN, SPELLINGS

# Padding stands at the end alone.
LEADING = [(f" {text}", f" {text}") for text in ("7", "AbC", PLAIN)]


def test_spellings_have_one_normal_form() -> None:
    """Every spelling of the corpus comes out in its normal form, and the normal form stays as it is."""
    with duckdb.connect() as connection:
        connection.execute(ids.MACROS)
        for given, normal in [*SPELLINGS, *LEADING]:
            found = connection.execute("SELECT normal_id(?), normal_id(normal_id(?))", [given, given]).fetchall()
            assert found == [(normal, normal)], given
