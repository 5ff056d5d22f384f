"""The closed forms as plain loops over groups; compiled in `ordergrad_ref.kernels.compiled`.

A **packed key** is a reward less its group's smallest, its lowest mantissa bits replaced by the reward's
place in the group: sorting keys sorts rewards and carries the order along. What the lost bits leave unsorted
is repaired by the rewards themselves.

A **block** is ``B`` groups side by side, ``(N, B)``: inner loops run across groups, which vectorises them.
"""

import numpy as np

from ordergrad_ref.kernels.compiler import compiled

__all__ = ["dot", "finish", "merge", "pack", "place", "ranked", "repair", "small", "smallest_of", "unpack"]

INSERTION = 32


@compiled
def small(x, rise, path, pairs, bits, out):
    """Answer groups of few rewards, ``B`` at a time, by a sorting network on packed keys."""
    groups, n = x.shape
    width = 32
    low = np.int64((1 << bits) - 1)
    high = ~low
    v = np.empty((n, width))
    key = np.empty((n, width))
    packed = key.view(np.int64)
    s = np.empty((n, width))
    base = np.empty(width)
    scratch = np.empty((4, width))
    for start in range(0, groups, width):
        filled = min(width, groups - start)
        for b in range(filled):
            for i in range(n):
                v[i, b] = x[start + b, i]
        for b in range(filled, width):
            for i in range(n):
                v[i, b] = 0.0
        for b in range(width):
            base[b] = v[0, b]
        for i in range(1, n):
            for b in range(width):
                base[b] = v[i, b] if v[i, b] < base[b] else base[b]
        for i in range(n):
            for b in range(width):
                key[i, b] = (v[i, b] - base[b]) + 0.0
            for b in range(width):
                packed[i, b] = (packed[i, b] & high) | i
        for p in range(pairs.shape[0]):
            i, j = pairs[p, 0], pairs[p, 1]
            for b in range(width):
                first, second = key[i, b], key[j, b]
                key[i, b] = first if first < second else second
                key[j, b] = second if first < second else first
        for t in range(n):
            for b in range(filled):
                s[t, b] = v[packed[t, b] & low, b]
            for b in range(filled, width):
                s[t, b] = 0.0
        unsorted = 0
        for t in range(1, n):
            for b in range(width):
                unsorted |= s[t, b] < s[t - 1, b]
        if unsorted:
            for b in range(filled):
                insert(s[:, b], packed[:, b], 0, n)
        ranked(s, rise, path, v, scratch)
        for b in range(filled):
            for t in range(n):
                out[start + b, packed[t, b] & low] = v[t, b]


@compiled
def ranked(s, rise, path, a, scratch):
    """Fill ``a`` with the answer at each rank, from the sorted rewards ``s``, both ``(N, B)``.

    ``a_m = Σ_{t<m} (s_(t+1) − s_t) rise_t``, centred; or, where ``path`` is given, its mean over ties.
    """
    n, width = s.shape
    if path.size:
        for b in range(width):
            first = 0
            for t in range(1, n + 1):
                if t == n or s[t, b] != s[first, b]:
                    mean = 0.0
                    for m in range(first, t):
                        mean += path[m]
                    mean /= t - first
                    for m in range(first, t):
                        a[m, b] = mean
                    first = t
        return
    risen, lost, sum_high, sum_low = scratch[0], scratch[1], scratch[2], scratch[3]
    for b in range(width):
        risen[b] = 0.0
        lost[b] = 0.0
        sum_high[b] = 0.0
        sum_low[b] = 0.0
    for b in range(width):
        a[0, b] = 0.0
    for t in range(1, n):
        w = rise[t - 1]
        for b in range(width):
            term = (s[t, b] - s[t - 1, b]) * w
            old = risen[b]
            new = old + term
            added = new - old
            lost[b] += (old - (new - added)) + (term - added)
            risen[b] = new
            here = new + lost[b]
            a[t, b] = here
            old = sum_high[b]
            new = old + here
            added = new - old
            sum_low[b] += (old - (new - added)) + (here - added)
            sum_high[b] = new
    for b in range(width):
        lost[b] = (sum_high[b] + sum_low[b]) / n
    for t in range(n):
        for b in range(width):
            a[t, b] -= lost[b]


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
    high = ~np.uint64((1 << bits) - 1)
    y = keys.view(np.float64)
    for i in range(x.size):
        y[i] = (x[i] - base) + 0.0
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
            if end - first <= INSERTION:
                insert(s, keys, first, end)
            else:
                order = np.argsort(s[first:end])
                s[first:end] = s[first:end][order]
                keys[first:end] = keys[first:end][order]
        first = end


@compiled
def insert(s, keys, first, end):
    """Sort a short run by insertion, its keys along."""
    for t in range(first + 1, end):
        value, key = s[t], keys[t]
        u = t
        while u > first and s[u - 1] > value:
            s[u], keys[u] = s[u - 1], keys[u - 1]
            u -= 1
        s[u], keys[u] = value, key


@compiled
def finish(x, keys, rise, path, bits, out):
    """Answer groups whose keys are sorted, ``(G, N)``, one by one."""
    groups, n = x.shape
    low = np.uint64((1 << bits) - 1)
    s = np.empty((n, 1))
    a = np.empty((n, 1))
    scratch = np.empty((4, 1))
    for q in range(groups):
        if not unpack(x[q], keys[q], bits, s[:, 0]):
            repair(s[:, 0], keys[q], bits)
        ranked(s, rise, path, a, scratch)
        for t in range(n):
            out[q, keys[q, t] & low] = a[t, 0]


@compiled
def pack_groups(x, bits, keys):
    """Pack each group's rewards."""
    for q in range(x.shape[0]):
        pack(x[q], smallest_of(x[q]), 0, bits, keys[q])


@compiled
def merge(a, b, first_a, first_b, out):
    """Merge two sorted runs of keys from the given places on, until ``out`` is full."""
    i, j = first_a, first_b
    for t in range(out.size):
        if j >= b.size or (i < a.size and a[i] <= b[j]):
            out[t] = a[i]
            i += 1
        else:
            out[t] = b[j]
            j += 1


@compiled
def split(a, b, rank):
    """How many of ``a`` are among the ``rank`` smallest of both sorted runs."""
    low, high = max(0, rank - b.size), min(rank, a.size)
    while low < high:
        i = (low + high) // 2
        if a[i] <= b[rank - i - 1]:
            low = i + 1
        else:
            high = i
    return low


@compiled
def place(a, keys, bits, out):
    """Put the answers where their rewards came from."""
    low = np.uint64((1 << bits) - 1)
    for t in range(keys.size):
        out[keys[t] & low] = a[t]


@compiled
def dot(s, weights, anchor, total, out):
    """Weigh sorted groups ``(G, N)``, each reward taken from the anchor's."""
    groups, n = s.shape
    for q in range(groups):
        c = np.float64(s[q, anchor])
        high = 0.0
        low = 0.0
        for t in range(n):
            term = (s[q, t] - c) * weights[t]
            new = high + term
            added = new - high
            low += (high - (new - added)) + (term - added)
            high = new
        out[q] = c * total + (high + low)
