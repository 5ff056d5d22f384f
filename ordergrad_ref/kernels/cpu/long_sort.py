"""Sort one long run of keys: in columns of a table, eight of them side by side, which are merged two by two.

NumPy's own sort takes three times as long on a million keys, where the processor is slow to write those
numbers of a vector together that are below another.
"""

import numpy as np

from ordergrad_ref.kernels.cpu.compiler import compiled
from ordergrad_ref.kernels.cpu.lanes import LANES
from ordergrad_ref.kernels.cpu.network import sort as sort_rows
from ordergrad_ref.kernels.cpu.network import stored_rows
from ordergrad_ref.kernels.cpu.rows import rows, turn_back, turn_over

__all__ = ["SHORTEST", "merge", "sort", "sort_each", "split"]

LONGEST = 2**13
"""Keys in a column, at most: eight columns take 512 KiB, half of a core's own cache.

Measured, in nanoseconds a key, for columns and for merging: of half a million keys 4.5 and 9.9 where columns
are of 4096, 5.4 and 8.3 of 8192, 7.2 and 7.4 of 16 384; of five million 4.5 and 17.7, 4.3 and 15.3, 5.3 and
13.5.
"""

SHORTEST = 2**10
"""Keys from which on this pays: in microseconds, for 512 keys 4.0 against 4.3, for 1024 7.4 against 12.4."""


@compiled
def sort(keys, spare):
    """Sort keys of positive floats, with memory for as many."""
    runs = LANES * -(-keys.size // (LANES * LONGEST))
    length = -(-keys.size // runs)
    sort_runs(keys.view(np.float64), length)
    source, target = keys, spare
    while length < keys.size:
        for start in range(0, keys.size, 2 * length):
            middle, end = min(start + length, keys.size), min(start + 2 * length, keys.size)
            merge_runs(source[start:middle], source[middle:end], target[start:end])
        source, target = target, source
        length *= 2
    for i in range(keys.size):
        keys[i] = source[i]


@compiled
def sort_each(keys):
    """Sort each row of a table of keys."""
    spare = np.empty(keys.shape[1], np.uint64)
    for q in range(keys.shape[0]):
        sort(keys[q], spare)


@compiled
def sort_runs(keys, length):
    """Sort runs of a length, eight at a time; the last ones may be shorter, or missing."""
    columns = rows(stored_rows(length))
    for start in range(0, keys.size, LANES * length):
        if start + LANES * length <= keys.size:
            turn_over(keys, start, length, columns)
            sort_rows(columns, length)
            turn_back(columns, length, keys, start)
        else:
            columns[:] = np.inf
            for i in range(keys.size - start):
                columns[i % length * LANES + i // length] = keys[start + i]
            sort_rows(columns, length)
            for i in range(keys.size - start):
                keys[start + i] = columns[i % length * LANES + i // length]


@compiled
def merge_runs(a, b, out):
    """Merge two sorted runs from both ends, until one could be used up, and then what is left between.

    Two chains of comparisons, neither of which waits for the other, take little longer than one.
    """
    few = min(a.size, b.size)
    i, j, k, m, last = 0, 0, a.size - 1, b.size - 1, out.size - 1
    for t in range(few):
        first = a[i] <= b[j]
        out[t] = a[i] if first else b[j]
        i += first
        j += 1 - first
        first = a[k] > b[m]
        out[last - t] = a[k] if first else b[m]
        k -= first
        m -= 1 - first
    merge(a[: k + 1], b[: m + 1], i, j, out[few : out.size - few])


@compiled
def merge(a, b, i, j, out):
    """Merge two sorted runs of keys from the given places on, until ``out`` is full."""
    t = 0
    while t < out.size and i < a.size and j < b.size:
        first = a[i] <= b[j]
        out[t] = a[i] if first else b[j]
        i += first
        j += 1 - first
        t += 1
    for u in range(t, out.size):
        if i < a.size:
            out[u] = a[i]
            i += 1
        else:
            out[u] = b[j]
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
