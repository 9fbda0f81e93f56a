"""Which groups of accounts are linked, at a declared error rate that no other group in the log can move.

Every pair has an e-value, 2^bits, whose mean is at most 1 if the two accounts are independent. So has every account:
the mean of its e-values over all other accounts, e_i = (sum of 2^bits) / (N - 1), whatever their dependence. A group of
n accounts is accepted if each of them, by its links to its fellows alone, has e_i >= N / (alpha n). That is e-BH (Wang
and Ramdas 2022) on accounts, group by group. Let V be the accounts among the n that are independent of all others:
V / n <= sum over these of e_i alpha / N, and so, over all accepted groups,

    E[ sum over groups of V / n ]  <=  alpha

for any partition into groups, any dependence between pairs, and any number of campaigns: what is said about one group
depends on its own links and on the size of the population. With m = N (N - 1) / 2 pairs that reads: toward its n - 1
fellows each account shows log2(m / alpha) - log2(n (n - 1) / 2) bits on average (of likelihood ratios). A pair (n = 2)
meets the Bonferroni floor log2(m / alpha). However large a group, no link has less than `least` bits (docs/method.md,
ADR 20).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forensics.analyze.graph import DENSITY, Flags, Group, Integers, Links, Reals, components, connected, groups

_NOBODY = -1
_BETWEEN = 0.05  # operators are two if the links between them are less than this share as dense as those of both ...
_LOST = 0.05  # ... and if either would be found without the other, but for this share of the accounts


@dataclass(frozen=True)
class Gate:
    """What a group must show: the bits a lone pair needs, and the bits every link needs."""

    floor: float
    least: float

    def needed(self, size: int) -> float:
        """Return the bits that each account of so large a group must show toward its fellows, on average."""
        return self.floor - float(np.log2(size * (size - 1) / 2))

    def false_share(self, group: Group, alpha: float) -> Reals:
        """Return for each link the least expected share of false accounts at which both of its ends are accepted.

        These are the q-values of e-BH inside the group, of the weaker end: at most alpha.
        """
        strength = group.toward() * (len(group.members) - 1)
        order = np.argsort(-strength, kind="stable")
        share = alpha * 2.0 ** (self.floor + 1) / (strength[order] * np.arange(1, len(order) + 1))
        own = np.empty(len(order))
        own[order] = np.minimum.accumulate(share[::-1])[::-1]
        ends = (own[np.searchsorted(group.members, side)] for side in (group.links.first, group.links.second))
        weaker: Reals = np.maximum(*ends)
        return weaker

    def enough(self, strength: Reals, label: Integers | None = None) -> Flags:
        """Tell which accounts e-BH accepts by the sum of the e-values of each: the k strongest, for the largest k.

        With labels, each label is a test of its own.
        """
        label = np.zeros(len(strength), np.int64) if label is None else label
        order = np.lexsort((-strength, label))
        begins = np.searchsorted(label[order], label[order])
        ranks = np.arange(1, len(order) + 1) - begins
        passing = np.where(strength[order] * ranks >= 2.0 ** (self.floor + 1), ranks, 0)
        chosen = np.empty(len(order), np.bool_)
        names, starts = np.unique(label[order], return_index=True)
        largest = np.maximum.reduceat(passing, starts)
        chosen[order] = ranks <= largest[np.searchsorted(names, label[order])]
        return chosen


def accepted(links: Links, gate: Gate) -> Iterator[Group]:
    """Yield the accepted groups, disjoint, those with the weakest links first.

    Links count from the least bits on, then from one bit more, up to the floor of a lone pair: what is found late is
    what weak links would join to others. An account belongs to the first group that passes. The choice may depend on
    the evidence: the bound holds for all.
    """
    for bits in _floors(gate):
        links = _promising(links.where(links.bits >= bits), gate)
        passed = [
            whole
            for part in connected(links)
            for community in groups(part)
            for group in standing(community, gate)
            for whole in apart(group, gate)
        ]
        owner = np.full(int(links.second.max(initial=0)) + 1, _NOBODY)
        for number, whole in enumerate(passed):
            owner[whole.members] = number
        for number, whole in enumerate(passed):
            first, second = owner[links.first], owner[links.second]
            own = np.isin(first, [number, _NOBODY]) & np.isin(second, [number, _NOBODY])
            found = _grown(whole, links.where(own), gate) if (own & (first != second)).any() else whole
            owner[found.members] = number
            yield found
        links = links.where((owner[links.first] == _NOBODY) & (owner[links.second] == _NOBODY))


def apart(group: Group, gate: Gate) -> Iterator[Group]:
    """Yield the operators of a group: each accepted without the others, and thin between.

    Leiden's density is one for all groups, and may join two large operators over a hundredth of their pairs.
    """
    thin = _BETWEEN * group.density()
    communities = groups(group.links, thin) if thin > DENSITY else []
    parts = _whole([part for each in communities for part in standing(each, gate)], group.links, thin)
    if len(parts) <= 1 or sum(len(part.members) for part in parts) < (1 - _LOST) * len(group.members):
        yield from _held(group, gate)
        return
    for part in parts:
        yield from apart(part, gate)


def _held(group: Group, gate: Gate) -> Iterator[Group]:
    """Yield the group without members that hang on by a link or two: a drawn one may stand for thousands of pairs.

    A link to one of the others that would hold a lone pair holds here, too.
    """
    degrees = group.degrees()
    loose = degrees < _BETWEEN * degrees.mean()
    if not loose.any():
        yield group
        return
    strong = group.links.where(group.links.bits >= gate.floor)
    firm = group.members[~loose]
    fast = np.concatenate([strong.second[np.isin(strong.first, firm)], strong.first[np.isin(strong.second, firm)]])
    links = group.links.without(group.members[loose & ~np.isin(group.members, fast)])
    for part in connected(links) if len(links) else ():
        yield from standing(Group(part.accounts(), part), gate)


def _whole(parts: list[Group], links: Links, thin: float) -> list[Group]:
    """Return the parts, those in one that are linked more densely than `thin`: Leiden may stop before it joins them."""
    sizes = np.array([len(part.members) for part in parts])
    owner = np.full(int(links.second.max(initial=0)) + 1, _NOBODY)
    for number, part in enumerate(parts):
        owner[part.members] = number
    links = links.where((owner[links.first] != _NOBODY) & (owner[links.second] != _NOBODY))
    between = np.zeros((len(parts), len(parts)))
    np.add.at(between, (owner[links.first], owner[links.second]), links.weight)
    dense = np.argwhere(np.triu(between + between.T, 1) >= thin * np.outer(sizes, sizes))
    for one, other in dense:
        owner[owner == owner[parts[other].members[0]]] = owner[parts[one].members[0]]
    return [
        Group(
            np.flatnonzero(owner == number),
            links.where((owner[links.first] == number) & (owner[links.second] == number)),
        )
        for number in np.unique(owner[owner != _NOBODY])
    ]


def _grown(group: Group, links: Links, gate: Gate) -> Group:
    """Return the group with the accounts that no other took and that are linked to as many of it as Leiden asks for.

    A community may hold accounts that are dense among themselves and too few to pass alone.
    """
    while True:
        inside = np.isin(links.first, group.members), np.isin(links.second, group.members)
        beside = links.where(inside[0] ^ inside[1])
        outer = np.where(inside[0], links.second, links.first)[inside[0] ^ inside[1]]
        near, place = np.unique(outer, return_inverse=True)
        weight = np.bincount(place, beside.weight, len(near))
        enough = np.bincount(place, minlength=len(near)) >= _BETWEEN * group.degrees().mean()
        union = np.union1d(group.members, near[enough & (weight > DENSITY * len(group.members))])
        within = links.where(np.isin(links.first, union) & np.isin(links.second, union))
        largest = max(standing(Group(union, within), gate), key=lambda part: len(part.members), default=group)
        if len(largest.members) <= len(group.members):
            return group
        group = largest


def _floors(gate: Gate) -> Reals:
    steps = np.arange(gate.floor, gate.least, -1.0)[::-1]
    return np.concatenate([[gate.least], steps]) if gate.least < gate.floor else np.array([gate.floor])


def _promising(links: Links, gate: Gate) -> Links:
    """Return the links of accounts that would be accepted if all that are connected to them were one group.

    Others are in no group. Ranks count within a connected component, so a campaign keeps nobody beside another group.
    """
    while len(links):
        accounts, label = components(links)
        chosen = gate.enough(Group(accounts, links).strength(), label)
        if chosen.all():
            break
        kept = accounts[chosen]
        links = links.where(np.isin(links.first, kept) & np.isin(links.second, kept))
    return links


def standing(group: Group, gate: Gate) -> Iterator[Group]:
    """Yield the parts of a group in which every account shows enough toward those that are left."""
    pending = [group]
    while pending:
        part = pending.pop()
        size = len(part.members)
        chosen = gate.enough(part.toward() * (size - 1))
        if chosen.all():
            yield part
            continue
        kept = part.members[chosen]
        links = part.links.where(np.isin(part.links.first, kept) & np.isin(part.links.second, kept))
        if not len(links):
            continue
        pending += [Group(one.accounts(), one) for one in reversed(connected(links))]
