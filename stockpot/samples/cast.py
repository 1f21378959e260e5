"""Who is there and what they upload: the 95 usable images, and the groups that no training table may contain."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from stockpot.samples import vocabulary as words
from stockpot.samples.moments import AS_OF, DAYS, FIRST_UPLOAD, LABEL_DELAY
from stockpot.samples.records import Image, User

USABLE_IMAGES = 95
FLAGGED_IMAGES = 14

# Share of uploads per hour of the day: breakfast, lunch and a long evening.
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 8, 5, 4, 8, 12, 10, 5, 4, 4, 6, 10, 14, 13, 9, 5, 2)


@dataclass(frozen=True)
class Accounts:
    """The accounts, by what may be done with their images."""

    adults: Sequence[User]
    minors: Sequence[User]
    just_of_age: User
    testers: Sequence[User]

    @property
    def all(self) -> list[User]:
        """Every account."""
        return [*self.adults, *self.minors, self.just_of_age, *self.testers]


@dataclass(frozen=True)
class Images:
    """The images whose rows belong into a training table, all others, and those that people take offence at."""

    usable: list[Image]
    other: list[Image]
    provoking: frozenset[UUID]


def make_accounts(rng: random.Random) -> Accounts:
    """All accounts: adults, some of unknown age and some newly joined; minors; somebody just of age; test accounts."""
    names = [f"{first}_{handle}" for first in words.FIRST_NAMES for handle in words.HANDLES]
    rng.shuffle(names)
    adults = [_user(rng, names.pop(), year_of_birth=rng.randrange(1955, 2004)) for _ in range(34)]
    adults += [_user(rng, names.pop(), year_of_birth=None) for _ in range(4)]
    # Joined within the month, so their accounts are days old.
    adults += [
        _user(rng, names.pop(), year_of_birth=1990 + n, joined=FIRST_UPLOAD + timedelta(days=3 * n)) for n in range(6)
    ]
    minors = [_user(rng, names.pop(), year_of_birth=year) for year in (2009, 2010)]
    testers = [_user(rng, f"qa_bot_{n}", year_of_birth=1990, is_test_account=True) for n in range(2)]
    return Accounts(adults, minors, _user(rng, names.pop(), year_of_birth=2008), testers)


def _user(
    rng: random.Random,
    name: str,
    *,
    year_of_birth: int | None,
    joined: datetime | None = None,
    is_test_account: bool = False,
) -> User:
    created = joined or FIRST_UPLOAD - timedelta(seconds=rng.randrange(2 * 86_400, 700 * 86_400))
    return User(
        id=new_id(rng),
        username=name,
        created_at=created,
        tos_version_accepted=rng.choice((1, 2, 2, 2)),
        tos_accepted_at=created + timedelta(seconds=rng.randrange(5, 90)),
        country_of_residence=rng.choice(words.COUNTRIES),
        year_of_birth=year_of_birth,
        is_test_account=is_test_account,
    )


def make_images(rng: random.Random, accounts: Accounts) -> Images:
    """The usable images and all that lie beside them, not one of them viewed yet."""
    usable = _usable_images(rng, accounts)
    provoked = set(rng.sample(range(2, USABLE_IMAGES), FLAGGED_IMAGES))
    usable = [_provoking(rng, image) if index in provoked else image for index, image in enumerate(usable)]
    return Images(usable, _other_images(rng, accounts), frozenset(usable[index].id for index in provoked))


def _usable_images(rng: random.Random, accounts: Accounts) -> list[Image]:
    usable = [_ordinary_image(rng, accounts, _settled_instant(rng)) for _ in range(USABLE_IMAGES - 3)]
    # The last instant that is settled, and a user who turns eighteen between two uploads: the year decides.
    usable.append(_image(rng, accounts.adults[0], AS_OF - LABEL_DELAY - timedelta(microseconds=1)))
    usable += [_image(rng, accounts.just_of_age, datetime(2026, 1, day, 17, 30, tzinfo=UTC)) for day in (4, 9)]
    # Deleted only after as_of: at as_of nobody knew.
    usable[:2] = [
        replace(image, deleted_at=AS_OF + timedelta(hours=hours)) for hours, image in enumerate(usable[:2], 2)
    ]
    return usable


def _other_images(rng: random.Random, accounts: Accounts) -> list[Image]:
    young = [AS_OF - LABEL_DELAY, *(AS_OF - timedelta(hours=hours, minutes=13) for hours in (21, 15, 7, 1))]
    future = [AS_OF + timedelta(hours=hours, minutes=41) for hours in (0, 2, 5, 9)]
    others = [_ordinary_image(rng, accounts, at) for at in (*young, *future)]
    others += [_image(rng, user, _settled_instant(rng)) for user in accounts.testers for _ in range(2)]
    others += [_image(rng, user, _settled_instant(rng)) for user in accounts.minors]
    others.append(_image(rng, accounts.just_of_age, datetime(2025, 12, 22, 12, 5, tzinfo=UTC)))
    return others + [_deleted(rng, _ordinary_image(rng, accounts, _settled_instant(rng))) for _ in range(4)]


def _ordinary_image(rng: random.Random, accounts: Accounts, at: datetime) -> Image:
    return _image(rng, account_at(rng, accounts, at), at)


def account_at(rng: random.Random, accounts: Accounts, at: datetime) -> User:
    """Some adult who had an account at that instant."""
    return rng.choice([user for user in accounts.adults if user.created_at < at])


def _settled_instant(rng: random.Random) -> datetime:
    day = FIRST_UPLOAD + timedelta(days=rng.randrange(1, DAYS - 1))
    (hour,) = rng.choices(range(24), weights=_HOURS)
    return day + timedelta(hours=hour, microseconds=rng.randrange(3_600_000_000))


def _image(rng: random.Random, owner: User, at: datetime) -> Image:
    image_id = new_id(rng)
    dishes = words.UNKNOWN_DISHES if chance(rng, 0.06) else words.DISHES
    category = rng.choice(list(dishes))
    text = rng.choice(words.CAPTIONS).format(dish=rng.choice(dishes[category]))
    return Image(
        id=image_id,
        user_id=owner.id,
        s3_url=f"s3://gourmetgram-images/uploads/{at:%Y/%m/%d}/{image_id}.jpg",
        caption=None if chance(rng, 0.08) else "" if chance(rng, 0.03) else text[0].upper() + text[1:],
        category=None if chance(rng, 0.03) else category,
        uploaded_at=at,
        views=0,
        source=rng.choice(words.SOURCES),
        deleted_at=None,
    )


def _provoking(rng: random.Random, image: Image) -> Image:
    dish = rng.choice(words.DISHES.get(image.category or "", ("dinner",)))
    return replace(image, caption=rng.choice(words.PROVOKING_CAPTIONS).format(dish=dish)) if chance(rng, 0.7) else image


def _deleted(rng: random.Random, image: Image) -> Image:
    return replace(image, deleted_at=image.uploaded_at + timedelta(minutes=rng.randrange(20, 20 * 60)))


def chance(rng: random.Random, share: float) -> bool:
    """True in `share` of all cases."""
    return rng.random() < share


def new_id(rng: random.Random) -> UUID:
    """A random UUID of version 4."""
    return UUID(int=rng.getrandbits(128), version=4)
