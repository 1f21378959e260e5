"""The table `articles`, as it stands on one day."""

from datetime import UTC, datetime, time, timedelta

import numpy as np
import pyarrow as pa

from stockpot.samples.shop import words
from stockpot.samples.shop.catalogue import Catalogue, article_ids, leaves
from stockpot.samples.shop.columns import money
from stockpot.samples.shop.draw import Numbers, chance, hashed, share
from stockpot.samples.shop.draw import words as drawn


def articles(catalogue: Catalogue) -> pa.Table:
    """All articles that are on sale today: those of tomorrow are not known yet, and those that went are gone."""
    scale, today = catalogue.scale, catalogue.scale.today
    number = catalogue.numbers[catalogue.on_sale(catalogue.numbers, today)]
    kinds = np.asarray(leaves(), dtype=object)[catalogue.kind[number]]
    colour = drawn(words.COLOURS, share(scale.seed, "colour", number))
    ids = article_ids(scale).take(pa.array(number))
    columns = {
        "article_id": ids,
        "product_code": pa.array(108_775 + number // 3, pa.int32()),
        "prod_name": pa.array(_names(scale.seed, number)),
        "product_type_name": pa.array(kinds[:, 2], pa.string()),
        "product_group_name": pa.array(kinds[:, 1], pa.string()),
        "graphical_appearance_name": pa.array(drawn(words.LOOKS, share(scale.seed, "look", number)), pa.string()),
        "colour_group_name": pa.array(colour, pa.string()),
        "department_no": pa.array(1000 + catalogue.kind[number] * 7, pa.int32()),
        "department_name": pa.array(kinds[:, 2], pa.string()),
        "index_name": pa.array(kinds[:, 0], pa.string()),
        "index_group_name": pa.array(kinds[:, 0], pa.string()),
        "section_name": pa.array([f"{section} {kind}" for section, _, kind, _ in kinds], pa.string()),
        "garment_group_name": pa.array(kinds[:, 1], pa.string()),
        "detail_desc": pa.array(_descriptions(catalogue, number, kinds[:, 2]), pa.string()),
        "price": money(catalogue.cents(number, today)),
        "stock": pa.array(catalogue.stock(number, today), pa.int32()),
        "category_id": pa.array(kinds[:, 3], pa.string()),
        "image_path": pa.array([f"images/{one[:3]}/{one}.jpg" for one in ids.to_pylist()], pa.string()),
        "created_at": _mornings(catalogue, catalogue.born[number]),
        "last_updated": _mornings(catalogue, np.full(len(number), today)),
    }
    return pa.table(columns)


def _names(seed: int, number: Numbers) -> list[str]:
    names = drawn(words.NAMES, share(seed, "name", number // 3))
    return [f"{name} {model}" for name, model in zip(names, 1 + number // 3 % 40, strict=True)]


def _descriptions(catalogue: Catalogue, number: Numbers, kind: np.ndarray) -> list[str | None]:
    """What is said of each; nothing of one in fifty, as in H&M's data."""
    seed, today = catalogue.scale.seed, catalogue.scale.today
    silent = chance(0.02, seed, "undescribed", number)
    version = catalogue.described_anew(number, today).astype(np.int64)
    parts = [
        drawn(choices, share(seed, purpose, number, version))
        for purpose, choices in (("material", words.MATERIALS), ("cut", words.CUTS), ("detail", words.DETAILS))
    ]
    rows = zip(silent, kind, *parts, strict=True)
    return [None if mute else f"{what} in {made} with {cut} and {detail}." for mute, what, made, cut, detail in rows]


def _mornings(catalogue: Catalogue, days: Numbers) -> pa.Array:
    """Six in the morning of each day, and some seconds."""
    first = datetime.combine(catalogue.scale.opened, time(6), UTC)
    seconds = hashed(catalogue.scale.seed, "second", days) % np.uint64(3600)
    return pa.array(
        [first + timedelta(days=int(day), seconds=int(second)) for day, second in zip(days, seconds, strict=True)],
        pa.timestamp("us", "UTC"),
    )
