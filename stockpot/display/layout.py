"""Where the boxes of a graph go: layers from top to bottom, after Sugiyama, Tagawa and Toda (1981).

Each node stands one layer below the lowest it needs. An edge over several layers passes through a bend in each layer
between, so it never runs behind a box. Orders come from barycentres, positions from neighbours' means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from stockpot.display.graph import Needs, Path, ordered

_SWEEPS = 6
_BEND_WIDTH = 0.35


@dataclass(frozen=True)
class Bend:
    """Where the edge from `source` to `target` passes a layer."""

    source: Path
    target: Path
    layer: int


Slot = Path | Bend


@dataclass(frozen=True)
class Layout:
    """Positions in units of a box's width: `x` is the middle of a slot, counted from the left edge of the drawing."""

    layers: Sequence[Sequence[Slot]]
    x: Mapping[Slot, float]
    edges: Sequence[Sequence[Slot]]

    @property
    def width(self) -> float:
        """Width of the drawing."""
        return max((self.x[slot] + _width(slot) / 2 for layer in self.layers for slot in layer), default=0.0)


def layout(needs: Needs) -> Layout:
    """Layers, positions and edges, each edge as the slots it passes from top to bottom."""
    depth = _depths(needs)
    edges = [_edge(need, node, depth) for node in needs for need in needs[node]]
    layers = _initial_layers(depth, edges)
    above, below = _neighbours(edges)
    for _ in range(_SWEEPS):
        for previous, layer in pairwise(layers):
            _order(layer, above, previous)
        for following, layer in pairwise(layers[::-1]):
            _order(layer, below, following)
    return Layout(layers, _positions(layers, above, below), edges)


def _depths(needs: Needs) -> dict[Path, int]:
    depth: dict[Path, int] = {}
    for node in ordered(needs):
        depth[node] = 1 + max((depth[need] for need in needs[node]), default=-1)
    return depth


def _edge(source: Path, target: Path, depth: Mapping[Path, int]) -> list[Slot]:
    bends = [Bend(source, target, layer) for layer in range(depth[source] + 1, depth[target])]
    return [source, *bends, target]


def _initial_layers(depth: Mapping[Path, int], edges: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
    layers: list[list[Slot]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for node, layer in depth.items():
        layers[layer].append(node)
    for edge in edges:
        for slot in edge:
            if isinstance(slot, Bend):
                layers[slot.layer].append(slot)
    return layers


def _neighbours(edges: Sequence[Sequence[Slot]]) -> tuple[dict[Slot, list[Slot]], dict[Slot, list[Slot]]]:
    above: dict[Slot, list[Slot]] = {}
    below: dict[Slot, list[Slot]] = {}
    for edge in edges:
        for upper, lower in pairwise(edge):
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
    return above, below


def _order(layer: list[Slot], neighbours: Mapping[Slot, Sequence[Slot]], fixed: Sequence[Slot]) -> None:
    rank = {slot: index for index, slot in enumerate(fixed)}
    here = {slot: float(index) for index, slot in enumerate(layer)}
    layer.sort(key=lambda slot: fmean(rank[near] for near in neighbours[slot]) if neighbours.get(slot) else here[slot])


def _positions(
    layers: Sequence[Sequence[Slot]], above: Mapping[Slot, Sequence[Slot]], below: Mapping[Slot, Sequence[Slot]]
) -> dict[Slot, float]:
    x: dict[Slot, float] = {}
    for layer in layers:
        x.update(_spread(layer, [0.0] * len(layer)))
    for sweep in range(2 * _SWEEPS):
        near = above if sweep % 2 == 0 else below
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [fmean(x[other] for other in near[slot]) if near.get(slot) else x[slot] for slot in layer]
            x.update(_spread(layer, wanted))
    left = min((x[slot] - _width(slot) / 2 for slot in x), default=0.0)
    return {slot: position - left for slot, position in x.items()}


def _spread(layer: Sequence[Slot], wanted: Sequence[float]) -> dict[Slot, float]:
    """Positions as near to the wanted ones as order and widths allow: pushed right, then left, then the mean."""
    gaps = [(_width(one) + _width(two)) / 2 for one, two in pairwise(layer)]
    right, left = list(wanted), list(wanted)
    for index, gap in enumerate(gaps):
        right[index + 1] = max(right[index + 1], right[index] + gap)
    for index in range(len(gaps) - 1, -1, -1):
        left[index] = min(left[index], left[index + 1] - gaps[index])
    return {slot: (one + two) / 2 for slot, one, two in zip(layer, left, right, strict=True)}


def _width(slot: Slot) -> float:
    return _BEND_WIDTH if isinstance(slot, Bend) else 1.0
