"""Which groups of pairs are linked, at a declared error rate that no other group in the log can move.

Every pair has an e-value, 2^bits, whose mean is at most 1 if the two accounts are independent. A group is accepted
if each of its links has at least log2(m / (alpha * k)) bits, where m is the number of pairs in the population and k
the number of links **inside this group**. That is e-BH (Wang and Ramdas 2022), group by group. Let V be the links of
independent accounts among the k: V / k <= sum over these of e * alpha / m, and so, over all accepted groups,

    E[ sum over groups of V / k ]  <=  alpha

for any partition into groups, any dependence between pairs, and any number of campaigns: what is said about one group
depends on its own links and on the size of the population. A pair (k = 1) meets the Bonferroni floor log2(m / alpha).
However large a group, no link has less than `least` bits (docs/method.md, ADR 10).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forensics.analyze.graph import DENSITY, Group, Links, Reals, components, groups


@dataclass(frozen=True)
class Gate:
    """What a group must show: the bits a lone pair needs, and the bits every link needs."""

    floor: float
    least: float

    def needed(self, bits: float) -> float:
        """Return how many links a group needs if its weakest has so many bits."""
        return float(2.0 ** (self.floor - bits))

    def false_share(self, group: Group, alpha: float) -> Reals:
        """Return for each link the least share of false links, in expectation, at which it is accepted.

        These are the q-values of e-BH inside the group: monotone in the bits, at most alpha.
        """
        order = np.argsort(-group.links.bits, kind="stable")
        size = len(group.members)
        counted = np.minimum(np.cumsum(group.links.weight[order]), size * (size - 1) / 2)
        share = alpha * 2.0 ** (self.floor - group.links.bits[order]) / counted
        least_later = np.minimum.accumulate(share[::-1])[::-1]
        found = np.empty(len(order))
        found[order] = least_later
        return found


def accepted(links: Links, gate: Gate) -> Iterator[Group]:
    """Yield the accepted groups, disjoint, the largest ones first.

    Floors are tried from the lowest (only a large group can pass) to that of a lone pair, one bit at a time; an
    account belongs to the first group that passes. The choice may depend on the evidence: the bound holds for all.
    """
    for bits in _floors(gate):
        links = links.where(links.bits >= bits)
        for group in groups(_promising(links, gate.needed(bits))):
            if group.weight() >= gate.needed(bits):
                yield group
                taken = np.isin(links.first, group.members) | np.isin(links.second, group.members)
                links = links.where(~taken)


def _floors(gate: Gate) -> Reals:
    steps = np.arange(gate.floor, gate.least, -1.0)[::-1]
    return np.concatenate([[gate.least], steps]) if gate.least < gate.floor else np.array([gate.floor])


def _promising(links: Links, needed: float) -> Links:
    """Return the links that can lie in a group of so many: in a dense part, and in a component that has enough of them.

    A group of k links has sqrt(2 k) members at least, each linked to DENSITY of the others: what hangs on fewer links
    goes, and then what hung on that. Chance links are scattered; without this the search spends its time on them.
    """
    least = DENSITY * (np.sqrt(2 * needed) - 1)
    while len(links):
        accounts = links.accounts()
        first, second = np.searchsorted(accounts, links.first), np.searchsorted(accounts, links.second)
        degree = np.bincount(first, links.weight, len(accounts)) + np.bincount(second, links.weight, len(accounts))
        dense = (degree[first] >= least) & (degree[second] >= least)
        if dense.all():
            break
        links = links.where(dense)
    if not len(links):
        return links
    accounts, label = components(links)
    own = label[np.searchsorted(accounts, links.first)]
    return links.where(np.bincount(own, weights=links.weight, minlength=len(accounts))[own] >= needed)
