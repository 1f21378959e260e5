"""What customers say of what they bought: texts with a rating, some written anew, some taken back."""

import numpy as np
import pyarrow as pa

from stockpot.samples.shop import words
from stockpot.samples.shop.catalogue import Catalogue, article_ids, leaves
from stockpot.samples.shop.columns import instants
from stockpot.samples.shop.customers import customer_ids
from stockpot.samples.shop.draw import Numbers, below, chance, share
from stockpot.samples.shop.draw import words as drawn
from stockpot.samples.shop.purchases import Baskets, Lines

_SHARE = 0.03
_SECOND = 1_000_000


def reviews(catalogue: Catalogue, baskets: Baskets, bought: Lines) -> pa.Table:
    """Reviews by now, two to twenty days after the purchase; the text is that of the last edit."""
    scale, seed = catalogue.scale, catalogue.scale.seed
    number = bought.number
    day = baskets.day[bought.basket] + 2 + below(18, share(seed, "reviewed", number))
    line = np.flatnonzero(chance(_SHARE, seed, "reviews", number) & (day < scale.today))
    number, day = number[line], day[line]
    at = below(86_400, share(seed, "review time", number)) * _SECOND
    edited = day + 1 + below(20, share(seed, "edited", number))
    is_edited = chance(0.06, seed, "edits", number) & (edited < scale.today)
    taken_back = chance(0.02, seed, "takes back", number) & (edited + 1 < scale.today)
    rating = np.minimum(5, 1 + below(9, share(seed, "rating", number)) * 5 // 7)
    who, inverse = np.unique(baskets.customer[bought.basket[line]], return_inverse=True)
    when = instants(scale, edited, at)
    return pa.table(
        {
            "review_id": pa.array(number),
            "customer_id": customer_ids(scale, who).take(pa.array(inverse)),
            "article_id": article_ids(scale).take(pa.array(bought.article[line])),
            "rating": pa.array(rating, pa.int16()),
            "review_text": pa.array(_texts(catalogue, number, bought.article[line], rating, is_edited), pa.string()),
            "created_at": instants(scale, day, at),
            "updated_at": _only(is_edited, when),
            "deleted_at": _only(taken_back, instants(scale, edited + 1, at)),
            "verified_purchase": pa.array(chance(0.9, seed, "verified", number)),
            "helpful_votes": pa.array(below(30, share(seed, "votes", number) ** 4), pa.int32()),
        }
    )


def _only(present: np.ndarray, values: pa.Array) -> pa.Array:
    return pa.array(values.to_numpy(zero_copy_only=False), values.type, mask=~present)


def _texts(
    catalogue: Catalogue, number: Numbers, article: Numbers, rating: Numbers, edited: np.ndarray
) -> list[str | None]:
    seed = catalogue.scale.seed
    things = np.asarray([kind.lower() for _, _, kind, _ in leaves()], dtype=object)[catalogue.kind[article]]
    phrase = share(seed, "said", number, edited.astype(np.int64))
    kinds = (words.BAD, words.BAD, words.MIDDLING, words.GOOD, words.GOOD)
    moods = np.choose(rating - 1, [drawn(choices, phrase) for choices in kinds])
    for name, choices in (("foreign", words.FOREIGN), ("spam", words.SPAM)):
        moods = np.where(chance(0.04, seed, name, number), drawn(choices, phrase), moods)
    silent = chance(0.005, seed, "says nothing", number)
    rows = zip(moods, things, silent, strict=True)
    return [None if mute else mood.replace("{thing}", thing) for mood, thing, mute in rows]
