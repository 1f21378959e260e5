"""When too many records are malformed for the others to be trusted."""

from collections import Counter

from components.shell.counts import counted, worded
from components.shell.errors import ContractError


def refuse_malformed(most: float, read: int, reasons: Counter[str], first: str) -> None:
    """Nothing, if at most the share `most` of the records read is malformed.

    Args:
        most: Largest share that is let pass, from 0 to 1.
        read: How many records there were.
        reasons: What was wrong, and with how many records.
        first: Where the first of them is.

    Raises:
        ContractError: more are malformed.
    """
    if reasons.total() > most * read:
        counts = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common(5))
        malformed = f"{reasons.total():,} of {counted(read, 'record')} {worded(reasons.total(), 'is', 'are')} malformed"
        raise ContractError(
            f"{malformed} ({counts}), the first at {first}", f"mend the producer, or raise most_rejected from {most}"
        )
