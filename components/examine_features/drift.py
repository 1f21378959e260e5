"""How far two distributions are apart."""

import numpy as np

from components.examine_features.ranges import Counts, Floats

STABLE, SHIFTED = 0.1, 0.25
_BINS = 10
# An empty bin counts as this share, for the logarithm of nothing has no value.
_FLOOR = 1e-4


def stability_index(reference: Counts, current: Counts) -> float | None:
    """The population stability index of two histograms over the same fine bins; None where one is empty.

    The bins are the tenths of the reference. PSI = sum over them of (p - q) * ln(p / q), p and q being the shares
    (Siddiqi, Credit Risk Scorecards, 2006): below 0.1 nothing has changed, above 0.25 much has.
    """
    if not reference.sum() or not current.sum():
        return None
    edges = _tenths(reference)
    before, after = _shares(reference, edges), _shares(current, edges)
    return float(((after - before) * np.log(after / before)).sum())


def verdict(index: float | None) -> str:
    """The index in a word: stable, shifted or drifted; unknown where there is none."""
    if index is None:
        return "unknown"
    return "stable" if index < STABLE else "shifted" if index < SHIFTED else "drifted"


def _tenths(counts: Counts) -> list[int]:
    """The first fine bin of each tenth; a value that fills several tenths has one."""
    so_far = np.cumsum(counts)
    wanted = so_far[-1] * np.arange(1, _BINS) / _BINS
    return [
        0,
        *sorted({int(bin_index) + 1 for bin_index in np.searchsorted(so_far, wanted) if bin_index + 1 < len(counts)}),
    ]


def _shares(counts: Counts, edges: list[int]) -> Floats:
    shares: Floats = np.maximum(np.add.reduceat(counts, edges) / counts.sum(), _FLOOR)
    return shares
