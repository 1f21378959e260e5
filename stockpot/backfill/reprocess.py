"""What a backfill runs."""

from enum import StrEnum


class Reprocess(StrEnum):
    """Which intervals run beside the missing ones: none, those tried in vain, those with late facts, or all."""

    NONE = "none"
    FAILED = "failed"
    LATE = "late"
    ALL = "all"
