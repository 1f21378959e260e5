"""What the model shall learn to foresee."""

from collections.abc import Mapping

import ibis.expr.types as ir


def flags_to_label(flags: ir.Table) -> Mapping[str, ir.IntegerScalar]:
    """The aggregate that counts an image's flags from the upload to 24 hours after it, both instants included.

    `flags` reach no further than that and hold what was known at as_of, whenever it became known: the label looks ahead
    of the decisions on purpose. Flags of test accounts do not count.
    """
    return {"flags_to_label": flags.count(where=flags.tester_at.isnull())}
