"""Numbers as numbers of another width: what fits comes as it is, what does not is unfit."""

import pyarrow as pa
import pyarrow.compute as pc


def narrowed(values: pa.Array, wanted: pa.DataType) -> tuple[pa.Array, pa.Array | None]:
    """The values as the wanted type, with nulls for those that do not fit; and which those are, if there are any.

    Every number fits in a floating one, which has the nearest.
    """
    if pa.types.is_floating(wanted):
        return values.cast(wanted, safe=False), None
    if pa.types.is_unsigned_integer(values.type):
        # Of these Arrow's own check lets some pass that do not fit, where others are null.
        values = values.cast(pa.int64())
    try:
        return values.cast(wanted), None
    except pa.ArrowInvalid:
        fits = pc.fill_null(_fits(values, wanted), False)
        held = pc.if_else(fits, values, pa.scalar(None, values.type))
        return held.cast(wanted, safe=False), pc.and_(values.is_valid(), pc.invert(fits))


def _fits(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Which values a whole number of the wanted type can be."""
    if not pa.types.is_floating(values.type):
        return pc.equal(values.cast(wanted, safe=False).cast(values.type, safe=False), values)
    # What a processor makes of a float that is no such number differs, so it is not asked.
    limit = float(2 ** (wanted.bit_width - 1))
    inside = pc.and_(pc.greater_equal(values, -limit), pc.less(values, limit))
    return pc.and_(inside, pc.equal(pc.trunc(values), values))
