"""What a page shows of no row."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from components.shell.hidden import is_hidden
from components.shell.schema.pictures import Bars, Grid, Histogram, Picture, Tail
from stockpot.report.pictures.measure import measure
from stockpot.report.pictures.model import Nothing
from stockpot.report.pictures.source import Commit, Wanted


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


@pytest.mark.parametrize("name", ["tokens", "n_tokens", "token_count", "has_comment", "n_text"])
def test_numbers_are_no_texts(name: str) -> None:
    """Of a model's tokens there are many, and a comment is there or not: neither says what anybody wrote."""
    assert not is_hidden(name, "retail.reviews", is_text=False)


@pytest.mark.parametrize("name", ["phone", "card_number", "latitude", "login_token", "password"])
def test_personal_and_secret_numbers_are_hidden(name: str) -> None:
    """A number is known as well as a text."""
    assert is_hidden(name, "retail.customers", is_text=False)


class _People:
    """Rows of people, as a run has committed them."""

    def rows(self, _table: str) -> ds.Dataset:
        """Two of them."""
        rows = {"phone": [491700000001, 491700000002], "name": ["Anna", "Ben"], "paid": [1, 2], "tokens": [3, 4]}
        return ds.dataset(pa.table(rows))

    def history(self, _table: str, _wanted: Wanted) -> None:
        """Nothing."""

    def commits(self, _table: str) -> Sequence[Commit]:
        """None."""
        return ()


@pytest.mark.parametrize(
    ("picture", "hidden"),
    [
        (Bars("phone"), "phone"),
        (Histogram("phone"), "phone"),
        (Bars("name"), "name"),
        (Grid("paid", "name"), "name"),
        (Grid("paid", "paid", mean="phone"), "phone"),
        (Histogram("tokens"), ""),
        (Bars("paid"), ""),
        (Tail("phone"), ""),
    ],
    ids=repr,
)
def test_pictures_show_no_personal_value(picture: Picture, hidden: str) -> None:
    """One of whom there is how often says nothing of them; a title or a bar would name them."""
    (drawn,) = measure(picture, _People(), "shop.customers")
    reason = drawn.reason if isinstance(drawn, Nothing) else ""
    assert reason == (f"'{hidden}' is personal or secret, as its name says" if hidden else "")
