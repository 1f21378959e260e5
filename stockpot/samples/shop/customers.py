"""Who buys: the table `customers`, with all that must never reach a training table."""

import numpy as np
import pyarrow as pa

from stockpot.samples.shop import words
from stockpot.samples.shop.columns import instants
from stockpot.samples.shop.draw import Numbers, below, chance, hashed, share
from stockpot.samples.shop.draw import words as drawn
from stockpot.samples.shop.scale import Scale

_OLD_CUSTOMERS = 0.8
"""Share that had signed up before the shop's history begins."""


def signup_days(scale: Scale, number: Numbers) -> Numbers:
    """Number of the day on which each customer signed up; below 0 for most."""
    at = share(scale.seed, "signup", number)
    before = -below(700, at / _OLD_CUSTOMERS) - 1
    return np.where(at < _OLD_CUSTOMERS, before, below(scale.horizon, (at - _OLD_CUSTOMERS) / (1 - _OLD_CUSTOMERS)))


def customer_ids(scale: Scale, number: Numbers) -> pa.StringArray:
    """Ids by number, sixteen hexadecimal digits."""
    return pa.array([f"{bits:016x}" for bits in hashed(scale.seed, "customer", number).tolist()], pa.string())


def customers(scale: Scale, number: Numbers) -> pa.Table:
    """The customers with these numbers who have signed up by now, as they are today."""
    number = number[signup_days(scale, number) < scale.today]
    seed, month = scale.seed, scale.today // 30
    first, last = (drawn(names, share(seed, what, number)) for what, names in _PERSONS.items())
    news = drawn(words.NEWS, share(seed, "news", number))
    news[chance(0.05, seed, "no news", number)] = None
    left = chance(0.03, seed, "leaves", number, month)
    club = np.where(left, "LEFT CLUB", drawn(words.CLUB[:2], share(seed, "club", number) ** 4))
    active = chance(0.35, seed, "active", number, month)
    ids = customer_ids(scale, number)
    columns = {
        "customer_id": ids,
        "age": _ages(seed, number),
        "postal_code": pa.array([f"{code:05d}" for code in below(99_999, share(seed, "post", number))]),
        "club_member_status": pa.array(club, pa.string()),
        "fashion_news_frequency": pa.array(news, pa.string()),
        "active": pa.array(active),
        "first_name": pa.array(first, pa.string()),
        "last_name": pa.array(last, pa.string()),
        "email": pa.array([f"{a}.{b}.{n}@example.org".lower() for a, b, n in zip(first, last, number, strict=True)]),
        "signup_date": instants(
            scale, signup_days(scale, number), below(86_400, share(seed, "when", number)) * 1_000_000
        ),
        "gender": pa.array(drawn(("female", "male", "other"), share(seed, "gender", number)), pa.string()),
        "loyalty_score": pa.array(np.round(share(seed, "loyalty", number, scale.today // 7) * 100, 2)),
        "password_hash": pa.array([f"$argon2id$v=19$canary-{one}" for one in ids.to_pylist()]),
        "phone": pa.array([f"+49 30 {digits:08d}" for digits in below(10**8, share(seed, "phone", number))]),
        "address": pa.array(addresses(scale, number)),
    }
    return pa.table(columns)


_PERSONS = {"first name": words.FIRST_NAMES, "last name": words.LAST_NAMES}


def addresses(scale: Scale, number: Numbers) -> list[str]:
    """Where each customer lives."""
    streets = drawn(words.STREETS, share(scale.seed, "street", number))
    houses = 1 + below(180, share(scale.seed, "house", number))
    return [f"{street} {house}" for street, house in zip(streets, houses, strict=True)]


def _ages(seed: int, number: Numbers) -> pa.Array:
    """Ages; none of some, and of some one that nobody has."""
    ages = 16 + below(64, share(seed, "age", number) ** 1.5)
    ages = np.where(chance(0.002, seed, "too old", number), 138, ages)
    ages = np.where(chance(0.002, seed, "too young", number), 3, ages)
    return pa.array(ages, pa.int32(), mask=chance(0.016, seed, "of no age", number))
