"""The rows of the sample, as the newer source system holds them; the older one knows fewer columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class User:
    """An account."""

    id: UUID
    username: str
    created_at: datetime
    tos_version_accepted: int | None
    tos_accepted_at: datetime | None
    country_of_residence: str | None
    year_of_birth: int | None
    is_test_account: bool


@dataclass(frozen=True)
class Image:
    """An upload; `views` is the running total that the source keeps."""

    id: UUID
    user_id: UUID
    s3_url: str
    caption: str | None
    category: str | None
    uploaded_at: datetime
    views: int
    source: str
    deleted_at: datetime | None


@dataclass(frozen=True)
class Comment:
    """A comment on an image."""

    id: UUID
    image_id: UUID
    user_id: UUID
    content: str
    created_at: datetime
    deleted_at: datetime | None
    moderator_hidden: bool


@dataclass(frozen=True)
class Flag:
    """A flag on an image or on a comment, never on both."""

    id: UUID
    user_id: UUID
    image_id: UUID | None
    comment_id: UUID | None
    reason: str
    created_at: datetime
    review_status: str


@dataclass(frozen=True)
class Milestone:
    """The moment in which an image's views reached 10, 100 or 1000."""

    id: UUID
    image_id: UUID
    milestone_type: str
    milestone_value: int
    reached_at: datetime


@dataclass(frozen=True)
class View:
    """One view, as the topic carries it: Postgres keeps only totals and milestones."""

    image_id: UUID
    viewed_at: datetime


@dataclass(frozen=True)
class Sample:
    """Everything the source system holds at one moment."""

    users: Sequence[User]
    images: Sequence[Image]
    comments: Sequence[Comment]
    flags: Sequence[Flag]
    image_milestones: Sequence[Milestone]
    views: Sequence[View]
