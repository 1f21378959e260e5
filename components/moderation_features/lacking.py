"""Images before the interval that the table does not show as they are known now, whatever their times say.

A transaction may commit after a run has read the source, with rows that say that they were known before: by its times
such a row, or such a deletion, is new to no run. So what is known now is compared with what the table holds.
"""

import ibis.expr.types as ir

from components.moderation_features import events, population
from components.moderation_features.cut import Cut
from components.moderation_features.features import LABEL, is_flagged
from components.moderation_features.label import flags_to_label


def differing(classified: ir.Table, users: ir.Table, flags: ir.Table, cut: Cut, held: ir.Table) -> ir.Table:
    """The images uploaded within `cut` that the table does not show as they are known now: id and upload.

    They are to have rows and have none, have another label, or are to have no rows and have some.

    `classified` are the images with what excludes them, `users` those known at as_of; `held` has image and label of the
    table's rows.
    """
    accepted = population.accepted(classified)
    seen = events.flags(flags, accepted, users, cut)
    labels = seen.group_by("number").agg(**flags_to_label(seen))
    now = accepted.left_join(labels, "number")
    now = now.select("image_id", "uploaded_at", flagged=is_flagged(now))
    there = held.group_by("image_id").agg(was=held[LABEL].any())
    both = now.left_join(there, "image_id")
    changed = both.filter(both.was.isnull() | (both.was != both.flagged)).select("image_id", "uploaded_at")
    return changed.union(population.left_out(classified).semi_join(there, "image_id").select(*changed.columns))
