"""Which columns show their values on no page, told by their names."""

from components.shell.personal import Personal
from components.shell.redaction import names_secret

_PERSONAL = Personal()


def is_hidden(column: str, table: str = "") -> bool:
    """Whether the name says that what lies in the column is personal or secret."""
    return _PERSONAL.marks(table, column) or names_secret(column)
