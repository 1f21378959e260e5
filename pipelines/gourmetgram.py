"""GourmetGram's events: what its topics hold, and how."""

from components.shell.events.definition import Event, Field, own_id, time

_IMAGE = Field("image_id")

# A time without an offset means UTC, since the product writes it so, of views alone.
VIEW = Event("view", time("viewed_at", zone="UTC"), columns=[_IMAGE])
COMMENT = Event("comment", time("created_at"), own_id("comment_id"), [_IMAGE])
# A flag on a comment is on no image.
FLAG = Event(
    "flag", time("created_at"), own_id("flag_id"), [Field("image_id", required=False, left_out_as="flags_on_no_image")]
)
EVENTS = {event.kind: event for event in (VIEW, COMMENT, FLAG)}
TOPICS = {"gourmetgram.views": VIEW.kind, "gourmetgram.comments": COMMENT.kind, "gourmetgram.flags": FLAG.kind}
