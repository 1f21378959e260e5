"""Counts in words, so that one of something is said as one."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 row`, `12,345 rows`: so many of what `one` names; `many` where that is not `one` with an s."""
    return f"{number:,} {worded(number, one, many)}"


def worded(number: float | None, one: str, many: str = "") -> str:
    """What stands beside the number: `one` with 1, else `many`, which is `one` with an s where that is not given."""
    return one if number == 1 else many or f"{one}s"
