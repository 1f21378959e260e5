"""Each rule on the smallest history that shows it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from components.moderation_features.cut import Cut
from components.shell.errors import ConfigurationError
from tests.components.moderation_features.histories import AS_OF, CUT, END, START, computed
from tests.components.moderation_features.oracle import Row

MINUTE, TICK = timedelta(minutes=1), timedelta(microseconds=1)
LABEL = "label_needs_moderation_24h"


def at(minutes: float) -> datetime:
    """So many minutes after the upload of the image `i`."""
    return START + minutes * MINUTE


def history(**tables: list[Row]) -> dict[str, list[Row]]:
    """An image `i` of the user `u`, uploaded at START, a test account `t`, and the tables given."""
    users = [
        {"id": "u", "created_at": START - timedelta(days=400)},
        {"id": "t", "created_at": START - timedelta(days=400), "is_test_account": True},
    ]
    image = {"id": "i", "user_id": "u", "uploaded_at": START, "category": "Soup", "caption": "Pho"}
    return {"users": users + tables.pop("users", []), "images": [image, *tables.pop("images", [])], **tables}


def comment(minutes: float, **values: Any) -> Row:
    """A comment on the image."""
    return {"id": f"c{minutes}", "image_id": "i", "user_id": "u", "created_at": at(minutes), **values}


def flag(minutes: float, **values: Any) -> Row:
    """A flag on the image."""
    return {"id": f"f{minutes}", "image_id": "i", "user_id": "u", "created_at": at(minutes), **values}


def column(tables: dict[str, list[Row]], name: str, image: str = "i") -> list[Any]:
    """The values of a column at the three decisions of an image."""
    return [row[name] for row in computed(tables).rows if row["image_id"] == image]


def removed(tables: dict[str, list[Row]]) -> dict[str, int]:
    """The rules that removed something."""
    return {rule: count for rule, count in computed(tables).summary.details["removed"].items() if count}


def test_a_window_is_open_at_its_beginning_and_closed_at_its_end():
    """An event at the decision counts, one exactly five minutes earlier does not; at +0 the upload's instant counts."""
    tables = history(comments=[comment(0), comment(5), comment(25), comment(30), comment(30.001)])
    assert column(tables, "comments_5min") == [1, 1, 1]
    assert column(tables, "comments_1hr") == [1, 2, 4]


def test_decisions_are_made_after_the_upload():
    """At it, and five and thirty minutes later."""
    assert column(history(), "decision_at") == [at(0), at(5), at(30)]


def test_nothing_before_the_upload_counts():
    """A comment and a flag from before the image was there are of no use to anyone."""
    tables = history(comments=[comment(-0.001)], flags=[flag(-0.001)])
    assert column(tables, "comments_1hr") == [0, 0, 0]
    assert column(tables, "total_flags") == [0, 0, 0]
    assert column(tables, LABEL) == [False] * 3


@pytest.mark.parametrize(
    ("after", "label"), [(timedelta(0), True), (timedelta(days=1), True), (timedelta(days=1) + TICK, False)]
)
def test_the_label_reaches_from_the_upload_to_24_hours_later(after: timedelta, label: bool):
    """Both ends are included."""
    tables = history(flags=[{**flag(0), "created_at": START + after}])
    assert column(tables, LABEL) == [label] * 3


def test_the_label_uses_what_was_known_at_as_of():
    """A flag known only after as_of is none; one known late, but by then, is."""
    late = flag(10, known_at=AS_OF)
    assert column(history(flags=[late]), LABEL) == [True] * 3
    assert column(history(flags=[late]), "total_flags") == [0, 0, 0]
    assert column(history(flags=[{**late, "known_at": AS_OF + TICK}]), LABEL) == [False] * 3


def test_flags_on_comments_are_not_flags_on_the_image():
    """They are counted as removed, and flags on images that nobody has are reported without harm."""
    tables = history(flags=[flag(1, image_id=None, comment_id="c1"), flag(2, image_id="gone"), flag(3)])
    result = computed(tables)
    assert [row["total_flags"] for row in result.rows] == [0, 1, 1]
    assert result.summary.details["removed"]["flags_on_comments"] == 1
    assert result.summary.details["orphan_flags"] == 1


def test_what_test_accounts_do_does_not_count():
    """Their images give no rows, their comments no counts, their flags neither counts nor label."""
    other = {"id": "x", "user_id": "t", "uploaded_at": START}
    tables = history(images=[other], comments=[comment(1, user_id="t")], flags=[flag(1, user_id="t")])
    assert column(tables, "comments_1hr") == column(tables, "total_flags") == [0, 0, 0]
    assert column(tables, LABEL) == [False] * 3
    assert removed(tables) == {"test_account_images": 1, "test_account_comments": 1, "test_account_flags": 1}


def test_a_test_account_counts_until_it_is_known():
    """A decision before the account's row was known could not leave its comment out."""
    tester = {"id": "x", "created_at": START - MINUTE, "known_at": at(6), "is_test_account": True}
    assert column(history(users=[tester], comments=[comment(1, user_id="x")]), "comments_1hr") == [0, 1, 0]


def test_a_test_account_that_is_known_at_the_last_decision_is_told():
    """Its comment is left out of that decision, so it is among those that the rule removed; a tick later it is not."""
    for known_at, told in ((at(30), {"test_account_comments": 1}), (at(30) + TICK, {})):
        tester = {"id": "x", "created_at": START - MINUTE, "known_at": known_at, "is_test_account": True}
        tables = history(users=[tester], comments=[comment(26, user_id="x")])
        assert removed(tables) == told
        assert column(tables, "comments_1hr") == [0, 0, 0 if told else 1]


@pytest.mark.parametrize(("born", "rows"), [(2008, 3), (2009, 0), (None, 3)])
def test_certain_minors_are_removed(born: int | None, rows: int):
    """An uploader of 17 or less in the year of the upload; who may be 18 already, or is of unknown age, stays."""
    minor = {"id": "m", "created_at": START - MINUTE, "year_of_birth": born}
    tables = history(users=[minor], images=[{"id": "x", "user_id": "m", "uploaded_at": START}])
    assert len(column(tables, "image_id", "x")) == rows
    assert removed(tables) == ({} if rows else {"minor_images": 1})


@pytest.mark.parametrize(("deletions", "last"), [("label", START + timedelta(hours=24)), ("as_of", AS_OF)])
def test_a_deletion_takes_an_image_out(deletions: str, last: datetime):
    """One by the end of the label's time, or up to as_of where that is asked for; a tick later the rows stay."""
    cut = replace(CUT, deletions=deletions)
    gone = {"id": "x", "user_id": "u", "uploaded_at": START, "deleted_at": last}
    found = computed(history(images=[gone]), cut)
    assert "x" not in {row["image_id"] for row in found.rows}
    assert found.summary.details["removed"]["deleted_images"] == 1
    kept = computed(history(images=[{**gone, "deleted_at": last + TICK}]), cut)
    assert [row["image_id"] for row in kept.rows].count("x") == 3


def test_a_deleted_comment_counts_before_its_deletion():
    """From the instant of the deletion on it is gone; earlier decisions know nothing of it."""
    tables = history(comments=[comment(0, deleted_at=at(5)), comment(1, deleted_at=at(30) + TICK)])
    assert column(tables, "comments_1hr") == [1, 1, 1]
    assert removed(tables) == {"deleted_comments": 1}


def test_what_a_moderator_hid_is_counted():
    """When it was hidden is not recorded, so hiding cannot be used without looking ahead."""
    assert column(history(comments=[comment(1, moderator_hidden=True)]), "comments_1hr") == [0, 1, 1]


def test_repeated_rows_count_once():
    """Copies of a comment, a flag and an image count once, from when the first was known."""
    again = {"id": "i", "user_id": "u", "uploaded_at": START, "known_at": at(9), "category": "Rice"}
    tables = history(
        images=[again],
        comments=[comment(1), comment(1, known_at=at(20))],
        flags=[flag(2, known_at=at(20)), flag(2, known_at=at(10))],
    )
    assert column(tables, "comments_1hr") == [0, 1, 1]
    assert column(tables, "total_flags") == [0, 0, 1]
    assert column(tables, "category") == ["Soup"] * 3
    assert removed(tables) == {"duplicate_images": 1, "duplicate_comments": 1, "duplicate_flags": 1}


def test_user_image_count_takes_what_was_there_at_the_decision():
    """Images uploaded, known and not yet deleted by then, this one included, those of other people not."""
    others = [
        {"id": "before", "user_id": "u", "uploaded_at": at(-9000)},
        {"id": "at +5", "user_id": "u", "uploaded_at": at(5)},
        {"id": "known at +30", "user_id": "u", "uploaded_at": at(-9000), "known_at": at(30)},
        {"id": "deleted at +30", "user_id": "u", "uploaded_at": at(-9000), "deleted_at": at(30)},
        {"id": "another's", "user_id": "t", "uploaded_at": at(-9000)},
        {"id": "of no time", "user_id": "u", "uploaded_at": None},
    ]
    assert column(history(images=others), "user_image_count") == [3, 4, 4]


def test_an_image_counts_itself_even_where_its_row_was_known_late():
    """The decision is about the image, so it is there."""
    late = {"id": "x", "user_id": "n", "uploaded_at": START, "known_at": at(10)}
    tables = history(users=[{"id": "n", "created_at": START}], images=[late])
    assert column(tables, "user_image_count", "x") == [1, 1, 1]
    assert column(tables, "user_age_days", "x") == [0, 0, 0]


@pytest.mark.parametrize(("before", "days"), [(timedelta(days=1), 1), (timedelta(days=1) - TICK, 0), (timedelta(0), 0)])
def test_user_age_is_in_whole_days(before: timedelta, days: int):
    """A day is 24 hours, not a new date."""
    tables = history(
        users=[{"id": "n", "created_at": START - before}], images=[{"id": "x", "user_id": "n", "uploaded_at": START}]
    )
    assert column(tables, "user_age_days", "x") == [days] * 3


def test_images_in_error_are_rejected_with_a_reason():
    """No id, no time, before 1970, uploader unknown or younger than the upload; the rest goes on."""
    ancient = datetime(1969, 12, 31, 23, 59, 59, tzinfo=START.tzinfo)
    users = [{"id": "young", "created_at": START + TICK}, {"id": "ancient", "created_at": ancient}]
    images = [
        {"id": None, "user_id": "u", "uploaded_at": START},
        {"id": "a", "user_id": "u", "uploaded_at": None},
        {"id": "b", "user_id": "u", "uploaded_at": ancient},
        {"id": "c", "user_id": "nobody", "uploaded_at": START},
        {"id": "d", "user_id": None, "uploaded_at": START},
        {"id": "e", "user_id": "young", "uploaded_at": START},
        {"id": "f", "user_id": "ancient", "uploaded_at": START},
    ]
    result = computed(history(users=users, images=images))
    assert {(row["image_id"], row["reason"]) for row in result.rejected} == {
        (None, "image id is null"),
        ("a", "upload time is null"),
        ("b", "uploaded before 1970"),
        ("c", "uploader is unknown"),
        ("d", "uploader is unknown"),
        ("e", "account was created after the upload"),
        ("f", "account was created before 1970"),
    }
    assert result.rejected[0]["image_id"] == "b"
    assert result.rejected[-1]["image_id"] == "a"
    assert (result.summary.rows_in, result.summary.rows_out, result.summary.rows_rejected) == (8, 3, 7)
    assert result.summary.details["reasons"]["uploader is unknown"] == 2


def test_the_future_is_not_known_and_the_young_are_not_settled():
    """Images of year 9999 and images without their 24 hours are counted, and give neither rows nor errors."""
    images = [
        {"id": "a", "user_id": "u", "uploaded_at": datetime(9999, 12, 31, tzinfo=START.tzinfo)},
        {"id": "b", "user_id": "u", "uploaded_at": START, "known_at": AS_OF + TICK},
        {"id": "c", "user_id": "u", "uploaded_at": AS_OF - timedelta(hours=24) + TICK},
        {"id": "d", "user_id": "u", "uploaded_at": AS_OF - timedelta(hours=24)},
    ]
    far = {"created_at": datetime(9999, 12, 31, tzinfo=START.tzinfo), "id": "far", "user_id": "u"}
    result = computed(history(images=images, comments=[{**far, "image_id": "i"}], flags=[{**far, "image_id": "i"}]))
    assert {row["image_id"] for row in result.rows} == {"i"}
    assert result.rejected == []
    assert (result.summary.details["not_yet_known"], result.summary.details["not_settled"]) == (2, 1)


def test_events_that_lack_a_key_are_reported_and_ignored():
    """A null where none may be in comments and flags harms nothing."""
    comments = [comment(1, id=None), comment(1, image_id=None), comment(1, created_at=None)]
    flags = [flag(1, id=None), flag(1, image_id=None), flag(1, created_at=None)]
    result = computed(history(comments=comments, flags=flags))
    assert [row["comments_1hr"] + row["total_flags"] for row in result.rows] == [0, 0, 0]
    details = result.summary.details
    assert (details["incomplete_comments"], details["incomplete_flags"]) == (3, 3)


@pytest.mark.parametrize(("category", "unknown"), [("Pizza", 1), ("soup", 1), ("", 1), (None, 0), ("Soup", 0)])
def test_an_unknown_category_is_none_of_the_eleven(category: str | None, unknown: int):
    """Its text is kept as it is and the image is counted; no category at all is not unknown."""
    result = computed(history(images=[{"id": "x", "user_id": "u", "uploaded_at": START, "category": category}]))
    row = next(row for row in result.rows if row["image_id"] == "x")
    assert row["category"] == category
    assert sum(value for name, value in row.items() if name.startswith("category_")) == (category == "Soup")
    assert result.summary.details["unknown_category"] == unknown


@pytest.mark.parametrize(
    ("caption", "length"), [(None, 0), ("", 0), (" ", 1), ("Crème 🍮", 7), ("x" * 10_000_000, 10_000_000)]
)
def test_caption_length_counts_characters(caption: str | None, length: int):
    """Not bytes; ten megabytes are no trouble, and no caption has length 0."""
    tables = history(images=[{"id": "x", "user_id": "u", "uploaded_at": START, "caption": caption}])
    assert column(tables, "caption_length", "x") == [length] * 3
    assert column(tables, "has_caption", "x") == [length > 0] * 3


def test_the_interval_is_half_open():
    """An upload at its start is in, one at its end is out."""
    images = [
        {"id": "end", "user_id": "u", "uploaded_at": END},
        {"id": "in", "user_id": "u", "uploaded_at": END - TICK},
    ]
    assert {row["image_id"] for row in computed(history(images=images)).rows} == {"i", "in"}


def test_an_empty_interval_gives_no_rows():
    """Start equal to end is an interval without uploads, not an error."""
    assert computed(history(), Cut(AS_OF, START, START)).rows == []


def test_tables_of_zero_rows_give_zero_rows():
    """No image at all is no error."""
    result = computed({})
    assert (result.rows, result.rejected, result.summary.rows_in) == ([], [], 0)


def test_an_as_of_before_the_data_is_refused():
    """The message names the first image, so that the mistake is seen."""
    cut = Cut(START - TICK, START - timedelta(days=3), START - timedelta(days=2))
    with pytest.raises(
        ConfigurationError, match=r"as_of 2026-01-09T22:59:59.999999Z lies before the first image \(2026-01-09"
    ):
        computed(history(), cut)


def test_an_interval_that_is_not_settled_is_refused():
    """It must end 24 hours before as_of, and may end exactly there."""
    assert Cut(AS_OF, START, AS_OF - timedelta(hours=24)).check() is None
    with pytest.raises(ConfigurationError, match="less than 24 hours before as_of"):
        computed(history(), Cut(AS_OF, START, AS_OF - timedelta(hours=24) + TICK))
    with pytest.raises(ConfigurationError, match="before interval_start"):
        computed(history(), Cut(AS_OF, END, START))


def test_an_unknown_record_of_views_is_refused():
    """The message lists what there is."""
    with pytest.raises(ConfigurationError, match="events, windows, milestones"):
        computed(history(), CUT, "clicks")
