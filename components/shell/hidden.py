"""Which columns show their values on no page, by their names."""

import re

from components.shell.personal import Personal
from components.shell.redaction import names_secret

_PERSONAL = Personal()
# What people have written may hold anything: `review_text`, `comment`.
_WRITTEN = re.compile(r"(?:.*_)?(?:text|comment|message|body)")
# A number of tokens says how much a model has read.
_TOKENS = re.compile(r"(?:.*_)?(?:tokens|token_count)(?:_.*)?")


def is_hidden(column: str, table: str = "", *, is_text: bool = True) -> bool:
    """Whether the name says that what lies in the column is personal or secret, or a text that somebody has written."""
    if _PERSONAL.marks(table, column):
        return True
    if is_text:
        return names_secret(column) or bool(_WRITTEN.fullmatch(column))
    return names_secret(column) and not _TOKENS.fullmatch(column)


def is_id(column: str) -> bool:
    """Whether the column says which row it is, or what it was made from, not what it is like."""
    return column == "id" or column.endswith(("_id", "_snapshot"))
