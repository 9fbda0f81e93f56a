"""Scored pairs as a graph in columns: communities, and what holds a group together.

Connected components would join two operators through one bridge; Leiden CPM asks for a minimum density inside a
group and has no resolution limit, so small groups survive beside large ones (Traag, Van Dooren, Nesterov 2011).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self, TypeAlias

import graspologic_native
import numpy as np
import numpy.typing as npt

DENSITY = 0.01  # gamma: accounts stay one group at a hundred times the density of chance links (13.3 bits)
_ITERATIONS = 3
_SEED = 1

Integers: TypeAlias = npt.NDArray[np.int64]
Reals: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Links:
    """Pairs of accounts as columns: two account numbers (the smaller first), bits, and how many pairs each stands for.

    `weight` is 1 for a pair of a value whose pairs were all scored, and the inverse of its chance to be scored
    (Horvitz and Thompson 1952) for a pair of a ring.
    """

    first: Integers
    second: Integers
    bits: Reals
    weight: Reals

    def __len__(self) -> int:
        return len(self.first)

    def where(self, chosen: Flags | Integers) -> Self:
        """Return some of the links."""
        return type(self)(self.first[chosen], self.second[chosen], self.bits[chosen], self.weight[chosen])

    def without(self, accounts: Integers) -> Self:
        """Return the links that end at none of these accounts."""
        return self.where(~(np.isin(self.first, accounts) | np.isin(self.second, accounts)))

    def accounts(self) -> Integers:
        """Return the numbers of all accounts that have a link, in order."""
        return np.unique(np.concatenate([self.first, self.second]))


@dataclass(frozen=True)
class Group:
    """Accounts that belong together (their numbers, in order), and the links among them."""

    members: Integers
    links: Links

    def strength(self) -> Reals:
        """Return for each member the sum of the likelihood ratios of its links, each for the pairs it stands for."""
        return self._summed(self.links.weight * 2.0**self.links.bits)

    def toward(self) -> Reals:
        """Return the likelihood ratio each member shows toward a fellow, on average (no link: zero).

        A member whose draws stand for more pairs than it has fellows is averaged over these.
        """
        return self.strength() / np.maximum(len(self.members) - 1, self._summed(self.links.weight))

    def _summed(self, values: Reals) -> Reals:
        ends = np.searchsorted(self.members, np.concatenate([self.links.first, self.links.second]))
        return np.bincount(ends, np.concatenate([values, values]), len(self.members)).astype(np.float64)

    def density(self) -> float:
        """Return the share of the pairs of members that its links stand for."""
        size = len(self.members)
        return min(1.0, float(self.links.weight.sum()) / (size * (size - 1) / 2))

    def degrees(self) -> Integers:
        """Return the number of links of each member."""
        ends = np.concatenate([self.links.first, self.links.second])
        return np.bincount(np.searchsorted(self.members, ends), minlength=len(self.members)).astype(np.int64)

    def strongest(self, values: Reals) -> Reals:
        """Return the largest value among the links of each member; `values` has one for each link."""
        best = np.full(len(self.members), -np.inf)
        for ends in (self.links.first, self.links.second):
            np.maximum.at(best, np.searchsorted(self.members, ends), values)
        return best

    def weakest_bits(self) -> float:
        """Return the smallest link of the maximum spanning tree: the one without which the group splits."""
        levels = np.unique(self.links.bits)
        low, high = 0, len(levels) - 1  # the largest floor at which the group is still connected
        while low < high:
            middle = (low + high + 1) // 2
            kept = self.links.where(self.links.bits >= levels[middle])
            whole = len(kept.accounts()) == len(self.members) and len(np.unique(components(kept)[1])) == 1
            low, high = (middle, high) if whole else (low, middle - 1)
        return float(levels[low])


def components(links: Links) -> tuple[Integers, Integers]:
    """Return the accounts of the links and, for each, the position of the first account connected to it."""
    accounts = links.accounts()
    first, second = np.searchsorted(accounts, links.first), np.searchsorted(accounts, links.second)
    label = np.arange(len(accounts))
    while True:
        lowest = np.minimum(label[first], label[second])
        following = label.copy()
        for ends in (label[first], label[second]):  # hook whole trees, not single accounts
            np.minimum.at(following, ends, lowest)
        for ends in (first, second):
            np.minimum.at(following, ends, lowest)
        following = following[following]  # pointer jumping (Shiloach and Vishkin 1982)
        if np.array_equal(following, label):
            return accounts, label
        label = following


def connected(links: Links) -> list[Links]:
    """Return the links of each connected component, ordered by its first account."""
    accounts, label = components(links)
    own = label[np.searchsorted(accounts, links.first)]
    order = np.argsort(own, kind="stable")
    bounds = np.flatnonzero(np.diff(own[order], prepend=-1, append=-1))
    return [links.where(order[begin:end]) for begin, end in pairwise(bounds)]


def groups(links: Links, density: float = DENSITY) -> list[Group]:
    """Return the communities of two and more accounts, ordered by their first member."""
    if not len(links):
        return []
    accounts = links.accounts()
    first, second = np.searchsorted(accounts, links.first), np.searchsorted(accounts, links.second)
    label = _communities(first, second, links.weight, len(accounts), density)
    inside = label[first] == label[second]
    links, link_label = links.where(inside), label[first][inside]
    order = np.argsort(link_label, kind="stable")
    links, link_label = links.where(order), link_label[order]
    names, starts = np.unique(link_label, return_index=True)
    ends = np.append(starts[1:], len(link_label))
    by_label = np.argsort(label, kind="stable")
    bounds = np.searchsorted(label[by_label], names), np.searchsorted(label[by_label], names, side="right")
    found = [
        Group(accounts[by_label[begin:end]], links.where(np.arange(start, stop)))
        for begin, end, start, stop in zip(*bounds, starts, ends, strict=True)
    ]
    return sorted(found, key=lambda group: int(group.members[0]))


def _communities(first: Integers, second: Integers, weight: Reals, size: int, density: float) -> Integers:
    """Return the community of each node. The adjacency is symmetric with sorted rows: the order of links is moot.

    Weights are scaled to at most 1, and the density with them: the library breaks a community up where they are large.
    """
    most = float(weight.max())
    rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((columns, rows))
    pointers = np.searchsorted(rows[order], np.arange(size + 1))
    _, communities = graspologic_native.leiden_csr(
        pointers.astype(np.int64),
        columns[order].astype(np.int32),
        np.concatenate([weight, weight])[order] / most,
        size,
        resolution=density / most,
        iterations=_ITERATIONS,
        use_modularity=False,
        seed=_SEED,
    )
    label = np.empty(size, np.int64)
    label[np.fromiter(communities.keys(), np.int64, size)] = np.fromiter(communities.values(), np.int64, size)
    return label


def bridges(group: Group) -> Flags:
    """Tell which members the rest would fall apart without (articulation points, Hopcroft and Tarjan 1973).

    An account that hangs on by another alone is no part: the other is a bridge only between parts of two and more, or
    where nobody else is connected.
    """
    size = len(group.members)
    first = np.searchsorted(group.members, group.links.first)
    second = np.searchsorted(group.members, group.links.second)
    rows, columns = np.concatenate([first, second]), np.concatenate([second, first])
    order = np.lexsort((columns, rows))
    pointers = np.searchsorted(rows[order], np.arange(size + 1)).tolist()
    return _cut_points(pointers, columns[order].tolist())


def _cut_points(pointers: list[int], neighbors: list[int]) -> Flags:
    """Walk a connected graph depth first without recursion: a group of 24,000 must not overflow the stack."""
    size = len(pointers) - 1
    seen, low, place, below = [-1] * size, [0] * size, pointers[:-1], [1] * size
    parts, large, away = (
        [0] * size for _ in range(3)
    )  # cut off by each account: parts, those of two and more, accounts
    seen[0], count = 0, 1
    stack = [(0, -1)]
    while stack:
        node, parent = stack[-1]
        if place[node] == pointers[node + 1]:
            stack.pop()
            if parent >= 0:
                low[parent] = min(low[parent], low[node])
                below[parent] += below[node]
                if low[node] >= seen[parent]:
                    parts[parent] += 1
                    large[parent] += below[node] > 1
                    away[parent] += below[node]
            continue
        following = neighbors[place[node]]
        place[node] += 1
        if seen[following] < 0:
            seen[following] = low[following] = count
            count += 1
            stack.append((following, node))
        elif following != parent:
            low[node] = min(low[node], seen[following])
    rest = size - 1 - np.array(away)  # what is left on the side of the first account; of that one nothing
    cut: Flags = (np.array(parts) + (rest > 0) > 1) & (np.array(large) + (rest > 1) != 1)
    return cut
