"""Linked pairs to groups: Leiden with the constant Potts model, then what holds a group together.

Connected components would join two operators through one bridge; Leiden CPM asks for a minimum density inside a
group and has no resolution limit, so small groups survive beside large ones (Traag, Van Dooren, Nesterov 2011).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import graspologic_native

_DENSITY = 0.05  # gamma: the least density at which accounts stay one group
_ITERATIONS = 8
_SEED = 1


class Edge(NamedTuple):
    """One pair and what stands behind it."""

    a: str
    b: str
    bits: float
    probability: float | None


@dataclass(frozen=True)
class Group:
    """Accounts that belong together, and the edges among them."""

    members: tuple[str, ...]
    edges: tuple[Edge, ...]

    def degrees(self) -> dict[str, int]:
        """Return the number of edges of each member."""
        count = dict.fromkeys(self.members, 0)
        for edge in self.edges:
            count[edge.a] += 1
            count[edge.b] += 1
        return count

    def weakest_bits(self) -> float:
        """Return the smallest edge of the maximum spanning tree: the link without which the group splits."""
        roots = {member: member for member in self.members}
        weakest = float("inf")
        for edge in sorted(self.edges, key=lambda edge: (-edge.bits, edge.a, edge.b)):
            root_a, root_b = _root(roots, edge.a), _root(roots, edge.b)
            if root_a != root_b:
                roots[root_b] = root_a
                weakest = edge.bits
        return weakest


def groups(edges: Iterable[Edge]) -> list[Group]:
    """Return the groups of two and more accounts, ordered by their smallest member."""
    ordered = sorted(edges)
    if not ordered:
        return []
    _, communities = graspologic_native.leiden(
        [(edge.a, edge.b, 1.0) for edge in ordered],
        resolution=_DENSITY,
        iterations=_ITERATIONS,
        use_modularity=False,
        seed=_SEED,
    )
    members: defaultdict[int, list[str]] = defaultdict(list)
    for account in sorted(communities):
        members[communities[account]].append(account)
    inside: defaultdict[int, list[Edge]] = defaultdict(list)
    for edge in ordered:
        if communities[edge.a] == communities[edge.b]:
            inside[communities[edge.a]].append(edge)
    found = [Group(tuple(names), tuple(inside[label])) for label, names in members.items() if len(names) > 1]
    return sorted(found, key=lambda group: group.members)


def bridges(group: Group) -> frozenset[str]:
    """Return the members without whom the rest would fall apart (articulation points, Hopcroft and Tarjan 1973)."""
    neighbors: defaultdict[str, list[str]] = defaultdict(list)
    for edge in group.edges:
        neighbors[edge.a].append(edge.b)
        neighbors[edge.b].append(edge.a)
    return frozenset(_articulation_points(group.members[0], neighbors))


def _articulation_points(start: str, neighbors: Mapping[str, list[str]]) -> set[str]:
    """Walk the graph depth first without recursion: a group of 24,000 must not overflow the stack."""
    order, low = {start: 0}, {start: 0}
    points: set[str] = set()
    stack = [(start, "", iter(neighbors[start]))]
    children_of_start = 0
    while stack:
        node, parent, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            if parent:
                low[parent] = min(low[parent], low[node])
                if parent != start and low[node] >= order[parent]:
                    points.add(parent)
        elif following not in order:
            order[following] = low[following] = len(order)
            children_of_start += node == start
            stack.append((following, node, iter(neighbors[following])))
        elif following != parent:
            low[node] = min(low[node], order[following])
    return points | ({start} if children_of_start > 1 else set())


def _root(roots: dict[str, str], node: str) -> str:
    while roots[node] != node:
        roots[node] = roots[roots[node]]
        node = roots[node]
    return node
