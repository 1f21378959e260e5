"""How rows become files of a table."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.manifest import DataFile

from components.iceberg.bounds import bounds
from components.iceberg.conform import conform, target_schema
from components.iceberg.staging import Staging
from components.shell.instants import EPOCH
from tests.components.read_iceberg.events import T0, create
from tests.harness.odd.numbers import FIRST, INFINITY, LAST

HOUR = timedelta(hours=1)


def test_a_few_rows_do_not_say_what_repeats(catalog_env: dict[str, str]) -> None:
    """One late event in an hour of its own is too little to tell; what the next hour's rows tell holds for all."""
    table = create()
    numbers = range(20_000)
    rows = {
        "event_id": [str(number) for number in numbers],
        "event_type": "view",
        "topic": "views",
        "partition": 0,
        "offset": list(numbers),
        "event_time": [T0 - HOUR, *[T0] * (len(numbers) - 1)],
        "known_at": T0,
        "image_id": "i",
    }
    columns = {name: value if isinstance(value, list) else [value] * len(numbers) for name, value in rows.items()}
    (batch,) = pa.table(columns).to_batches()
    with Staging(table, "key") as staging:
        files = staging.write([conform(batch, target_schema(table.schema(), batch.schema))])
    assert sorted(file.record_count for file in files) == [1, 19_999]
    (large,) = (file for file in files if file.record_count > 1)
    with table.io.new_input(large.file_path).open() as stored:
        group = pq.ParquetFile(stored).metadata.row_group(0)
    coded = {group.column(at).path_in_schema for at in range(group.num_columns) if group.column(at).has_dictionary_page}
    assert {"event_type", "image_id"} <= coded
    assert not {"event_id", "offset"} & coded


def test_bounds_beyond_the_calendar_are_held_to_it(catalog_env: dict[str, str]) -> None:
    """Others write instants that Python cannot count: such a file lies before, or after, all that can be asked for."""
    table = create()
    column = table.schema().find_field("event_time").field_id
    for passed, held in {-(2**63): FIRST, INFINITY: LAST, 253_402_300_800_000_000: LAST, 0: EPOCH}.items():
        bound = {column: passed.to_bytes(8, "little", signed=True)}
        file = DataFile.from_args(lower_bounds=bound, upper_bounds=bound)
        assert bounds(table, file, "event_time") == (held, held)


def test_a_file_with_odd_instants_has_counts_and_no_false_bounds(catalog_env: dict[str, str]) -> None:
    """Rows that others wrote are rewritten as they are; the manifest tells no bound that it cannot tell rightly."""
    table = create()
    at = pa.array([0, INFINITY], pa.timestamp("us", "UTC"))
    same = {"event_type": "view", "topic": "v", "partition": 0, "event_time": T0, "image_id": "i"}
    rows = {name: [value] * 2 for name, value in same.items()}
    (batch,) = pa.table({**rows, "event_id": ["a", "b"], "offset": [1, 2], "known_at": at}).to_batches()
    with Staging(table, "key") as staging:
        (file,) = staging.write([conform(batch, target_schema(table.schema(), batch.schema))])
    known, event = (table.schema().find_field(name).field_id for name in ("known_at", "event_id"))
    assert (file.value_counts[known], file.null_value_counts[known]) == (2, 0)
    assert known not in file.upper_bounds
    assert event in file.upper_bounds
