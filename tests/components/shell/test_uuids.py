"""Columns of UUIDs as texts."""

from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.shell.uuids import as_text, is_uuids


@pytest.mark.parametrize("kind", [pa.uuid(), pa.binary(16)])
@given(values=st.lists(st.none() | st.uuids()), start=st.integers(0, 3), end=st.integers(0, 9))
def test_uuids_are_spelled_as_python_does(kind: pa.DataType, values: list[UUID | None], start: int, end: int) -> None:
    """Nulls stay, and of a slice just that is told."""
    stored = pa.array([None if value is None else value.bytes for value in values], pa.binary(16))
    column = pa.ExtensionArray.from_storage(kind, stored) if kind == pa.uuid() else stored
    expected = [None if value is None else str(value) for value in values]
    assert as_text(column[start:end]).to_pylist() == expected[start:end]


def test_nothing_else_is_taken_for_a_uuid() -> None:
    """Other bytes and texts are not."""
    kinds = (pa.uuid(), pa.binary(16), pa.binary(), pa.binary(8), pa.string())
    assert [is_uuids(kind) for kind in kinds] == [True, True, False, False, False]
