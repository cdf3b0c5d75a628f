#pragma once
// What a cell does with the sums of its gates, for the instruction set that the including source is compiled for.
#include "kernels/cpu/pointwise/float_math.h"
#include "kernels/cpu/rnn/rnn.h"

namespace lathe::cpu {
namespace {

using simd::f32v;

[[gnu::noinline]] f32v other_function(Activation kind, f32v x, f32v a, f32v b) {
  using namespace simd;
  switch (kind) {
    case Activation::none: return fma(a, x, b);
    case Activation::relu: return max(zero(), x);
    case Activation::leaky_relu: return select(less(x, zero()), a * x, x);
    case Activation::thresholded_relu: return thresholded_relu(x, a);
    case Activation::scaled_tanh: return scaled_tanh(x, a, b);
    case Activation::hard_sigmoid: return simd::clip(fma(a, x, b), zero(), set1(1.0f));
    case Activation::elu: return elu(x, a);
    case Activation::softsign: return softsign(x);
    default: return softplus(x);
  }
}

/// One row at one step: what its units read and write. Sums of gates lie at sums + offsets[gate], from the first unit
/// on; all else is the whole row's.
struct RnnRow {
  const float *x, *sums;
  const int64_t* offsets;
  const float* before;  ///< h
  float* after;         ///< h'
  float *c, *update, *reset;
  float* y;
};

/// The gates of one direction for units [first, end).
struct RnnUnits {
  const RnnArgs& args;
  const RnnFunction* functions;
  const float *input_bias, *recurrent_bias, *peepholes;  ///< of the direction, or null
  int64_t first, end;

  RnnUnits(const RnnArgs& a, int64_t direction, int64_t from, int64_t to)
      : args(a),
        functions(a.functions[direction]),
        input_bias(a.bias ? a.bias + direction * 2 * a.gates() * a.hidden : nullptr),
        recurrent_bias(a.bias ? input_bias + a.gates() * a.hidden : nullptr),
        peepholes(a.peepholes ? a.peepholes + direction * 3 * a.hidden : nullptr),
        first(from),
        end(to) {}

  LATHE_SIMD f32v call(const RnnUnits& units, int which, f32v x) {
    const RnnFunction& f = units.functions[which];
    const float limit = units.args.clip > 0 ? units.args.clip : __builtin_inff();
    x = simd::clip(x, simd::set1(-limit), simd::set1(limit));
    if (f.kind == Activation::sigmoid) return simd::sigmoid(x);
    if (f.kind == Activation::tanh) return simd::tanh(x);
    return other_function(f.kind, x, simd::set1(f.alpha), simd::set1(f.beta));
  }
  template <class Lanes>
  LATHE_SIMD f32v of_x(const RnnUnits& units, const RnnRow& row, int gate, int64_t u, Lanes lanes) {
    const int64_t at = gate * units.args.hidden + u;
    const f32v x = simd::load(row.x + at, lanes);
    return units.input_bias ? x + simd::load(units.input_bias + at, lanes) : x;
  }
  template <class Lanes>
  LATHE_SIMD f32v of_h(const RnnUnits& units, const RnnRow& row, int gate, int64_t u, Lanes lanes) {
    const f32v sum = simd::load(row.sums + row.offsets[gate] + u - units.first, lanes);
    return units.recurrent_bias ? sum + simd::load(units.recurrent_bias + gate * units.args.hidden + u, lanes) : sum;
  }
  template <class Lanes>
  LATHE_SIMD f32v gate(const RnnUnits& units, const RnnRow& row, int gate, int64_t u, Lanes lanes) {
    return of_x(units, row, gate, u, lanes) + of_h(units, row, gate, u, lanes);
  }
  template <class Lanes>
  LATHE_SIMD f32v peep(const RnnUnits& units, int which, int64_t u, Lanes lanes, f32v sum, f32v c) {
    if (!units.peepholes) return sum;
    return simd::fma(simd::load(units.peepholes + which * units.args.hidden + u, lanes), c, sum);
  }
  /// f(u, lanes) for vectors of units.
  template <class F>
  LATHE_SIMD void each(const RnnUnits& units, F f) {
    const int64_t first = units.first;
    simd::for_row(
        units.end - first, [=](int64_t c, auto lanes) __attribute__((always_inline)) { f(first + c, lanes); });
  }
  template <class Lanes>
  LATHE_SIMD void give(const RnnRow& row, int64_t u, Lanes lanes, f32v h) {
    simd::store(row.after + u, h, lanes);
    simd::store(row.y + u, h, lanes);
  }
};

void rnn_cell(const RnnUnits& units, const RnnRow& row) {
  using U = RnnUnits;
  U::each(
      units, [&](int64_t u, auto lanes) __attribute__((always_inline)) {
        U::give(row, u, lanes, U::call(units, 0, U::gate(units, row, 0, u, lanes)));
      });
}

void lstm_cell(const RnnUnits& units, const RnnRow& row) {
  using U = RnnUnits;
  U::each(
      units, [&](int64_t u, auto lanes) __attribute__((always_inline)) {
        const f32v c = simd::load(row.c + u, lanes);
        const f32v i = U::call(units, 0, U::peep(units, 0, u, lanes, U::gate(units, row, 0, u, lanes), c));
        const f32v f = units.args.input_forget
                           ? simd::set1(1.0f) - i
                           : U::call(units, 0, U::peep(units, 2, u, lanes, U::gate(units, row, 2, u, lanes), c));
        const f32v next = simd::fma(f, c, i * U::call(units, 1, U::gate(units, row, 3, u, lanes)));
        const f32v o = U::call(units, 0, U::peep(units, 1, u, lanes, U::gate(units, row, 1, u, lanes), next));
        simd::store(row.c + u, next, lanes);
        U::give(row, u, lanes, o * U::call(units, 2, next));
      });
}

/// h' = (1 - z) . n + z . h
template <class Lanes>
LATHE_SIMD void give_gru(const RnnRow& row, int64_t u, Lanes lanes, f32v z, f32v n) {
  RnnUnits::give(row, u, lanes, simd::fma(simd::set1(1.0f) - z, n, z * simd::load(row.before + u, lanes)));
}

void gru_linear_cell(const RnnUnits& units, const RnnRow& row) {
  using U = RnnUnits;
  U::each(
      units, [&](int64_t u, auto lanes) __attribute__((always_inline)) {
        const f32v z = U::call(units, 0, U::gate(units, row, 0, u, lanes));
        const f32v r = U::call(units, 0, U::gate(units, row, 1, u, lanes));
        const f32v sum = simd::fma(r, U::of_h(units, row, 2, u, lanes), U::of_x(units, row, 2, u, lanes));
        give_gru(row, u, lanes, z, U::call(units, 1, sum));
      });
}

/// z, and r . h for the second product.
void gru_gates(const RnnUnits& units, const RnnRow& row) {
  using U = RnnUnits;
  U::each(
      units, [&](int64_t u, auto lanes) __attribute__((always_inline)) {
        simd::store(row.update + u, U::call(units, 0, U::gate(units, row, 0, u, lanes)), lanes);
        const f32v r = U::call(units, 0, U::gate(units, row, 1, u, lanes));
        simd::store(row.reset + u, r * simd::load(row.before + u, lanes), lanes);
      });
}

void gru_cell(const RnnUnits& units, const RnnRow& row) {
  using U = RnnUnits;
  U::each(
      units, [&](int64_t u, auto lanes) __attribute__((always_inline)) {
        const f32v n = U::call(units, 1, U::gate(units, row, 2, u, lanes));
        give_gru(row, u, lanes, simd::load(row.update + u, lanes), n);
      });
}

}  // namespace
}  // namespace lathe::cpu
