"""Operators: the accounts they use, and the work they have them do."""

import numpy as np

from . import network
from .draw import Ints, Reals, mixed, running, stream, within
from .living import ITEMS, NEWEST, US, live
from .people import APP, FLAT, ORGANIZATION_MAIL, People, strangers
from .plan import DAY, HOUR, Operator, World
from .requests import CHAT, ITEM, NONE, Requests, requests, together

_BURST = 6  # requests of an account in a burst
_RULES = 8_000_000  # templates of operators
_SHIFTS = 3
_TOOL = 500_000  # clients that an operator wrote itself
_ONCE = 1 << 45  # prompts that are asked once
_LIVES = frozenset({"careful", "jittered", "template_only", "proxied", "pair", "pair_apart"})


def recruit(world: World, nth: int, first: int) -> People:
    """Return the accounts of an operator, numbered from `first`, with what its profile lets them share."""
    operator = world.operators[nth]
    random, size = stream(world.seed, f"recruit/{nth}"), operator.size
    people = strangers(world.seed, f"operator/{nth}", first, size, float(operator.cover))
    number = np.arange(size, dtype=np.int64)
    if operator.profile == "careless":
        people.volume[:], people.rhythm[:], people.carrier[:], people.v6[:] = 0, FLAT, NONE, 0
        people.desktop[:] = 2 * APP + 3 if nth % 2 else _TOOL + nth * 10
        people.mail[:] = ORGANIZATION_MAIL + 5000 + nth
        people.payment[:] = mixed(world.seed, nth, 41, number // 4)
        people.created[:] = 3 + random.integers(0, 2, size)
    elif operator.profile == "proxied":
        people.desktop[:] = _TOOL + nth * 10 + number % 4
        people.payment[:] = mixed(world.seed, nth, 43, number % max(1, min(6, size // 2)))
    elif operator.profile == "jittered":
        people.desktop[:] = _TOOL + nth * 10 + number % 3
    elif operator.profile == "pair":
        for column in (people.line, people.provider, people.lease, people.v6, people.desktop, people.device):
            column[:] = column[0]
    if operator.profile not in _LIVES:
        people.volume[:] = 0
    return people


def work(world: World, nth: int, people: People, who: Ints) -> Requests:
    """Return everything that the accounts of an operator do: its work, and their cover."""
    operator = world.operators[nth]
    random = stream(world.seed, f"work/{nth}")
    length = min(operator.incident, world.days * DAY)
    slack = world.days * DAY - length
    begin = int(random.integers(0, slack // HOUR + 1)) * HOUR if slack else 0
    if operator.profile == "template_only":
        act = _quiet(random, world, people, who, begin, length, operator)
    else:
        turn = {"careful": _bursts, "jittered": _bursts, "pair": _shifts, "pair_apart": _shifts}
        position, second, step = turn.get(operator.profile, _rounds)(random, operator, length)
        second = _awake(operator, length, second, begin)
        order = np.lexsort((step, second))
        position, second = position[order], second[order]
        address = _addresses(random, world, people, who, nth, position, second)
        act = requests(who[position], (second * US).astype(np.int64), address, people.desktop[who[position]], ITEM)
        _ask(random, world, nth, act, position)
    parts = [act.take(np.flatnonzero(act.time < world.days * DAY * US))]
    cover = people.volume[who]
    if operator.profile in _LIVES and operator.profile != "template_only" and cover.any():
        parts.append(live(random, world, people, who, cover))
    return together(parts)


def _rounds(random: np.random.Generator, operator: Operator, length: int) -> tuple[Ints, Reals, Ints]:
    """One queue of tasks, dealt in turn: the merged stream is regular, each account looks slow."""
    count = operator.size * operator.requests
    task = np.arange(count, dtype=np.int64)
    second = task * (length / count) + random.exponential(max(0.05, length / count / 4), count)
    position = task % operator.size
    return position, second, task


def _bursts(random: np.random.Generator, operator: Operator, length: int) -> tuple[Ints, Reals, Ints]:
    """A schedule at moments nobody else has: nine in ten accounts begin within the jitter and ask a few times."""
    bursts = max(3, operator.requests // _BURST)
    moments = np.sort(random.uniform(0, max(1, length - operator.jitter - 60), bursts))
    runs = np.tile(moments, operator.size)
    position = np.repeat(np.arange(operator.size, dtype=np.int64), bursts)
    here = np.flatnonzero(random.random(len(runs)) < 0.9)
    begins = runs[here] + random.uniform(0, max(1, operator.jitter), len(here))
    counts = np.full(len(here), _BURST, np.int64)
    gaps = random.uniform(2, 6, int(counts.sum()))
    second = np.repeat(begins, counts) + running(gaps, counts)
    return np.repeat(position[here], counts), second, np.arange(len(second))


def _shifts(random: np.random.Generator, operator: Operator, length: int) -> tuple[Ints, Reals, Ints]:
    """Hand-over: one account works until its quota, the next goes on half a minute later at the same place."""
    count = operator.size * operator.requests
    shift = max(6, operator.requests // _SHIFTS)
    task = np.arange(count, dtype=np.int64)
    position = task // shift % operator.size
    gap = random.lognormal(0, 0.5, count)
    gap[task % shift == 0] += 30 * count / length
    second = np.cumsum(gap)
    return position, second / second[-1] * length * 0.98, task


def _awake(operator: Operator, length: int, second: Reals, begin: int) -> Reals:
    """Move work out of the eight hours in which the operator sleeps, where the incident knows days."""
    if operator.sleeps and length >= DAY:
        day, rest = np.divmod(second, DAY)
        return begin + day * DAY + rest * (2 / 3)
    return begin + second


def _addresses(
    random: np.random.Generator, world: World, people: People, who: Ints, nth: int, position: Ints, second: Reals
) -> Ints:
    """Return where the work comes from: rented machines, a pool of homes, or each account's own line."""
    operator, account = world.operators[nth], who[position]
    span = network.region(world.people)
    if operator.profile == "careless":
        block = position // 60
        return network.hosting(mixed(world.seed, nth, 47, block) % 65_000 // 256 * 256 + 10 + position // 3 % 20)
    if operator.profile == "proxied":
        drawn = random.integers(0, operator.pool, len(position))
        lender = mixed(world.seed, nth, 53, drawn)
        of_a_person = lender % world.people
        is_shared = (lender >> 20) % 1000 < operator.pool_shared * 1000
        line = np.where(is_shared, people.line[of_a_person], (1 << 40) + nth * (1 << 20) + drawn)
        provider = np.where(is_shared, people.provider[of_a_person], lender % network.PROVIDERS)
        day = (second // DAY).astype(np.int64)
        lease = np.where(is_shared, day // people.lease[of_a_person], 0)
        return network.home(world.seed, provider, line, lease, is_shared & (people.v6[of_a_person] > 0), span)
    day = ((second + people.zone[account] * HOUR) // DAY).astype(np.int64)
    lease = day // people.lease[account]
    return network.home(world.seed, people.provider[account], people.line[account], lease, people.v6[account] > 0, span)


def _ask(random: np.random.Generator, world: World, nth: int, act: Requests, position: Ints) -> None:
    """Say what the work is: ids one after the other, or prompts of few templates."""
    operator, count = world.operators[nth], len(act)
    if operator.profile in {"proxied", "jittered"}:
        act.kind[:] = CHAT
        share = operator.template_share if operator.profile == "proxied" else 0.0
        act.prompt = _prompts(random, nth, count, share)
        return
    start = int(mixed(world.seed, nth, 59)) % (NEWEST - 13 * ITEMS - count) // 2 + 13 * ITEMS
    if operator.interleaved:
        act.item = start + np.arange(count)
        return
    order = np.argsort(position, kind="stable")
    each = np.bincount(position, minlength=operator.size).astype(np.int64)
    act.item[order] = start + np.repeat(np.arange(operator.size) * (int(each.max()) + 1), each) + within(each)


def _prompts(random: np.random.Generator, nth: int, count: int, share: float) -> Ints:
    fresh = _ONCE + random.integers(0, _ONCE, count)
    return np.where(random.random(count) < share, _RULES + nth * 100 + random.integers(0, 12, count), fresh)


def _quiet(
    random: np.random.Generator, world: World, people: People, who: Ints, begin: int, length: int, operator: Operator
) -> Requests:
    """People of their own in everything but the templates that they were given."""
    act = live(random, world, people, who, np.full(len(who), operator.requests))
    inside = act.time // US
    act.time = np.where(length < 14 * DAY, (begin + inside % length) * US + act.time % US, act.time)
    act.kind[:] = CHAT
    act.item[:] = NONE
    nth = int(who[0])
    act.prompt = _prompts(random, nth, len(act), operator.template_share)
    return act
