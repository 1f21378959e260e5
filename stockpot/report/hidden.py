"""Which columns show their values on no page, told by their names."""

import re

from components.shell.personal import Personal
from components.shell.redaction import names_secret

_PERSONAL = Personal()
# What people have written may hold anything: `review_text`, `comment`.
_WRITTEN = re.compile(r"(?:.*_)?(?:text|comment|message|body)")


def is_hidden(column: str, table: str = "") -> bool:
    """Whether the name says that what lies in the column is personal or secret, or what somebody has written."""
    return _PERSONAL.marks(table, column) or names_secret(column) or bool(_WRITTEN.fullmatch(column))
