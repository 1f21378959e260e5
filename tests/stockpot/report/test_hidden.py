"""What a page shows of no row."""

import pytest

from stockpot.report.hidden import is_hidden


@pytest.mark.parametrize(
    "name", ["email", "access_token", "review_text", "clean_text", "text", "comment", "user_message"]
)
def test_personal_secret_and_written_columns_are_hidden(name: str) -> None:
    """What people have written may hold anybody's address."""
    assert is_hidden(name, "retail.reviews")


@pytest.mark.parametrize("name", ["rating", "context", "textile", "message_count", "article_id", "comments_5min"])
def test_others_are_shown(name: str) -> None:
    """Words that only look alike hide nothing."""
    assert not is_hidden(name, "retail.reviews")
