"""How much a pod on Argo may do: what our own steps need, or what a program of others may expect."""

from enum import StrEnum

HARDENED = "hardened"
"""What the profile of our own steps is called, and of all programs where the profile is `restricted`."""
ANNOTATION = "stockpot/profile"
"""Of a pod that is not hardened: it says which profile it has instead."""


class Profile(StrEnum):
    """How programs run that are no steps of `components`, which are always hardened.

    `compatible` is what KFP gives them: the image's user, its home, and a file system that can be written to.
    `restricted` hardens them as well, which the pod standard of that name asks for: another user, a file system that
    cannot be written to but for `/tmp`, which is the home too.
    """

    COMPATIBLE = "compatible"
    RESTRICTED = "restricted"
