"""How rows become files of a table."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from components.shell.conform import conform, target_schema
from components.shell.staging import Staging
from tests.components.read_iceberg.events import T0, create

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
