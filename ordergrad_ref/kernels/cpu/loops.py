"""One group at a time: the closed forms as plain loops over its sorted rewards.

A **packed key** carries a reward's place in its group along while rewards are sorted. It is half the reward
less half an origin common to the group, which cannot overflow, as a float64 whose lowest mantissa bits are
replaced by the place::

    sign  exponent        mantissa
    [ s | eeeeeeeeeee | mmmmm…mmmmm pppp ]     p: the place, just as many bits as tell N rewards apart

Sorting keys sorts rewards, but for those that only the lost bits tell apart: they are repaired by the rewards
themselves. Here the origin is the smallest reward, so that no key is negative and keys sort as integers too;
in groups side by side it is the first.
"""

import numpy as np

from ordergrad_ref.kernels.cpu import both_sides
from ordergrad_ref.kernels.cpu.compiler import compiled

__all__ = [
    "by_rank",
    "finish",
    "mean_over_ties",
    "pack",
    "pack_groups",
    "place",
    "place_bits",
    "repair",
    "smallest_of",
    "sort_run",
    "two_sum",
    "unpack",
    "weighed_groups",
]


def place_bits(n):
    """How many bits of a key tell the n rewards of a group apart."""
    return max(1, (n - 1).bit_length())


@compiled
def two_sum(total, rest, term):
    """Add a term, and what rounding takes from the sum to the rest."""
    new = total + term
    added = new - total
    return new, rest + ((total - (new - added)) + (term - added))


@compiled
def rise_by_rank(s, rise, a):
    """``a_m = Σ_{t<m} (s_(t+1) − s_t) rise_t``, compensated; and the mean of these: spec section 9.1."""
    n = s.size
    risen = lost = total = rest = 0.0
    below, a[0] = s[0], 0.0
    for t in range(1, n):
        risen, lost = two_sum(risen, lost, (s[t] - below) * rise[t - 1])
        below = s[t]
        a[t] = risen + lost
        total, rest = two_sum(total, rest, a[t])
    return (total + rest) / n


@compiled
def mean_over_ties(s, path, a):
    """Give each run of equal rewards the mean of its weights."""
    first = 0
    for t in range(1, s.size + 1):
        if t == s.size or s[t] != s[first]:
            mean = 0.0
            for m in range(first, t):
                mean += path[m]
            mean /= t - first
            for m in range(first, t):
                a[m] = mean
            first = t


@compiled
def by_rank(s, rise, fall, path, level, low, high, total, a):
    """Fill ``a`` with the answer at each rank of one group, from sorted rewards.

    It may be the memory of these, unless ``fall`` is given: the weights of the gaps above, the highest first.
    """
    if path.size:
        mean_over_ties(s, path, a)
        return
    if fall.size:
        both_sides.add_up_one(s, rise, fall, a)
        return
    value = weighed(s, level, low, high, total) if level.size else 0.0
    mean = rise_by_rank(s, rise, a)
    origin = -value if level.size else mean
    for t in range(a.size):
        a[t] -= origin


@compiled
def weighed(s, level, low, high, total):
    """Weigh sorted rewards, each taken from zero clipped to two of them; the weights sum to ``total``."""
    origin = min(max(np.float64(s[low]), 0.0), np.float64(s[high]))
    sum_ = rest = 0.0
    for t in range(s.size):
        sum_, rest = two_sum(sum_, rest, (s[t] - origin) * level[t])
    return origin * total + (sum_ + rest)


@compiled
def smallest_of(x):
    """Find the smallest reward."""
    m = np.float64(x[0])
    for i in range(1, x.size):
        m = min(m, np.float64(x[i]))
    return m


@compiled
def pack(x, base, offset, bits, keys):
    """Pack rewards and their places, ``offset`` onward, into keys."""
    high, half = ~np.uint64((1 << bits) - 1), np.float64(0.5)
    y = keys.view(np.float64)
    for i in range(x.size):
        y[i] = (half * x[i] - half * base) + 0.0
    for i in range(x.size):
        keys[i] = (keys[i] & high) | np.uint64(offset + i)


@compiled
def unpack(x, keys, bits, s):
    """Fetch the rewards in the order of the keys; tell whether they are sorted."""
    low = np.uint64((1 << bits) - 1)
    unsorted = False
    for t in range(keys.size):
        s[t] = x[keys[t] & low]
    for t in range(1, keys.size):
        unsorted |= s[t] < s[t - 1]
    return not unsorted


@compiled
def repair(s, keys, bits):
    """Sort the runs of equal keys by the rewards themselves."""
    first = 0
    n = keys.size
    while first < n:
        end = first + 1
        unsorted = False
        while end < n and keys[end] >> np.uint64(bits) == keys[first] >> np.uint64(bits):
            unsorted |= s[end] < s[end - 1]
            end += 1
        if unsorted:
            sort_run(s[first:end], keys[first:end])
        first = end


@compiled
def sort_run(s, keys):
    """Sort rewards, their keys along: Shell's sort, fast where they are few or nearly sorted."""
    n = s.size
    # Steps grow by 9/4, as Tokuda (1992) proposed.
    step = 1
    while 9 * step < 4 * n:
        step = 9 * step // 4 + 1
    while step:
        for t in range(step, n):
            value, key = s[t], keys[t]
            u = t
            while u >= step and s[u - step] > value:
                s[u], keys[u] = s[u - step], keys[u - step]
                u -= step
            s[u], keys[u] = value, key
        step = step // 9 * 4 + step % 9 * 4 // 9


@compiled
def finish(x, keys, rise, fall, path, level, low, high, total, bits, out):
    """Answer groups whose keys are sorted, ``(G, N)``, one by one."""
    groups, n = x.shape
    s = np.empty(n)
    a = np.empty(n)
    for q in range(groups):
        if not unpack(x[q], keys[q], bits, s):
            repair(s, keys[q], bits)
        by_rank(s, rise, fall, path, level, low, high, total, a)
        place(a, keys[q], bits, out[q])


@compiled
def pack_groups(x, bits, keys):
    """Pack each group's rewards."""
    for q in range(x.shape[0]):
        pack(x[q], smallest_of(x[q]), 0, bits, keys[q])


@compiled
def place(a, keys, bits, out):
    """Put the answers where their rewards came from."""
    low = np.uint64((1 << bits) - 1)
    for t in range(keys.size):
        out[keys[t] & low] = a[t]


@compiled
def weighed_groups(s, level, low, high, total, out):
    """Weigh sorted groups ``(G, N)``, one by one."""
    for q in range(s.shape[0]):
        out[q] = weighed(s[q], level, low, high, total)
