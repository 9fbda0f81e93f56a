"""The gate of a group: what it lets pass, and that no other group can move it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.analyze.gate import Gate, accepted, apart
from forensics.analyze.graph import Group, Links, bridges, components, groups
from forensics.analyze.group import core

ALPHA = 0.05
GATE = Gate(floor=30.0, least=13.3)


def links(pairs: list[tuple[int, int]], bits: float | list[float], weight: float = 1.0) -> Links:
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    strength = np.full(len(ordered), bits) if isinstance(bits, float) else np.array(bits)
    first, second = (np.array([pair[side] for pair in ordered], np.int64) for side in (0, 1))
    return Links(first, second, strength, np.full(len(ordered), weight))


def clique(first: int, size: int) -> list[tuple[int, int]]:
    return [(a, b) for a in range(first, first + size) for b in range(a + 1, first + size)]


def joined(*parts: Links) -> Links:
    columns = [
        np.concatenate([getattr(part, name) for part in parts]) for name in ("first", "second", "bits", "weight")
    ]
    order = np.lexsort((columns[1], columns[0]))
    return Links(*(column[order] for column in columns))


def members(found: list[Group]) -> list[list[int]]:
    return sorted(group.members.tolist() for group in found)


@pytest.mark.parametrize(("bits", "held"), [(29.9, False), (30.0, True)])
def test_one_link_holds_an_account_to_a_group_if_it_would_hold_a_pair(bits: float, held: bool) -> None:
    """Six in a clique, and one who is linked to one of them alone."""
    both = joined(links(clique(0, 6), 20.0), links([(5, 6)], bits))
    assert core(Group(np.arange(7), both), GATE.floor).tolist() == [True] * 6 + [held]


@pytest.mark.parametrize(("bits", "passes"), [(29.9, False), (30.0, True)])
def test_a_lone_pair_needs_the_bonferroni_floor(bits: float, passes: bool) -> None:
    assert bool(list(accepted(links([(1, 2)], bits), GATE))) is passes


def test_a_group_of_forty_needs_less_by_the_logarithm_of_its_pairs() -> None:
    needed = GATE.needed(40)
    assert needed == 30 - float(np.log2(780))
    assert members(list(accepted(links(clique(0, 40), needed + 0.01), GATE))) == [list(range(40))]
    assert list(accepted(links(clique(0, 40), needed - 0.01), GATE)) == []


def test_an_account_needs_its_evidence_toward_few_or_many() -> None:
    """Forty accounts with one strong link each, and weak ones to all others, each count as one."""
    pairs = clique(0, 40)
    strong = {(a, a + 1) for a in range(0, 40, 2)}
    enough = 1 + 30 - float(np.log2(40))  # of the sum of likelihood ratios
    found = accepted(links(pairs, [enough if pair in strong else 14.0 for pair in pairs]), GATE)
    assert members(list(found)) == [list(range(40))]
    found = accepted(links(pairs, [enough - 0.5 if pair in strong else 14.0 for pair in pairs]), GATE)
    assert list(found) == []


def test_an_account_that_shows_too_little_is_left_out_and_the_rest_stands() -> None:
    hanger = [(account, 40) for account in range(20)]
    found = accepted(joined(links(clique(0, 40), 25.0), links(hanger, 15.0)), GATE)
    assert members(list(found)) == [list(range(40))]


def test_no_group_however_large_passes_below_the_least_bits() -> None:
    assert list(accepted(links(clique(0, 300), 13.2), GATE)) == []


def test_a_campaign_changes_nothing_about_any_other_group() -> None:
    weak, pair = links(clique(1000, 12), 20.0), links([(2000, 2001)], 31.0)
    alone = members(list(accepted(joined(weak, pair), GATE)))
    beside = members(list(accepted(joined(links(clique(0, 300), 16.0), weak, pair), GATE)))
    assert alone == [[2000, 2001]]
    assert beside == [list(range(300)), [2000, 2001]]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_a_campaign_changes_no_cut_of_a_group_with_hangers_on(seed: int) -> None:
    """Two dense groups near the floor, links of any strength between them: beside a campaign they are cut alike."""
    random = np.random.default_rng(seed)
    pairs = [
        pair for pair in clique(1000, 24) if random.random() < (0.9 if (pair[0] < 1012) == (pair[1] < 1012) else 0.2)
    ]
    near = links(pairs, [float(bits) for bits in random.uniform(14, 27, len(pairs))])
    alone = members(list(accepted(near, GATE)))
    beside = members(list(accepted(joined(links(clique(0, 300), 16.0), near), GATE)))
    assert beside == [list(range(300)), *alone]


def test_the_share_of_false_accounts_summed_over_groups_stays_below_alpha() -> None:
    """E-values of strangers: the calibrator of a uniform p, shared by all pairs of an account, mean at most 1."""
    random, accounts, worlds = np.random.default_rng(7), 60, 400
    pairs = clique(0, accounts)
    gate = Gate(float(np.log2(len(pairs) / ALPHA)), 0.0)
    wrong = 0
    for _ in range(worlds):
        own = 0.1 * random.random(accounts) ** -0.9
        strength = [float(np.log2(np.sqrt(own[a] * own[b]))) for a, b in pairs]
        wrong += sum(1 for _ in accepted(links(pairs, strength), gate))
    assert wrong / worlds <= ALPHA


def test_shares_of_false_accounts_follow_their_strength_and_are_at_most_alpha() -> None:
    strengths = [float(bits) for bits in np.linspace(26, 40, 45)]
    (group,) = accepted(links(clique(0, 10), strengths), GATE)
    shares = GATE.false_share(group, ALPHA)
    strength = group.strength()
    weaker = np.minimum(strength[group.links.first], strength[group.links.second])
    assert (np.diff(shares[np.argsort(-weaker, kind="stable")]) >= 0).all()
    assert shares.max() <= ALPHA


def test_a_campaign_known_by_a_ring_of_draws_stays_one_group() -> None:
    size, draws = 3000, 16
    steps = 1 + np.random.default_rng(1).integers(0, size - 1, draws)
    pairs = [(place, int((place + step) % size)) for place in range(size) for step in steps]
    found = list(accepted(links(pairs, 16.0, weight=(size - 1) / (2 * draws)), Gate(38.0, 13.3)))
    assert members(found) == [list(range(size))]


def test_two_operators_with_a_few_links_between_them_stay_two() -> None:
    between = [(a, 40 + a) for a in range(0, 40, 4)]
    found = list(accepted(links(clique(0, 40) + clique(40, 40) + between, 25.0), GATE))
    assert members(found) == [list(range(40)), list(range(40, 80))]


def crossed(size: int, share: float, bits: float) -> Group:
    """Return two cliques as one group: so large a share of the pairs between them are linked too."""
    random = np.random.default_rng(3)
    between = [(a, b) for a in range(size) for b in range(size, 2 * size) if random.random() < share]
    return Group(np.arange(2 * size), links(clique(0, size) + clique(size, size) + between, bits))


@pytest.mark.parametrize("share", [0.005, 0.015])
def test_two_operators_that_a_few_of_their_pairs_would_join_are_told_apart(share: float) -> None:
    """Both work to one period: more links than Leiden lets pass for chance, thin beside those within."""
    found = list(apart(crossed(120, share, 20.0), GATE))
    assert members(found) == [list(range(120)), list(range(120, 240))]


def test_an_operator_is_one_where_a_part_of_it_would_not_be_found_alone() -> None:
    group = crossed(24, 0.015, GATE.needed(24) - 0.5)
    assert [len(part.members) for part in groups(group.links)] == [24, 24]
    assert members(list(apart(group, GATE))) == [list(range(48))]


@pytest.mark.parametrize(("bits", "held"), [(20.0, False), (30.0, True)])
def test_an_account_that_one_draw_joins_to_a_large_group_is_no_member_if_it_would_hold_no_pair(
    bits: float, held: bool
) -> None:
    size, draws = 600, 16
    steps = 1 + np.random.default_rng(1).integers(0, size - 1, draws)
    ring = links(
        [(place, int((place + step) % size)) for place in range(size) for step in steps], 20.0, weight=(size - 1) / 32
    )
    hanging = links([(7, size)], bits, weight=2400.0)
    (group,) = accepted(joined(ring, hanging), Gate(30.0, 13.3))
    assert group.members.tolist() == list(range(size + held))


def test_an_operator_whose_links_are_thin_everywhere_is_one() -> None:
    group = crossed(60, 0.06, 25.0)
    assert [len(part.members) for part in groups(group.links)] == [60, 60]
    assert members(list(apart(group, GATE))) == [list(range(120))]


def test_a_bridge_is_named() -> None:
    (group,) = groups(links([*clique(0, 4), *clique(4, 4), (3, 8), (4, 8), (2, 8), (5, 8)], 20.0))
    path = Group(np.arange(3), links([(0, 1), (1, 2)], 20.0))
    assert bridges(path).tolist() == [False, True, False]
    assert bridges(group).tolist() == [False] * 8 + [True]


def test_an_account_that_hangs_on_makes_nobody_a_bridge_and_two_do() -> None:
    leaf = Group(np.arange(5), links([*clique(0, 4), (3, 4)], 20.0))
    assert not bridges(leaf).any()
    tail = Group(np.arange(6), links([*clique(0, 4), (3, 4), (4, 5)], 20.0))
    assert bridges(tail).tolist() == [False, False, False, True, False, False]


def test_the_weakest_link_is_the_floor_at_which_the_group_splits() -> None:
    group = Group(np.arange(4), links([(0, 1), (1, 2), (0, 2), (2, 3)], [30.0, 20.0, 25.0, 22.0]))
    assert group.weakest_bits() == 22.0


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).filter(lambda pair: pair[0] != pair[1]), min_size=1))
def test_components_are_those_of_a_walk(pairs: list[tuple[int, int]]) -> None:
    held = links(pairs, 20.0)
    accounts, label = components(held)
    neighbors: dict[int, set[int]] = {int(account): {int(account)} for account in accounts}
    for a, b in pairs:
        together = neighbors[a] | neighbors[b]
        for each in together:
            neighbors[each] = together
    assert [int(accounts[place]) for place in label] == [min(neighbors[int(account)]) for account in accounts]


def test_accounts_too_few_to_pass_alone_go_with_the_group_they_are_linked_to() -> None:
    """Twenty-four that are dense among themselves, four of them linked to six of sixty: a community of its own."""
    across = [(60 + nth, (nth * 11 + step) % 60) for nth in range(4) for step in range(6)]
    small = links(clique(60, 24), 20.5)
    found = accepted(joined(links(clique(0, 60), 26.0), small, links(across, 24.0)), GATE)
    assert members(list(found)) == [list(range(84))]
    assert list(accepted(small, GATE)) == []


def test_a_group_that_passes_alone_is_not_swallowed() -> None:
    across = [(60 + nth, (nth * 11 + step) % 60) for nth in range(4) for step in range(6)]
    found = accepted(joined(links(clique(0, 60), 26.0), links(clique(60, 24), 26.0), links(across, 24.0)), GATE)
    assert members(list(found)) == [list(range(60)), list(range(60, 84))]
