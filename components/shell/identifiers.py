"""Names of tables, columns and roles in SQL."""


def quoted(name: str) -> str:
    """The name as SQL has it, whatever is in it: spaces, quotation marks, or one of SQL's own words."""
    return '"' + name.replace('"', '""') + '"'
