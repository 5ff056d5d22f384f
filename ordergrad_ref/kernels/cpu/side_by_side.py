"""Many groups at once: each step of the closed forms for `W` groups side by side, in rows of `S` numbers.

A block of W groups passes through these arrays, in rows as `ordergrad_ref.kernels.cpu.network` draws them::

    x (W, N)   ── pack ──▸   key    N rows, and ∞ up to a power of two: packed keys, in the order of places
                  sort       key    the same in the order of ranks
               ── fetch ─▸   s      lead + 1 rows, all the smallest reward, then N rows of sorted rewards
               accumulate    a      lead rows, then N rows: the sum of weighted gaps below each reward
    out (W, N) ◂── put ──    a      less each group's origin, back at the places that the keys carry

Loops take four rows at a time. So ``lead``, 0 to 3, rows of the smallest reward stand in front: with them the
rows are a multiple of four, and the gaps between equal rewards weigh nothing. ``state`` is six rows of W
numbers: four of running sums, and two for what `LEAST` says. Packed keys are defined in
`ordergrad_ref.kernels.cpu.loops`.
"""

import numpy as np

from ordergrad_ref.kernels.cpu import both_sides, loops
from ordergrad_ref.kernels.cpu.compiler import compiled
from ordergrad_ref.kernels.cpu.loops import two_sum
from ordergrad_ref.kernels.cpu.network import S, W, any_negative, high, low, row, sort, stored_rows

__all__ = ["LANES", "answer", "values"]

LANES = 8
"""Groups whose rewards are fetched together: as many numbers as a line of the cache."""

LEAST = 4 * W
"""Where in a block's state the least gaps stand, behind its running sums, their sum, and the rests of both;
later on the weighted rewards and their rests."""


@compiled
def answer(x, rise, fall, path, level, lowest, highest, total, out):
    """Answer each reward of groups ``(G, N)``.

    By the rise of the weighted gaps, centred, or plus the weighted rewards where ``level`` is given, or less
    the gaps above, weighted by ``fall``, where that is given; or by the weight of its rank, ``path``.
    """
    groups, n = x.shape
    lead = -n % 4
    rise_, level_ = rows_of_four(rise, lead + 1), rows_of_four(level, lead)
    fall_ = both_sides.rows_from_an_end(fall, lead)
    if fall.size:
        rise_ = both_sides.rows_from_an_end(rise, lead)
    key = np.full(stored_rows(n) * S, np.inf)
    s = np.zeros((2 * (lead + 1) + n) * S)
    a = np.empty((2 * lead + n) * S)
    state = np.empty(6 * W)
    rest, answered = np.zeros((W, n), x.dtype), np.empty((W, n), x.dtype)
    for g in range(0, groups, W):
        some, answers = x[g : g + W], out[g : g + W]
        if groups - g < W:
            copy(some, rest)
            some, answers = rest, answered
        block(some, rise_, fall_, path, level_, lead, lowest, highest, total, key, s, a, state, answers)
    copy(answered[: groups % W], out[groups - groups % W :])


@compiled
def block(x, rise, fall, path, level, lead, lowest, highest, total, key, s, a, state, out):
    """Answer W groups."""
    n = x.shape[1]
    places, mask = key.view(np.int64), np.int64(stored_rows(n) - 1)
    sorted_ = s[(lead + 1) * S :]
    pack(x, mask, places)
    sort(key, n)
    fetch(x, mask, places, sorted_)
    lead_in(s, lead)
    if path.size:
        if unsorted(s, lead + n, state[:W]):
            repair(sorted_, places, n, state)
        tie(sorted_, path, a[lead * S :])
    elif fall.size:
        before, least = state[:W], state[LEAST : LEAST + W]
        while both_sides.add_up(s, rise, fall, lead, n, before, least, a):  # twice at most
            repair(sorted_, places, n, least)
            lead_in(s, lead)
    else:
        if accumulate(s, rise, lead, state, a):
            repair(sorted_, places, n, state[LEAST:])
            lead_in(s, lead)
            accumulate(s, rise, lead, state, a)
        if level.size:
            weigh(s, level, lead, lowest, highest, total, state)
        find_origin(state, level.size > 0, n)
    put(a[lead * S :], mask, places, path.size == 0 and fall.size == 0, state, out)


@compiled
def values(x, level, lowest, highest, total, out):
    """Answer each group by its weighted sorted rewards."""
    groups, n = x.shape
    lead = -n % 4
    weights = rows_of_four(level, lead)
    s = np.full((lead + 1 + stored_rows(n)) * S, np.inf)
    state = np.empty(6 * W)
    rest = np.zeros((W, n), x.dtype)
    for g in range(0, groups, W):
        some = x[g : g + W]
        if groups - g < W:
            copy(some, rest)
            some = rest
        turn(some, s[(lead + 1) * S :])
        sort(s[(lead + 1) * S :], n)
        lead_in(s, lead)
        weigh(s, weights, lead, lowest, highest, total, state)
        for b in range(min(W, groups - g)):
            out[g + b] = state[5 * W + b]


@compiled
def rows_of_four(weights, zeros):
    """Put zeros before the weights: they weigh the gaps between copies of the smallest reward."""
    padded = np.zeros(zeros + weights.size if weights.size else 0)
    for t in range(weights.size):
        padded[zeros + t] = weights[t]
    return padded


@compiled
def copy(x, y):
    """Copy the table x into the first rows of y."""
    for g in range(x.shape[0]):
        for i in range(x.shape[1]):
            y[g, i] = x[g, i]


@compiled
def lead_in(s, lead):
    """Copy the smallest rewards into the rows before them."""
    for t in range(lead + 1):
        for b in range(W):
            s[t * S + b] = s[(lead + 1) * S + b]


@compiled
def turn(x, rows):
    """Lay rewards ``(W, N)`` in rows."""
    n = x.shape[1]
    flat = x.reshape(-1)
    for b0 in range(0, W, LANES):
        f, r = flat[b0 * n :], rows[b0:]
        for i in range(n):
            for b in range(LANES):
                r[i * S + b] = f[b * n + i]


@compiled
def pack(x, mask, places):
    """Lay keys of the rewards ``(W, N)`` in rows."""
    n = x.shape[1]
    flat = x.reshape(-1)
    half = np.float64(0.5)
    for b0 in range(0, W, LANES):
        f, p = flat[b0 * n :], places[b0:]
        for i in range(n):
            for b in range(LANES):
                difference = half * f[b * n + i] - half * f[b * n]
                p[i * S + b] = (np.float64(difference).view(np.int64) & ~mask) | i


@compiled
def fetch(x, mask, places, s):
    """Fetch the rewards in the order of the keys."""
    n = x.shape[1]
    flat = x.reshape(-1)
    for b0 in range(0, W, LANES):
        f, p, r = flat[b0 * n :], places[b0:], s[b0:]
        for t in range(n):
            for b in range(LANES):
                r[t * S + b] = f[b * n + (p[t * S + b] & mask)]


@compiled
def put(a, mask, places, moved, origin, out):
    """Put the answers where their rewards came from; where ``moved``, less each group's origin."""
    n = out.shape[1]
    flat = out.reshape(-1)
    for b0 in range(0, W, LANES):
        f, p, r, o = flat[b0 * n :], places[b0:], a[b0:], origin[b0:]
        for t in range(n):
            for b in range(LANES):
                answer = r[t * S + b]
                f[b * n + (p[t * S + b] & mask)] = answer - o[b] if moved else answer


@compiled
def unsorted(s, m, least):
    """Find each group's least gap; tell whether one is negative."""
    least[:] = np.inf
    for t in range(0, m, 4):
        lower4(s[t * S :], least)
    return any_negative(least)


@compiled
def lower4(s, least):
    """Take four more gaps of each group into its least."""
    for b in range(W):
        s0, s1, s2, s3, s4 = s[b], s[b + S], s[b + 2 * S], s[b + 3 * S], s[b + 4 * S]
        least[b] = low(least[b], low(low(s1 - s0, s2 - s1), low(s3 - s2, s4 - s3)))


@compiled
def repair(s, places, n, least):
    """Sort the groups that have a negative gap by the rewards themselves."""
    values, keys = np.empty(n), np.empty(n, np.int64)
    for b in range(W):
        if least[b] < 0:
            for t in range(n):
                values[t], keys[t] = s[t * S + b], places[t * S + b]
            loops.sort_run(values, keys)
            for t in range(n):
                s[t * S + b], places[t * S + b] = values[t], keys[t]


@compiled
def tie(s, path, a):
    """Give each run of equal rewards the mean of its weights, group by group."""
    n = path.size
    values, weights = np.empty(n), np.empty(n)
    for b in range(W):
        for t in range(n):
            values[t] = s[t * S + b]
        loops.mean_over_ties(values, path, weights)
        for t in range(n):
            a[t * S + b] = weights[t]


@compiled
def accumulate(s, rise, lead, state, a):
    """``a_m = Σ_{t<m} (s_(t+1) − s_t) rise_t``, and the sum of these; tell whether a gap is negative."""
    state[:LEAST] = 0.0
    state[LEAST:] = np.inf
    for t in range(0, rise.size, 4):
        rise4(s[t * S :], rise[t], rise[t + 1], rise[t + 2], rise[t + 3], state, a[t * S :])
    return any_negative(state[LEAST:])


@compiled
def rise4(s, w0, w1, w2, w3, state, a):
    """Do the same for four rows of all groups, both sums compensated: spec section 9.1."""
    for b in range(W):
        risen, lost, total, rest = state[b], state[b + W], state[b + 2 * W], state[b + 3 * W]
        s0, s1, s2, s3, s4 = s[b], s[b + S], s[b + 2 * S], s[b + 3 * S], s[b + 4 * S]
        d1, d2, d3, d4 = s1 - s0, s2 - s1, s3 - s2, s4 - s3
        state[b + LEAST] = low(state[b + LEAST], low(low(d1, d2), low(d3, d4)))
        risen, lost = two_sum(risen, lost, d1 * w0)
        a0 = risen + lost
        risen, lost = two_sum(risen, lost, d2 * w1)
        a1 = risen + lost
        risen, lost = two_sum(risen, lost, d3 * w2)
        a2 = risen + lost
        risen, lost = two_sum(risen, lost, d4 * w3)
        a3 = risen + lost
        total, rest = two_sum(total, rest, a0)
        total, rest = two_sum(total, rest, a1)
        total, rest = two_sum(total, rest, a2)
        total, rest = two_sum(total, rest, a3)
        a[b], a[b + S], a[b + 2 * S], a[b + 3 * S] = a0, a1, a2, a3
        state[b], state[b + W], state[b + 2 * W], state[b + 3 * W] = risen, lost, total, rest


@compiled
def weigh(s, level, lead, lowest, highest, total, state):
    """``v = Σ_t level_t s_t``, each reward taken from zero clipped to two of them."""
    least, most = row(s, lead + 1 + lowest), row(s, lead + 1 + highest)
    origin, sums, rests = state[:W], state[LEAST : 5 * W], state[5 * W :]
    for b in range(W):
        origin[b] = low(high(least[b], 0.0), most[b])
    state[LEAST:] = 0.0
    for t in range(0, level.size, 4):
        weigh4(s[(t + 1) * S :], origin, level[t], level[t + 1], level[t + 2], level[t + 3], sums, rests)
    for b in range(W):
        rests[b] = total * origin[b] + (sums[b] + rests[b])


@compiled
def weigh4(s, origin, w0, w1, w2, w3, sums, rests):
    """Add four more rows of weighted rewards to the sums of all groups."""
    for b in range(W):
        v, rest, o = sums[b], rests[b], origin[b]
        v, rest = two_sum(v, rest, (s[b] - o) * w0)
        v, rest = two_sum(v, rest, (s[b + S] - o) * w1)
        v, rest = two_sum(v, rest, (s[b + 2 * S] - o) * w2)
        sums[b], rests[b] = two_sum(v, rest, (s[b + 3 * S] - o) * w3)


@compiled
def find_origin(state, raised, n):
    """Find what to subtract from answers: their mean, or minus the weighted rewards where those are added."""
    for b in range(W):
        state[b] = -state[5 * W + b] if raised else (state[b + 2 * W] + state[b + 3 * W]) / n
