"""The sample's history against a plain count of what a training table may contain."""

from collections import Counter
from dataclasses import asdict
from datetime import timedelta

import pytest

from stockpot.samples.gourmetgram import sample
from stockpot.samples.moments import AS_OF, DUMPED_AT, LABEL_DELAY


def _usable(history) -> dict:
    """The settled images that no rule excludes, by id, so that doubled rows count once."""
    users = {user.id: user for user in history.users}
    found = {}
    for image in history.images:
        owner = users[image.user_id]
        is_minor = owner.year_of_birth is not None and image.uploaded_at.year - owner.year_of_birth < 18
        is_deleted = image.deleted_at is not None and image.deleted_at <= AS_OF
        if image.uploaded_at < AS_OF - LABEL_DELAY and not owner.is_test_account and not is_minor and not is_deleted:
            found[image.id] = image
    return found


@pytest.mark.parametrize("governance", [True, False])
def test_exactly_95_images_are_usable(governance):
    """Both generations leave 95 images, so 285 rows."""
    assert len(_usable(sample(governance=governance))) == 95


def test_the_older_generation_needs_no_rule_to_leave_95():
    """Where no column can tell, nothing is there that would have to be told."""
    history = sample(governance=False)
    assert len({image.id for image in history.images if image.uploaded_at < AS_OF - LABEL_DELAY}) == 95
    assert not any(user.is_test_account for user in history.users)


def test_the_share_of_flagged_images_is_realistic():
    """Between 12 and 18 of 100 usable images are flagged within a day."""
    history = sample()
    usable = _usable(history)
    flagged = {
        flag.image_id
        for flag in history.flags
        if flag.image_id in usable and flag.created_at <= usable[flag.image_id].uploaded_at + timedelta(hours=24)
    }
    assert 0.12 <= len(flagged) / len(usable) <= 0.18


def test_every_trap_is_there():
    """Each kind of row that must not count is present."""
    history = sample()
    testers = {user.id for user in history.users if user.is_test_account}
    ids = {image.id for image in history.images}
    uploads = {image.id: image.uploaded_at for image in history.images}
    assert {image.id for image in history.images if image.uploaded_at > AS_OF}
    assert any(image.uploaded_at == AS_OF - LABEL_DELAY for image in history.images)
    assert any(image.deleted_at and image.deleted_at > AS_OF for image in history.images)
    assert any(image.user_id in testers for image in history.images)
    assert any(flag.user_id in testers for flag in history.flags)
    assert any(flag.comment_id for flag in history.flags)
    assert any(flag.image_id and flag.image_id not in ids for flag in history.flags)
    assert any(
        flag.image_id in uploads and flag.created_at - uploads[flag.image_id] > LABEL_DELAY for flag in history.flags
    )
    assert {None, "Smoothie"} <= {image.category for image in history.images}
    assert {None, ""} <= {image.caption for image in history.images}
    assert any(comment.deleted_at for comment in history.comments)
    assert any(comment.created_at > AS_OF for comment in history.comments)


@pytest.mark.parametrize("table", ["users", "images", "comments", "flags", "image_milestones"])
def test_some_rows_come_twice(table):
    """Each table holds doubled rows, and they are doubled exactly."""
    rows = getattr(sample(), table)
    twice = [row_id for row_id, count in Counter(row.id for row in rows).items() if count == 2]
    assert twice
    assert len(set(rows)) == len({row.id for row in rows})


def test_views_totals_and_milestones_agree():
    """The running total is the number of views, and a milestone is reached by the n-th of them."""
    history = sample()
    instants: dict = {}
    for view in history.views:
        instants.setdefault(view.image_id, []).append(view.viewed_at)
    assert {image.id: image.views for image in history.images} == {
        image.id: len(instants.get(image.id, ())) for image in history.images
    }
    for milestone in history.image_milestones:
        assert milestone.reached_at == instants[milestone.image_id][milestone.milestone_value - 1]
    assert {milestone.milestone_value for milestone in history.image_milestones} == {10, 100, 1000}


def test_nothing_happens_before_its_cause_or_after_the_dump():
    """Accounts precede uploads, uploads precede what happens to them, and the dump ends everything."""
    history = sample()
    accounts = {user.id: user.created_at for user in history.users}
    uploads = {image.id: image.uploaded_at for image in history.images}
    assert all(accounts[image.user_id] < image.uploaded_at < DUMPED_AT for image in history.images)
    assert all(uploads[view.image_id] < view.viewed_at < DUMPED_AT for view in history.views)
    assert all(uploads[comment.image_id] < comment.created_at < DUMPED_AT for comment in history.comments)
    assert all(accounts[comment.user_id] < comment.created_at for comment in history.comments)


def test_the_same_call_gives_the_same_history():
    """No clock, no chance: two calls agree in every field."""
    assert asdict(sample()) == asdict(sample())


def test_attention_decays():
    """More than a third of an image's views come in its first two hours, on average."""
    history = sample()
    uploads = {image.id: image.uploaded_at for image in history.images}
    early = sum(view.viewed_at - uploads[view.image_id] < timedelta(hours=2) for view in history.views)
    assert early / len(history.views) > 1 / 3
