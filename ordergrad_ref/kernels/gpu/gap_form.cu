// The gap form (spec eqs. (23), (25) to (29)) on a GPU: groups of n rewards are read once, sorted on chip,
// answered, and written once.
//
//   warp_groups   groups of up to 1024: L lanes hold a group, E ranks each, in registers; 32/L groups a warp
//   block_groups  beyond, while a group fits in shared memory: one block for each group
//
// Accuracy. From float32 rewards everything is computed in float64 and rounded once: plain sums of n ≤ 2¹⁵
// float64 terms are within 2¹⁵·2⁻⁵³ of their range, far below 2⁻²⁴. (The GPUs meant here run float64 at half
// the rate of float32, and these kernels wait for memory.) From float64 rewards sums carry what each addition
// rounded off, as the bound of spec section 9 asks.
//
// A NaN or infinite reward makes every answer of its own group NaN, and touches no other.

enum Mode { ADVANTAGE, VALUE, MIXED, PATHWISE };  // scale·A, v, v + scale·S, tied value weights

constexpr int WARPS = 4;  // in a block of warp_groups
constexpr int THREADS = 512;  // in a block of block_groups
constexpr unsigned ALL = 0xffffffffu;

#ifndef DYNAMIC_SHARED
#define DYNAMIC_SHARED(name) extern __shared__ __align__(16) unsigned char name[]
#endif

template <class T>
__device__ T infinity() {
    return static_cast<T>(__longlong_as_double(0x7ff0000000000000ll));
}

// ---------------------------------------------------------------------------------------------- sums

template <class T>
struct Sum;

template <>
struct Sum<float> {
    double sum = 0;

    __device__ void add(double x) { sum += x; }
    __device__ void add_product(double a, double b) { sum = fma(a, b, sum); }
    __device__ void join(Sum o) { sum += o.sum; }
    __device__ double rounded() const { return sum; }
    __device__ double minus(double x) const { return sum - x; }
    __device__ Sum below(int lanes, int width) const { return {__shfl_up_sync(ALL, sum, lanes, width)}; }
    __device__ Sum across(int mask, int width) const { return {__shfl_xor_sync(ALL, sum, mask, width)}; }
};

template <>
struct Sum<double> {
    double sum = 0, lost = 0;

    // Knuth's two-sum: sum + what is added to lost is exactly the sum of both.
    __device__ void add(double x) {
        const double after = sum + x, added = after - sum;
        lost += (sum - (after - added)) + (x - added);
        sum = after;
    }
    __device__ void add_product(double a, double b) {
        const double product = __dmul_rn(a, b);
        lost += fma(a, b, -product);
        add(product);
    }
    __device__ void join(Sum o) {
        const double both = lost + o.lost;  // symmetric, so that all lanes of a butterfly agree
        lost = 0;
        add(o.sum);
        lost += both;
    }
    __device__ double rounded() const { return sum + lost; }
    __device__ double minus(double x) const { return (sum - x) + lost; }
    __device__ Sum below(int lanes, int width) const {
        return {__shfl_up_sync(ALL, sum, lanes, width), __shfl_up_sync(ALL, lost, lanes, width)};
    }
    __device__ Sum across(int mask, int width) const {
        return {__shfl_xor_sync(ALL, sum, mask, width), __shfl_xor_sync(ALL, lost, mask, width)};
    }
};

// ------------------------------------------------- teams: the threads that share a group, in rank order

template <int L>
struct Lanes {
    int rank;

    template <class S>
    __device__ S before(S x) const {  // the sum over the lanes of lower rank
        for (int d = 1; d < L; d *= 2) {
            S sum = x.below(d, L);
            sum.join(x);
            if (rank >= d) x = sum;
        }
        x = x.below(1, L);
        return rank ? x : S{};
    }
    template <class S>
    __device__ S total(S x) const {
        for (int d = 1; d < L; d *= 2) x.join(x.across(d, L));
        return x;
    }
};

template <class T>
struct Block {
    int rank;
    Sum<T>* warps;  // shared, one a warp

    __device__ Sum<T> over(Sum<T> x, int count) const {  // the sum over the first `count` warps
        x = Lanes<32>{rank % 32}.total(x);
        if (rank % 32 == 0) warps[rank / 32] = x;
        __syncthreads();
        Sum<T> sum;
        for (int w = 0; w < count; ++w) sum.join(warps[w]);
        __syncthreads();
        return sum;
    }
    __device__ Sum<T> total(Sum<T> x) const { return over(x, THREADS / 32); }
    __device__ Sum<T> before(Sum<T> x) const {
        Sum<T> sum = over(x, rank / 32);
        sum.join(Lanes<32>{rank % 32}.before(x));
        return sum;
    }
};

// ------------------------------------------------------------------------------- sorting (key, place)
//
// Bitonic, with the first step of each merge mirrored so that every comparison is ascending. Equal keys, and
// any comparison with NaN, stay where they are: the places are a permutation whatever the rewards.

template <class T, class P>
__device__ void in_order(T& a, T& b, P& i, P& j) {
    const bool swap = b < a;
    const T smaller = swap ? b : a;
    const P its = swap ? j : i;
    b = swap ? a : b;
    j = swap ? i : j;
    a = smaller;
    i = its;
}

template <int E, int HALF, class T>
__device__ void merge_lane(T (&key)[E], int (&place)[E]) {
    if constexpr (HALF > 0) {
#pragma unroll
        for (int e = 0; e < E; ++e)
            if (!(e & HALF)) in_order(key[e], key[e | HALF], place[e], place[e | HALF]);
        merge_lane<E, HALF / 2>(key, place);
    }
}

template <int E, int K, class T>
__device__ void sort_lane(T (&key)[E], int (&place)[E]) {
    if constexpr (K <= E) {
#pragma unroll
        for (int e = 0; e < E; ++e)
            if (e < (e ^ (K - 1))) in_order(key[e], key[e ^ (K - 1)], place[e], place[e ^ (K - 1)]);
        merge_lane<E, K / 4>(key, place);
        sort_lane<E, 2 * K>(key, place);
    }
}

template <class T>
__device__ void keep(T& key, int& place, T other, int its, bool smaller) {
    const bool take = smaller ? other < key : key < other;
    key = take ? other : key;
    place = take ? its : place;
}

template <int L, int E, class T>
__device__ void sort_lanes(T (&key)[E], int (&place)[E], int rank) {
    sort_lane<E, 2>(key, place);
    for (int k = 2; k <= L; k *= 2) {
#pragma unroll
        for (int e = 0; e < E / 2; ++e) {
            const int f = E - 1 - e;
            const bool smaller = !(rank & (k / 2));
            const T a = __shfl_xor_sync(ALL, key[e], k - 1, L), b = __shfl_xor_sync(ALL, key[f], k - 1, L);
            const int i = __shfl_xor_sync(ALL, place[e], k - 1, L);
            const int j = __shfl_xor_sync(ALL, place[f], k - 1, L);
            keep(key[e], place[e], b, j, smaller);
            keep(key[f], place[f], a, i, smaller);
        }
        for (int d = k / 4; d > 0; d /= 2) {
#pragma unroll
            for (int e = 0; e < E; ++e)
                keep(key[e], place[e], __shfl_xor_sync(ALL, key[e], d, L),
                     __shfl_xor_sync(ALL, place[e], d, L), !(rank & d));
        }
        merge_lane<E, E / 2>(key, place);
    }
}

template <class T>
__device__ void sort_shared(T* key, unsigned short* place, int size) {
    for (int k = 2; k <= size; k *= 2)
        for (int d = k / 2; d > 0; d /= 2) {
            __syncthreads();
            for (int i = threadIdx.x; i < size / 2; i += THREADS) {
                const int low = 2 * (i & -d) | (i & (d - 1));
                const int high = d == k / 2 ? low ^ (k - 1) : low + d;
                in_order(key[low], key[high], place[low], place[high]);
            }
        }
    __syncthreads();
}

// ---------------------------------------------------------------------------------------- the answers

struct Job {
    int n;
    const double* first;   // N/(N−1) e^(N−1) and a zero; PATHWISE: prefix sums of the value weights,
    const double* second;  // the value weights;                    and what those sums rounded off
    int low, high;         // rewards are taken from zero clipped to those of these ranks: spec section 9.3
    double total, scale, sign;
};

template <class T>
__device__ T clipped_zero(T low, T high) {
    const T above = low > 0 ? low : T(0);
    return high < above ? high : above;
}

template <int MODE, class T>
__device__ T of_sign(T reward, const Job& job) {
    return MODE == MIXED ? T(job.sign) * reward : reward;
}

// A thread holds the ranks from E·rank on; `next` is the first key of the thread after it.
// FULL: no thread holds padding, and nothing needs guarding.
template <int MODE, int E, bool FULL, class T, class Team, class Keys, class Places>
__device__ void respond(const Team& team, const Keys& key, T next, T origin, const Places& place,
                        const Job& job, T* out, bool live) {
    const int start = team.rank * E;
    const auto term = [&](int e) {
        const double above = e + 1 < E ? key[e + 1 < E ? e + 1 : e] : next;
        const bool within = FULL || start + e + 1 < job.n;
        return within ? __dmul_rn(job.first[start + e], above - double(key[e])) : 0.0;
    };
    const double ranks_above = job.n - 1 - start;
    Sum<T> rise, rises, value;
    T spoil = 0;  // NaN if any reward is not finite
#pragma unroll
    for (int e = 0; e < E; ++e) {
        const int m = start + e;
        if (FULL || m < job.n) {
            spoil += key[e] - key[e];
            if (MODE != ADVANTAGE) value.add_product(job.second[m], double(key[e]) - double(origin));
        }
        if (MODE != VALUE) {
            const double y = term(e);
            rise.add(y);
            if (MODE == ADVANTAGE) rises.add_product(y, ranks_above - e);  // the term is in the sums of all ranks above
        }
    }
    double v = 0;
    if (MODE != ADVANTAGE) {
        value.add(spoil);
        v = double(origin) * job.total + team.total(value).rounded();
    }
    if (MODE == VALUE) {
        if (live && team.rank == 0) *out = static_cast<T>(v);
        return;
    }
    double mean = 0;
    if (MODE == ADVANTAGE) {
        rises.add(spoil);
        mean = team.total(rises).rounded() / job.n;
    }
    rise = team.before(rise);
#pragma unroll
    for (int e = 0; e < E; ++e) {
        const double scaled = __dmul_rn(job.scale, rise.minus(mean));
        if (FULL || place[e] < job.n) out[place[e]] = static_cast<T>(MODE == ADVANTAGE ? scaled : v + scaled);
        rise.add(term(e));
    }
}

// The mean weight of the run of rewards that equal this one, from prefix sums of the weights.
template <class T>
__device__ double tied_weight(const T* sorted, T key, const Job& job) {
    int begin = 0, end = job.n;
    for (int high = job.n; begin < high;) {
        const int middle = (begin + high) / 2;
        if (sorted[middle] < key) begin = middle + 1;
        else high = middle;
    }
    for (int low = begin; low < end;) {
        const int middle = (low + end) / 2;
        if (key < sorted[middle]) end = middle;
        else low = middle + 1;
    }
    const double sum = (job.first[end] - job.first[begin]) + (job.second[end] - job.second[begin]);
    return sum / (end - begin);
}

template <int E, class T, class Team, class Keys>
__device__ double spoiled(const Team& team, const Keys& key, int n) {
    Sum<T> spoil;
    for (int e = 0; e < E; ++e)
        if (team.rank * E + e < n) spoil.add(key[e] - key[e]);
    return team.total(spoil).rounded();
}

// ---------------------------------------------------------------------------------------- the kernels

template <class T, int V>
struct alignas(sizeof(T) * V) Vector {
    T at[V];
};

// V rewards a load: 16 bytes where rows are that aligned, else one. FULL: n = L·E.
template <class T, int L, int E, int V, bool FULL, int MODE>
__global__ void __launch_bounds__(32 * WARPS)
    warp_groups(const T* __restrict__ rewards, T* __restrict__ out, long long groups, int n,
                const double* __restrict__ first, const double* __restrict__ second, int low,
                int high, double total, double scale, double sign) {
    __shared__ __align__(16) T stages[WARPS * 32 * E];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const Lanes<L> team{lane % L};
    const long long group = (static_cast<long long>(blockIdx.x) * WARPS + warp) * (32 / L) + lane / L;
    const bool live = group < groups;
    const Job job{FULL ? L * E : n, first, second, low, high, total, scale, sign};
    using Load = Vector<T, V>;

    T key[E];
    int place[E];
#pragma unroll
    for (int e = 0; e < E; e += V) {
        const int i = e * L + team.rank * V;
        Load load{};
        if (live && (FULL || i < n)) load = *reinterpret_cast<const Load*>(rewards + group * n + i);
#pragma unroll
        for (int v = 0; v < V; ++v) {
            key[e + v] = live && (FULL || i < n) ? of_sign<MODE>(load.at[v], job) : infinity<T>();
            place[e + v] = i + v;
        }
    }
    sort_lanes<L>(key, place, team.rank);

    T* stage = stages + (warp * (32 / L) + lane / L) * (L * E);
    if constexpr (MODE == PATHWISE) {
#pragma unroll
        for (int e = 0; e < E; ++e) stage[team.rank * E + e] = key[e];
        const double spoil = spoiled<E, T>(team, key, n);
        __syncwarp();
#pragma unroll
        for (int e = 0; e < E; ++e) key[e] = static_cast<T>(tied_weight(stage, key[e], job) + spoil);
        __syncwarp();
#pragma unroll
        for (int e = 0; e < E; ++e) stage[place[e]] = key[e];
    } else {
        const T above = __shfl_down_sync(ALL, key[0], 1, L);
        const T next = team.rank + 1 < L ? above : key[E - 1];
        T origin = 0;
        if (MODE != ADVANTAGE) {  // through memory: a register array has no run-time index
#pragma unroll
            for (int e = 0; e < E; ++e) {
                if (team.rank * E + e == low) stage[0] = key[e];
                if (team.rank * E + e == high) stage[1] = key[e];
            }
            __syncwarp();
            origin = clipped_zero(stage[0], stage[1]);
            __syncwarp();
        }
        respond<MODE, E, FULL>(team, key, next, origin, place, job, MODE == VALUE ? out + group : stage, live);
    }
    if constexpr (MODE != VALUE) {
        __syncwarp();
#pragma unroll
        for (int e = 0; e < E; e += V) {
            const int i = e * L + team.rank * V;
            if (live && (FULL || i < n))
                *reinterpret_cast<Load*>(out + group * n + i) = *reinterpret_cast<const Load*>(stage + i);
        }
    }
}

// Shared memory: a Sum for each warp, THREADS·E keys, as many places. Answers are scattered within a row that
// the second-level cache holds, so device memory still sees one write for each reward.
template <class T, int E, int MODE>
__global__ void __launch_bounds__(THREADS)
    block_groups(const T* __restrict__ rewards, T* __restrict__ out, long long, int n,
                 const double* __restrict__ first, const double* __restrict__ second, int low,
                 int high, double total, double scale, double sign) {
    DYNAMIC_SHARED(memory);
    constexpr int SIZE = THREADS * E;
    const Block<T> team{static_cast<int>(threadIdx.x), reinterpret_cast<Sum<T>*>(memory)};
    T* sorted = reinterpret_cast<T*>(team.warps + THREADS / 32);
    unsigned short* places = reinterpret_cast<unsigned short*>(sorted + SIZE);
    const long long group = blockIdx.x;
    const Job job{n, first, second, low, high, total, scale, sign};

    for (int i = threadIdx.x; i < SIZE; i += THREADS) {
        sorted[i] = i < n ? of_sign<MODE>(rewards[group * n + i], job) : infinity<T>();
        places[i] = static_cast<unsigned short>(i);
    }
    sort_shared(sorted, places, SIZE);

    const T* key = sorted + team.rank * E;
    const unsigned short* place = places + team.rank * E;
    T* row = out + (MODE == VALUE ? group : group * n);
    if constexpr (MODE == PATHWISE) {
        const double spoil = spoiled<E, T>(team, key, n);
        for (int e = 0; e < E; ++e)
            if (place[e] < n) row[place[e]] = static_cast<T>(tied_weight(sorted, key[e], job) + spoil);
    } else {
        const T next = team.rank + 1 < THREADS ? key[E] : infinity<T>();
        respond<MODE, E, false>(team, key, next, clipped_zero(sorted[low], sorted[high]), place, job, row, true);
    }
}
