"""Loops for known rewards and probabilities: carry to ranks and back, add up, average over a binomial."""

from ordergrad_ref.kernels.cpu.compiler import compiled
from ordergrad_ref.kernels.cpu.loops import two_sum

__all__ = ["binomial_average", "put", "running_sum", "take"]


@compiled
def take(x, order, out):
    """Carry the numbers of each group ``(G, m)`` from the places of the rewards to their ranks."""
    for g in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[g, t] = x[g, order[g, t]]


@compiled
def put(x, order, out):
    """Carry the numbers of each group from the ranks of the rewards to their places."""
    for g in range(x.shape[0]):
        for t in range(x.shape[1]):
            out[g, order[g, t]] = x[g, t]


@compiled
def running_sum(x, out):
    """``S_t = x_1 + … + x_t`` of each group, each addition's rounding error added up apart."""
    for g in range(x.shape[0]):
        total = lost = 0.0
        for t in range(x.shape[1]):
            total, lost = two_sum(total, lost, x[g, t])
            out[g, t] = total + lost


@compiled
def binomial_average(alpha, negligible, below, above, out):
    """``b_α(F)``, spec eq. (3), outward from the mode: see `ordergrad_ref.closed_forms.bernstein`."""
    k = alpha.size
    for i in range(below.size):
        f, g = below[i], above[i]
        if f <= 0 or g <= 0:
            out[i] = alpha[0] if f <= 0 else alpha[k - 1]
            continue
        mode = min(int(k * f), k - 1)
        total, weighted = 1.0, 0.0
        term = 1.0
        for j in range(mode, k - 1):
            term *= ((k - 1 - j) * f) / ((j + 1) * g)
            if term <= negligible:
                break
            total += term
            weighted += term * (alpha[j + 1] - alpha[mode])
        term = 1.0
        for j in range(mode, 0, -1):
            term *= (j * g) / ((k - j) * f)
            if term <= negligible:
                break
            total += term
            weighted += term * (alpha[j - 1] - alpha[mode])
        out[i] = alpha[mode] + weighted / total
