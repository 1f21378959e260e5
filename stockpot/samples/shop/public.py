"""The shop in the shape of the public H&M files: articles.csv, customers.csv and transactions_train.csv."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from components.shell.errors import ConfigurationError
from components.shell.files import replacing
from stockpot.samples.shop.scale import Scale
from stockpot.samples.shop.shop import shop

_FILES = {"articles": "articles.csv", "customers": "customers.csv", "transactions": "transactions_train.csv"}
# In the order of theirs; a number for each name, of which the shop has none.
_ARTICLES = (
    "article_id", "product_code", "prod_name", "product_type_no", "product_type_name", "product_group_name",
    "graphical_appearance_no", "graphical_appearance_name", "colour_group_code", "colour_group_name",
    "department_no", "department_name", "index_code", "index_name", "index_group_no", "index_group_name",
    "section_no", "section_name", "garment_group_no", "garment_group_name", "detail_desc",
)  # fmt: skip
_TRANSACTIONS = ("t_dat", "customer_id", "article_id", "price", "sales_channel_id")
_NUMBERS = ("_no", "_code")


def write(directory: Path, scale: Scale, *, replace: bool = False) -> Mapping[str, int]:
    """Rows of each file that lies in the directory now: all three, or none of them.

    Prices stay those of the shop, in money; H&M's are scaled.

    Raises:
        ConfigurationError: one of the files is there already, and `replace` is not set.
    """
    paths = {table: directory / name for table, name in _FILES.items()}
    if (there := [path for path in paths.values() if path.exists()]) and not replace:
        raise ConfigurationError(f"{there[0]} is there already", "name another --files, or overwrite it: --replace")
    directory.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    writers: dict[str, pyarrow.csv.CSVWriter] = {}
    with ExitStack() as stack:
        parts = {table: stack.enter_context(replacing(path)) for table, path in paths.items()}
        for table, rows in shop(scale):
            if table in parts:
                shaped = _SHAPES[table](rows)
                if table not in writers:
                    writers[table] = stack.enter_context(pyarrow.csv.CSVWriter(parts[table], shaped.schema))
                writers[table].write_table(shaped)
                counts[_FILES[table]] += shaped.num_rows
    return dict(counts)


def _articles(rows: pa.Table) -> pa.Table:
    return pa.table({name: rows[name] if name in rows.column_names else _number(rows, name) for name in _ARTICLES})


def _number(rows: pa.Table, name: str) -> pa.ChunkedArray:
    """A number for each name that there is, such as `index_code` for each `index_name`."""
    stem = next(name.removesuffix(ending) for ending in _NUMBERS if name.endswith(ending))
    return pa.chunked_array([rows[f"{stem}_name"].combine_chunks().dictionary_encode().indices])


def _customers(rows: pa.Table) -> pa.Table:
    """Their customers: flags are 1.0 or nothing, and ages have a point, as pandas writes them."""
    wants_news = pc.not_equal(pc.utf8_upper(rows["fashion_news_frequency"]), "NONE")
    return pa.table(
        {
            "customer_id": rows["customer_id"],
            "FN": _flag(wants_news),
            "Active": _flag(rows["active"]),
            "club_member_status": rows["club_member_status"],
            "fashion_news_frequency": rows["fashion_news_frequency"],
            "age": _pointed(rows["age"]),
            "postal_code": rows["postal_code"],
        }
    )


def _flag(flags: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(flags, "1.0", pa.scalar(None, pa.string()))


def _pointed(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(numbers.cast(pa.string()), "0", ".")


_SHAPES: Mapping[str, Callable[[pa.Table], pa.Table]] = {
    "articles": _articles,
    "customers": _customers,
    "transactions": lambda rows: rows.select(_TRANSACTIONS),
}
