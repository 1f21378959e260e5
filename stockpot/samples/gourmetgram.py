"""GourmetGram's history around one instant: 95 images whose label is settled and usable, and much that is not.

Nothing here reads a clock: the same call gives the same rows for ever.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from stockpot.samples.activity import make_comments, make_flags, make_milestones, make_views
from stockpot.samples.cast import Accounts, Images, make_accounts, make_images
from stockpot.samples.moments import AS_OF
from stockpot.samples.records import Image, Sample, View

_SEED = 20260115

R = TypeVar("R")


def sample(*, governance: bool = True) -> Sample:
    """The history as it stood at `DUMPED_AT`, twelve hours after `AS_OF`.

    Args:
        governance: Include what only the newer columns can tell apart: images of test accounts and minors, deleted
            images. The older generation has no such columns, so they are left out there; 95 images remain in both.
    """
    rng = random.Random(_SEED)  # noqa: S311 - the same history every time, not a secret
    accounts = make_accounts(rng)
    images = make_images(rng, accounts)
    views = [view for image in _all(images) for view in make_views(rng, image)]
    comments = [comment for image in _all(images) for comment in make_comments(rng, image, images, accounts)]
    flags = make_flags(rng, images, comments, accounts)
    complete = Sample(accounts.all, _counted(_all(images), views), comments, flags, make_milestones(rng, views), views)
    return _delivered(rng, complete if governance else _without_governance(complete, images, accounts))


def _counted(images: Sequence[Image], views: Sequence[View]) -> list[Image]:
    totals = Counter(view.image_id for view in views)
    return [replace(image, views=totals[image.id]) for image in images]


def _all(images: Images) -> list[Image]:
    return [*images.usable, *images.other]


def _without_governance(complete: Sample, images: Images, accounts: Accounts) -> Sample:
    hidden_users = {user.id for user in (*accounts.testers, *accounts.minors)}
    early = {image.id for image in images.other if image.user_id == accounts.just_of_age.id}
    hidden = early | {image.id for image in complete.images if image.user_id in hidden_users}
    hidden |= {image.id for image in complete.images if image.deleted_at and image.deleted_at <= AS_OF}
    comments = [
        row
        for row in complete.comments
        if row.image_id not in hidden and row.user_id not in hidden_users and row.deleted_at is None
    ]
    gone = {row.id for row in complete.comments} - {row.id for row in comments}
    return Sample(
        users=[row for row in complete.users if row.id not in hidden_users],
        images=[row for row in complete.images if row.id not in hidden],
        comments=comments,
        flags=[
            row
            for row in complete.flags
            if row.user_id not in hidden_users and not {row.image_id, row.comment_id} & (hidden | gone)
        ],
        image_milestones=[row for row in complete.image_milestones if row.image_id not in hidden],
        views=[row for row in complete.views if row.image_id not in hidden],
    )


def _delivered(rng: random.Random, complete: Sample) -> Sample:
    """The sample as a dump comes: out of order, and with some rows twice."""
    return Sample(
        users=_shuffled(rng, complete.users, doubled=2),
        images=_shuffled(rng, complete.images, doubled=4),
        comments=_shuffled(rng, complete.comments, doubled=18),
        flags=_shuffled(rng, complete.flags, doubled=3),
        image_milestones=_shuffled(rng, complete.image_milestones, doubled=3),
        views=sorted(complete.views, key=lambda view: (view.viewed_at, view.image_id)),
    )


def _shuffled(rng: random.Random, rows: Sequence[R], *, doubled: int) -> list[R]:
    delivered = [*rows, *rng.sample(rows, doubled)]
    rng.shuffle(delivered)
    return delivered
