#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/pointwise/casts.h"
#include "kernels/cpu/pointwise/pointwise.h"
#include "kernels/cpu/pointwise/steps.h"
#include "kernels/cpu/pointwise/steps_f32.h"

namespace lathe::cpu {
namespace {

constexpr bool is_between(PointwiseOp op, PointwiseOp first, PointwiseOp last) { return op >= first && op <= last; }

/// What a program knows of its values while it works on a chunk.
struct Chunk {
  const void* values[kPointwiseInputs + kPointwiseSteps];
  bool uniform[kPointwiseInputs + kPointwiseSteps];
  std::byte* scratch;
  int64_t n;
  std::byte* slot(int i) const { return scratch + i * kPointwiseSlot; }
};

template <class T>
constexpr bool kIsFloat = static_cast<T>(0.5) != static_cast<T>(0);

template <class T>
void run_same_type(const PointwiseStep& step, const Values<T>& v) {
  if (by_vectors(step, v)) return;
  const bool two = is_between(step.op, PointwiseOp::add, PointwiseOp::shift_right);
  if constexpr (kIsFloat<T>) {
    if (two) return binary(step.op, v);
    if (is_between(step.op, PointwiseOp::none, PointwiseOp::mish)) return activation(step.op, v, step.alpha, step.beta);
    return unary(step.op, v);
  } else {
    if (two)
      whole_binary(step.op, step.type, v);
    else
      whole_unary(step.op, step.type, v);
    wrap(step.type, v.y, v.n);
  }
}

template <class T>
void run_step(const PointwiseStep& step, const Chunk& chunk, void* y) {
  const auto* a = static_cast<const T*>(chunk.values[step.a]);
  const auto* b = static_cast<const T*>(chunk.values[step.b]);
  if (step.op == PointwiseOp::where)
    return choose(static_cast<const int32_t*>(chunk.values[step.c]), a, b, chunk.n, static_cast<T*>(y));
  if (step.op == PointwiseOp::cast) {
    if constexpr (kIsFloat<T>)
      return cast_float(a, chunk.n, step.to, y);
    else
      return cast_whole(a, chunk.n, step.to, y);
  }
  if (is_between(step.op, PointwiseOp::equal, PointwiseOp::greater_equal) || step.op == PointwiseOp::is_nan ||
      step.op == PointwiseOp::is_inf)
    return compare(step.op, a, b, chunk.n, static_cast<int32_t*>(y));
  run_same_type(step, Values<T>{a, b, static_cast<T*>(y), chunk.n, chunk.uniform[step.b]});
  // What a step gives is a number of its type, as if it had been stored.
  if constexpr (std::is_same_v<T, float>) {
    if (step.to == DType::f16) round_halves<simd::f16>(static_cast<float*>(y), chunk.n, static_cast<float*>(y));
    if (step.to == DType::bf16) round_halves<simd::bf16>(static_cast<float*>(y), chunk.n, static_cast<float*>(y));
  }
}

/// Elements [at, at + n) of an input as lanes, into y.
template <class T>
void load_part(const PointwiseInput& input, int64_t at, int64_t n, void* y) {
  auto* to = static_cast<typename LaneOf<T>::type*>(y);
  const T* from = static_cast<const T*>(input.p);
  const int last = input.rank - 1;
  if (last < 0) return load_run(from, 0, n, to);
  int64_t index[8], offset = 0, rest = at;
  for (int d = last; d >= 0; --d) {
    index[d] = rest % input.size[d];
    rest /= input.size[d];
    offset += index[d] * input.step[d];
  }
  while (n > 0) {
    const int64_t left = input.size[last] - index[last], run = left < n ? left : n;
    load_run(from + offset, input.step[last], run, to);
    to += run;
    n -= run;
    index[last] += run;
    offset += run * input.step[last];
    for (int d = last; d > 0 && index[d] == input.size[d]; --d) {
      offset += input.step[d - 1] - index[d] * input.step[d];
      index[d] = 0;
      ++index[d - 1];
    }
  }
}

bool repeats(const PointwiseInput& input) { return input.rank == 0 || (input.rank == 1 && input.step[0] == 0); }

const void* load_input(const PointwiseInput& input, const Chunk& chunk, int64_t at, bool first) {
  std::byte* slot = chunk.slot(input.slot);
  if (repeats(input)) {
    if (first)
      of_type(
          input.type, [&]<class T>(T) __attribute__((always_inline)) {
            load_run(static_cast<const T*>(input.p), 0, kPointwiseChunk,
                     reinterpret_cast<typename LaneOf<T>::type*>(slot));
          });
    return slot;
  }
  if (input.rank == 1 && input.step[0] == 1 && is_a_lane(input.type))
    return static_cast<const std::byte*>(input.p) + at * (bits_of(input.type) / 8);
  of_type(
      input.type, [&]<class T>(T) __attribute__((always_inline)) { load_part<T>(input, at, chunk.n, slot); });
  return slot;
}

void pointwise(const PointwiseArgs& args, Team& team) noexcept {
  const Team::Range share = team.share((args.count + kPointwiseChunk - 1) / kPointwiseChunk);
  const int inputs = args.input_count, steps = args.step_count;
  Chunk chunk;
  chunk.scratch = args.scratch + static_cast<int64_t>(team.rank()) * args.slots * kPointwiseSlot;
  for (int i = 0; i < inputs + steps; ++i) chunk.uniform[i] = i < inputs && repeats(args.inputs[i]);
  const PointwiseStep& last = args.steps[steps - 1];
  for (int64_t c = share.begin; c < share.end; ++c) {
    const int64_t at = c * kPointwiseChunk;
    chunk.n = args.count - at < kPointwiseChunk ? args.count - at : kPointwiseChunk;
    for (int i = 0; i < inputs; ++i) chunk.values[i] = load_input(args.inputs[i], chunk, at, c == share.begin);
    std::byte* out = static_cast<std::byte*>(args.y) + at * (bits_of(last.to) / 8);
    for (int i = 0; i < steps; ++i) {
      const PointwiseStep& step = args.steps[i];
      std::byte* y = i + 1 == steps && is_a_lane(last.to) ? out : chunk.slot(step.slot);
      of_lane(
          step.type, [&]<class T>(T) __attribute__((always_inline)) { run_step<T>(step, chunk, y); });
      chunk.values[inputs + i] = y;
    }
    if (is_a_lane(last.to)) continue;
    of_type(
        last.to, [&]<class T>(T) __attribute__((always_inline)) {
          store_run(static_cast<const typename LaneOf<T>::type*>(chunk.values[inputs + steps - 1]), chunk.n,
                    reinterpret_cast<T*>(out));
        });
  }
}

}  // namespace

#define LATHE_POINTWISE(isa)                                                             \
  LATHE_ONLY_##isa(void pointwise_##isa(const PointwiseArgs& args, Team& team) noexcept; \
                   void pointwise_##isa(const PointwiseArgs& args, Team& team) noexcept { pointwise(args, team); })
#include "kernels/cpu/pointwise/kernels.inc"
#undef LATHE_POINTWISE

}  // namespace lathe::cpu
