#pragma once
// The kernels of kernels.inc for the instruction set that the including source is compiled for.
#include "kernels/cpu/elementwise/elementwise.h"
#include "kernels/cpu/simd_math.h"

namespace lathe::cpu {
namespace {

using namespace lathe::simd;

/// The part of a matrix that is a member's: rows where there are enough of them, else columns in whole cache lines.
struct Part {
  Team::Range rows, columns;
};

LATHE_SIMD Part part_of(const Team& team, int64_t rows, int64_t n) {
  constexpr int64_t kLine = 64;
  if (rows >= team.size() || n < 2 * kLine) return {team.share(rows), {0, n}};
  const Team::Range lines = team.share((n + kLine - 1) / kLine);
  return {{0, rows}, {lines.begin * kLine, lines.end * kLine < n ? lines.end * kLine : n}};
}

/// f(row, column, lanes) over a member's part.
template <class F>
LATHE_SIMD void for_part(const Team& team, int64_t rows, int64_t n, F f) {
  const Part part = part_of(team, rows, n);
  for (int64_t r = part.rows.begin; r < part.rows.end; ++r)
    for_row(
        part.columns.end - part.columns.begin, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
          f(r, part.columns.begin + c, lanes);
        });
}

template <BinaryOp kOp>
LATHE_SIMD f32v apply(f32v a, f32v b) {
  if constexpr (kOp == BinaryOp::add) return a + b;
  if constexpr (kOp == BinaryOp::sub) return a - b;
  if constexpr (kOp == BinaryOp::mul) return a * b;
  if constexpr (kOp == BinaryOp::div) return a / b;
  if constexpr (kOp == BinaryOp::min) return select(is_nan(a), a, min(a, b));
  if constexpr (kOp == BinaryOp::max) return select(is_nan(a), a, max(a, b));
}

template <class T, BinaryOp kOp>
void binary(const BinaryArgs& args, const Team& team) {
  const BinaryOperand a = args.a, b = args.b;
  auto row = [](const BinaryOperand& o, int64_t r) __attribute__((always_inline)) {
    return static_cast<const T*>(o.p) + (o.period > 0 ? r % o.period : r) * o.stride;
  };
  const Part part = part_of(team, args.rows, args.n);
  const int64_t begin = part.columns.begin, n = part.columns.end - begin;
  for (int64_t r = part.rows.begin; r < part.rows.end; ++r) {
    const T *pa = row(a, r), *pb = row(b, r);
    T* y = static_cast<T*>(args.y) + r * args.y_stride + begin;
    const f32v va = a.scalar ? set1(load_one(pa)) : zero(), vb = b.scalar ? set1(load_one(pb)) : zero();
    for_row(
        n, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
          f32v x = a.scalar ? va : load(pa + begin + c, lanes);
          f32v z = b.scalar ? vb : load(pb + begin + c, lanes);
          store(y + c, apply<kOp>(x, z), lanes);
        });
  }
}

template <class T>
void binary(const BinaryArgs& args, Team& team) noexcept {
  switch (args.op) {
    case BinaryOp::add: return binary<T, BinaryOp::add>(args, team);
    case BinaryOp::sub: return binary<T, BinaryOp::sub>(args, team);
    case BinaryOp::mul: return binary<T, BinaryOp::mul>(args, team);
    case BinaryOp::div: return binary<T, BinaryOp::div>(args, team);
    case BinaryOp::min: return binary<T, BinaryOp::min>(args, team);
    case BinaryOp::max: return binary<T, BinaryOp::max>(args, team);
  }
}

template <UnaryOp kOp>
LATHE_SIMD f32v apply(f32v x) {
  if constexpr (kOp == UnaryOp::exp) return exp(x);
  if constexpr (kOp == UnaryOp::erf) return erf(x);
  if constexpr (kOp == UnaryOp::tanh) return tanh(x);
  if constexpr (kOp == UnaryOp::sqrt) return sqrt(x);
  if constexpr (kOp == UnaryOp::rsqrt) return set1(1.0f) / sqrt(x);
  if constexpr (kOp == UnaryOp::recip) return set1(1.0f) / x;
  if constexpr (kOp == UnaryOp::neg) return bit_xor(x, set1(-0.0f));
  if constexpr (kOp == UnaryOp::abs) return abs(x);
  if constexpr (kOp == UnaryOp::sigmoid) return sigmoid(x);
  if constexpr (kOp == UnaryOp::relu) return max(zero(), x);
  if constexpr (kOp == UnaryOp::gelu) return gelu(x);
  if constexpr (kOp == UnaryOp::gelu_tanh) return gelu_tanh(x);
  return x;
}

template <class T, UnaryOp kOp>
void unary(const UnaryArgs& args, const Team& team) {
  for_part(
      team, args.rows, args.n, [&](int64_t r, int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v x = load(static_cast<const T*>(args.x) + r * args.x_stride + c, lanes);
        store(static_cast<T*>(args.y) + r * args.y_stride + c, apply<kOp>(x), lanes);
      });
}

template <class T>
void unary(const UnaryArgs& args, Team& team) noexcept {
  switch (args.op) {
    case UnaryOp::copy: return unary<T, UnaryOp::copy>(args, team);
    case UnaryOp::exp: return unary<T, UnaryOp::exp>(args, team);
    case UnaryOp::erf: return unary<T, UnaryOp::erf>(args, team);
    case UnaryOp::tanh: return unary<T, UnaryOp::tanh>(args, team);
    case UnaryOp::sqrt: return unary<T, UnaryOp::sqrt>(args, team);
    case UnaryOp::rsqrt: return unary<T, UnaryOp::rsqrt>(args, team);
    case UnaryOp::recip: return unary<T, UnaryOp::recip>(args, team);
    case UnaryOp::neg: return unary<T, UnaryOp::neg>(args, team);
    case UnaryOp::abs: return unary<T, UnaryOp::abs>(args, team);
    case UnaryOp::sigmoid: return unary<T, UnaryOp::sigmoid>(args, team);
    case UnaryOp::relu: return unary<T, UnaryOp::relu>(args, team);
    case UnaryOp::gelu: return unary<T, UnaryOp::gelu>(args, team);
    case UnaryOp::gelu_tanh: return unary<T, UnaryOp::gelu_tanh>(args, team);
  }
}

template <class From, class To>
void cast(const CastArgs& args, Team& team) noexcept {
  for_part(
      team, args.rows, args.n, [&](int64_t r, int64_t c, auto lanes) __attribute__((always_inline)) {
        f32v x = load(static_cast<const From*>(args.x) + r * args.x_stride + c, lanes);
        store(static_cast<To*>(args.y) + r * args.y_stride + c, x, lanes);
      });
}

}  // namespace

#define LATHE_BINARY(type, isa)                                                \
  LATHE_ONLY_##isa(                                                            \
      void binary_##type##_##isa(const BinaryArgs& args, Team& team) noexcept; \
      void binary_##type##_##isa(const BinaryArgs& args, Team& team) noexcept { binary<type>(args, team); })
#define LATHE_UNARY(type, isa)                                                            \
  LATHE_ONLY_##isa(void unary_##type##_##isa(const UnaryArgs& args, Team& team) noexcept; \
                   void unary_##type##_##isa(const UnaryArgs& args, Team& team) noexcept { unary<type>(args, team); })
#define LATHE_CAST(from, to, isa)                                                 \
  LATHE_ONLY_##isa(                                                               \
      void cast_##from##_##to##_##isa(const CastArgs& args, Team& team) noexcept; \
      void cast_##from##_##to##_##isa(const CastArgs& args, Team& team) noexcept { cast<from, to>(args, team); })
#include "kernels/cpu/elementwise/kernels.inc"
#undef LATHE_BINARY
#undef LATHE_UNARY
#undef LATHE_CAST

}  // namespace lathe::cpu
