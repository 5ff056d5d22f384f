"""Many groups at once: each step of the closed forms for eight groups side by side, in rows of eight numbers.

Groups of up to 16 rewards pass through these arrays, in rows as in `ordergrad_ref.kernels.cpu.network`::

    x (8, N)   ── turn ──▸   s      N rows in the order of places, and ∞ up to 8 or 16 rows
                  sort       s      the same in the order of ranks; which pairs were exchanged is noted
                  by rank    a      the answer at each rank
                  undo       a      the same exchanges backward: the answer at each place
    out (8, N) ◂── turn ──   a

In larger groups, where so many exchanges would take longer, each reward's place is packed into its last bits
and sorted along, as `ordergrad_ref.kernels.cpu.loops` defines::

    x (8, N)   ── pack ──▸   key    N rows in the order of places, and ∞ up to a power of two
                  sort       key    the same in the order of ranks
               ── fetch ─▸   s      rewards in the order of the keys
                  by rank    s      the answer at each rank; in ``a`` up to 64 ranks, from both sides
    out (8, N) ◂── put ──    s      back at the places that the keys carry
"""

import numpy as np

from ordergrad_ref.closed_forms.two_sided import FEW
from ordergrad_ref.kernels.cpu import both_sides, loops
from ordergrad_ref.kernels.cpu.compiler import compiled, inlined
from ordergrad_ref.kernels.cpu.lanes import LANES, any_negative, every, high, load, low, packed, store
from ordergrad_ref.kernels.cpu.loops import two_sum
from ordergrad_ref.kernels.cpu.network import COMPARATORS, IN_REGISTERS, sort, sort_noting, stored_rows, undo
from ordergrad_ref.kernels.cpu.rows import rows, turn_back, turn_over

__all__ = ["answer", "values"]

FLOAT32 = 2.0**896 * (1 + 2.0**-20)
"""In this unit float64 overflows a little before float32 does."""


@compiled
def answer(x, rise, fall, path, level, lowest, highest, total, out):
    """Answer each reward of groups ``(G, N)``, and tell whether all answers are finite in its dtype.

    By the rise of the weighted gaps, centred, or plus the weighted rewards where ``level`` is given, or less
    the gaps above, weighted by ``fall``, where that is given; or by the weight of its rank, ``path``.
    """
    groups, n = x.shape
    key, s = rows(stored_rows(n)), rows(stored_rows(n))
    a = rows(2 * FEW)
    outcomes = np.empty(COMPARATORS, np.uint8)
    strays, unit = rows(1), 1.0 if out.itemsize == 8 else FLOAT32
    store(strays, 0, every(0.0))
    rewards, answers = x.reshape(-1), out.reshape(-1)
    for g in range(0, groups, LANES):
        i = g * n
        if groups - g < LANES:
            rewards, answers, i = rest_of(rewards, i, n), np.empty(LANES * n, x.dtype), 0
        if n <= IN_REGISTERS:
            turn_over(rewards, i, n, s)
            sort_noting(s, n, outcomes)
            by_rank(s, n, rise, fall, path, level, lowest, highest, total, a)
            add_strays(a, n, unit, strays)
            undo(a, n, outcomes)
            turn_back(a, n, answers, i)
        else:
            pack(rewards, i, n, key)
            sort(key, n)
            fetch(rewards, i, n, key, s)
            if not in_order(s, n):
                repair(s, key, n)
            ranked = a if fall.size else s
            by_rank(s, n, rise, fall, path, level, lowest, highest, total, ranked)
            add_strays(ranked, n, unit, strays)
            put(ranked, key, n, answers, i)
    for i in range(groups % LANES * n):
        out.reshape(-1)[groups // LANES * LANES * n + i] = answers[i]
    finite = True
    for b in range(LANES):
        finite &= strays[b] == 0.0
    return finite


@inlined
def add_strays(a, n, unit, strays):
    """Add ``x − x`` of all numbers in n rows, in a unit: zero where they are finite, and else NaN."""
    sum_ = load(strays, 0)
    for t in range(0, n * LANES, LANES):
        x = load(a, t) * every(unit)
        sum_ = sum_ + (x - x)
    store(strays, 0, sum_)


@compiled
def rest_of(x, i, n):
    """Copy the last groups, from ``x[i]`` on, and add groups of zeros up to eight."""
    rest = np.zeros(LANES * n, x.dtype)
    for j in range(x.size - i):
        rest[j] = x[i + j]
    return rest


@compiled
def values(x, level, lowest, highest, total, out):
    """Answer each group by its weighted sorted rewards."""
    groups, n = x.shape
    s, answered = rows(stored_rows(n)), rows(1)
    rewards = x.reshape(-1)
    for g in range(0, groups, LANES):
        i = g * n
        if groups - g < LANES:
            rewards, i = rest_of(rewards, i, n), 0
        turn_over(rewards, i, n, s)
        sort(s, n)
        store(answered, 0, weighed(s, level, lowest, highest, total))
        for b in range(min(LANES, groups - g)):
            out[g + b] = answered[b]


@compiled
def pack(x, i, n, key):
    """Lay keys of the rewards of eight groups in rows.

    A key is finite though a reward is not, or else it could change its place with a row past the last.
    """
    mask, half, largest = np.int64(stored_rows(n) - 1), every(0.5), every(np.finfo(np.float64).max)
    smallest = every(-np.finfo(np.float64).max)
    turn_over(x, i, n, key)
    origin = load(key, 0) * half
    for t in range(n):
        difference = low(load(key, t * LANES) * half - origin, largest)
        store(key, t * LANES, packed(high(difference, smallest), mask, t))


@compiled
def fetch(x, i, n, key, s):
    """Fetch the rewards in the order of the keys."""
    places, mask = key.view(np.uint64), np.uint64(stored_rows(n) - 1)
    for t in range(0, n * LANES, LANES):
        for b in range(LANES):
            s[t + b] = x[np.uint64(i + b * n) + (places[t + b] & mask)]


@compiled
def put(a, key, n, out, i):
    """Put the answers where their rewards came from."""
    places, mask = key.view(np.uint64), np.uint64(stored_rows(n) - 1)
    for t in range(0, n * LANES, LANES):
        for b in range(LANES):
            out[np.uint64(i + b * n) + (places[t + b] & mask)] = a[t + b]


@compiled
def in_order(s, n):
    """Tell whether no gap between n rows is negative."""
    least, below = every(0.0), load(s, 0)
    for t in range(LANES, n * LANES, LANES):
        reward = load(s, t)
        least = low(least, reward - below)
        below = reward
    return not any_negative(least)


@compiled
def repair(s, key, n):
    """Sort each group by the rewards themselves: its keys do not tell all of them apart."""
    values, keys = np.empty(n), np.empty(n)
    for b in range(LANES):
        for t in range(n):
            values[t], keys[t] = s[t * LANES + b], key[t * LANES + b]
        loops.sort_run(values, keys)
        for t in range(n):
            s[t * LANES + b], key[t * LANES + b] = values[t], keys[t]


@inlined
def by_rank(s, n, rise, fall, path, level, lowest, highest, total, a):
    """Fill ``a`` with the answer at each rank of eight groups, from sorted rewards.

    It may be the memory of these, unless ``fall`` is given: the weights of the gaps above, the highest first.
    """
    if path.size:
        tie(s, path, a)
    elif fall.size:
        both_sides.add_up(s, n, rise, fall, a)
    else:
        origin = every(0.0)
        if level.size:
            origin = origin - weighed(s, level, lowest, highest, total)
        mean = rise_by_rank(s, n, rise, a)
        if not level.size:
            origin = mean
        for t in range(0, n * LANES, LANES):
            store(a, t, load(a, t) - origin)


@compiled
def tie(s, path, a):
    """Give each run of equal rewards the mean of its weights, group by group."""
    n = path.size
    values, weights = np.empty(n), np.empty(n)
    for b in range(LANES):
        for t in range(n):
            values[t] = s[t * LANES + b]
        loops.mean_over_ties(values, path, weights)
        for t in range(n):
            a[t * LANES + b] = weights[t]


@inlined
def rise_by_rank(s, n, rise, a):
    """``a_m = Σ_{t<m} (s_(t+1) − s_t) rise_t``, compensated; and the mean of these: spec section 9.1."""
    risen = lost = sum_ = rest = every(0.0)
    below = load(s, 0)
    store(a, 0, risen)
    for t in range(1, n):
        reward = load(s, t * LANES)  # before its place is taken
        risen, lost = two_sum(risen, lost, (reward - below) * every(rise[t - 1]))
        below = reward
        answer = risen + lost
        store(a, t * LANES, answer)
        sum_, rest = two_sum(sum_, rest, answer)
    return (sum_ + rest) / every(float(n))


@compiled
def weighed(s, level, lowest, highest, total):
    """Weigh sorted rewards, each taken from zero clipped to two of them; the weights sum to ``total``."""
    origin = low(high(load(s, lowest * LANES), every(0.0)), load(s, highest * LANES))
    sum_ = rest = every(0.0)
    for t in range(level.size):
        sum_, rest = two_sum(sum_, rest, (load(s, t * LANES) - origin) * every(level[t]))
    return every(total) * origin + (sum_ + rest)
