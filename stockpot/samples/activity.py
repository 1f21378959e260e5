"""What happens to the images: views, comments, flags and milestones."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from stockpot.samples import vocabulary as words
from stockpot.samples.cast import Accounts, Images, account_at, chance, new_id
from stockpot.samples.moments import AS_OF, DUMPED_AT
from stockpot.samples.records import Comment, Flag, Image, Milestone, User, View

_MILESTONES = (10, 100, 1000)


def make_views(rng: random.Random, image: Image) -> list[View]:
    """The image's views in order, up to the dump or the image's deletion."""
    total = rng.randrange(1050, 1500) if chance(rng, 0.03) else int(rng.lognormvariate(3.7, 1.0))
    instants = sorted(image.uploaded_at + _delay(rng, first_minutes=14, later_hours=10) for _ in range(total))
    return [View(image.id, at) for at in instants if at < min(DUMPED_AT, image.deleted_at or DUMPED_AT)]


def _delay(rng: random.Random, *, first_minutes: float, later_hours: float) -> timedelta:
    """Attention after an upload: a burst while it is new, then a long tail."""
    mean = first_minutes * 60 if chance(rng, 0.35) else later_hours * 3600
    return timedelta(microseconds=1 + int(rng.expovariate(1 / mean) * 1_000_000))


def make_comments(rng: random.Random, image: Image, images: Images, accounts: Accounts) -> list[Comment]:
    """The image's comments in order; those on provoking images are more and rougher."""
    provoking = image.id in images.provoking
    count = int(rng.lognormvariate(1.3 if provoking else 0.9, 0.8))
    instants = sorted(image.uploaded_at + _delay(rng, first_minutes=16, later_hours=7) for _ in range(count))
    return [_comment(rng, image, at, accounts, quarrel=provoking) for at in instants if at < DUMPED_AT]


def _comment(rng: random.Random, image: Image, at: datetime, accounts: Accounts, *, quarrel: bool) -> Comment:
    rough = quarrel and chance(rng, 0.5)
    gone = chance(rng, 0.1)
    return Comment(
        id=new_id(rng),
        image_id=image.id,
        user_id=_author(rng, accounts, at).id,
        content=rng.choice(words.QUARRELS if rough else words.REMARKS),
        created_at=at,
        deleted_at=at + timedelta(seconds=rng.choice((rng.randrange(20, 900), rng.randrange(900, 90_000))))
        if gone
        else None,
        moderator_hidden=rough and chance(rng, 0.3),
    )


def _author(rng: random.Random, accounts: Accounts, at: datetime) -> User:
    """Mostly people, sometimes one of the platform's own test accounts."""
    return rng.choice(accounts.testers) if chance(rng, 0.05) else account_at(rng, accounts, at)


def make_flags(rng: random.Random, images: Images, comments: Sequence[Comment], accounts: Accounts) -> list[Flag]:
    """The flags that make a label, and those that must not: late, on comments, on unknown images, by test accounts."""
    flagged = [image for image in images.usable if image.id in images.provoking]
    clean = [image for image in images.usable[2:] if image.id not in images.provoking]
    author = _flag_author(rng, accounts)
    flags = [
        author(image.id, None, image.uploaded_at + delay)
        for image in flagged
        for delay in sorted(_flag_delay(rng) for _ in range(rng.choice((1, 1, 2, 3))))
    ]
    # Too late for the label, and later than as_of.
    flags += [
        author(image.id, None, image.uploaded_at + timedelta(hours=25 + 9 * n)) for n, image in enumerate(clean[:3])
    ]
    flags += [author(image.id, None, AS_OF + timedelta(hours=n + 1)) for n, image in enumerate(clean[3:5])]
    # On comments, which says nothing about the image.
    spoken_of = [comment for comment in comments if comment.image_id not in images.provoking]
    flags += [
        author(None, comment.id, comment.created_at + timedelta(minutes=7)) for comment in rng.sample(spoken_of, 6)
    ]
    # On images nobody knows any more.
    flags += [author(new_id(rng), None, AS_OF - timedelta(days=n + 2)) for n in range(3)]
    tester = accounts.testers[0].id
    flags += [
        replace(author(image.id, None, image.uploaded_at + timedelta(minutes=3)), user_id=tester)
        for image in clean[5:7]
    ]
    return flags


def _flag_author(rng: random.Random, accounts: Accounts) -> Callable[[UUID | None, UUID | None, datetime], Flag]:
    def flag(image_id: UUID | None, comment_id: UUID | None, at: datetime) -> Flag:
        status = rng.choice(("pending", "confirmed", "confirmed", "rejected"))
        return Flag(
            new_id(rng), account_at(rng, accounts, at).id, image_id, comment_id, rng.choice(words.REASONS), at, status
        )

    return flag


def _flag_delay(rng: random.Random) -> timedelta:
    longest = rng.choice((4 * 60, 28 * 60, 50 * 60, 20 * 3600, 23 * 3600))
    return timedelta(microseconds=rng.randrange(20_000_000, longest * 1_000_000))


def make_milestones(rng: random.Random, views: Sequence[View]) -> list[Milestone]:
    """The moments in which images reached 10, 100 and 1000 of the ordered `views`."""
    by_image: dict[UUID, list[datetime]] = {}
    for view in views:
        by_image.setdefault(view.image_id, []).append(view.viewed_at)
    return [
        Milestone(new_id(rng), image_id, "views", value, instants[value - 1])
        for image_id, instants in by_image.items()
        for value in _MILESTONES
        if len(instants) >= value
    ]
