// Enough of CUDA to run a kernel's own source on a CPU, every thread a fiber that runs from one barrier to the
// next. Lanes that part company at a barrier are an error. The order of the threads between barriers is the
// caller's choice: a missing barrier makes the answers depend on it.
#include <ucontext.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#define __device__
#define __global__
#define __shared__ static
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(n)
#define DYNAMIC_SHARED(name) unsigned char* const name = emulated::dynamic_shared

struct Index {
    unsigned x;
};
inline Index threadIdx, blockIdx;

namespace emulated {

enum Wait { RUNNING, WARP, BLOCK, DONE };
struct Fiber {
    ucontext_t context;
    std::vector<char> stack = std::vector<char>(1 << 16);
    Wait wait;
    unsigned shuffles;
};

alignas(16) inline unsigned char dynamic_shared[1 << 18];
inline unsigned char slots[2][1024][8];
inline std::vector<Fiber> fibers;
inline ucontext_t scheduler;
inline std::function<void()> kernel;

inline void wait_for(Wait barrier) {
    Fiber& self = fibers[threadIdx.x];
    self.wait = barrier;
    swapcontext(&self.context, &scheduler);
}

inline void thread() {
    kernel();
    fibers[threadIdx.x].wait = DONE;
}

// Runs threads [begin, end) until all wait for the block, or are done; false where they disagree.
inline bool run_warp(unsigned begin, unsigned end, bool reverse) {
    for (;;) {
        for (unsigned i = begin; i < end; ++i) {
            const unsigned t = reverse ? begin + end - 1 - i : i;
            threadIdx.x = t;
            swapcontext(&scheduler, &fibers[t].context);
        }
        for (unsigned t = begin; t < end; ++t)
            if (fibers[t].wait != fibers[begin].wait) return false;
        if (fibers[begin].wait != WARP) return true;
    }
}

inline bool launch(unsigned blocks, unsigned threads, bool reverse, std::function<void()> body) {
    kernel = body;
    fibers.resize(threads);
    for (blockIdx.x = 0; blockIdx.x < blocks; ++blockIdx.x) {
        memset(dynamic_shared, 0xff, sizeof dynamic_shared);
        for (Fiber& fiber : fibers) {
            getcontext(&fiber.context);
            fiber.context.uc_stack.ss_sp = fiber.stack.data();
            fiber.context.uc_stack.ss_size = fiber.stack.size();
            fiber.context.uc_link = &scheduler;
            fiber.wait = RUNNING;
            fiber.shuffles = 0;
            makecontext(&fiber.context, thread, 0);
        }
        do {
            for (unsigned w = 0; w < threads; w += 32) {
                const unsigned warp = reverse ? threads - 32 - w : w;
                if (!run_warp(warp, warp + 32, reverse) || fibers[warp].wait != fibers[reverse ? threads - 32 : 0].wait)
                    return false;
            }
        } while (fibers[0].wait != DONE);
    }
    return true;
}

template <class T>
T from(T value, unsigned lane) {
    const unsigned me = threadIdx.x;
    auto& slot = slots[fibers[me].shuffles++ % 2];
    memcpy(slot[me], &value, sizeof value);
    wait_for(WARP);
    memcpy(&value, slot[me / 32 * 32 + lane], sizeof value);
    return value;
}

}  // namespace emulated

inline void __syncthreads() { emulated::wait_for(emulated::BLOCK); }
inline void __syncwarp() { emulated::wait_for(emulated::WARP); }

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask, int) {
    return emulated::from(value, threadIdx.x % 32 ^ mask);
}
template <class T>
T __shfl_up_sync(unsigned, T value, int d, int width) {
    const int lane = threadIdx.x % 32;
    return emulated::from(value, lane % width >= d ? lane - d : lane);
}
template <class T>
T __shfl_down_sync(unsigned, T value, int d, int width) {
    const int lane = threadIdx.x % 32;
    return emulated::from(value, lane % width + d < width ? lane + d : lane);
}
template <class T>
T __shfl_sync(unsigned, T value, int source, int width) {
    const int lane = threadIdx.x % 32;
    return emulated::from(value, lane / width * width + source % width);
}

inline double __longlong_as_double(long long bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
inline double __dmul_rn(double a, double b) { return a * b; }
using std::fma;
