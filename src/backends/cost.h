#pragma once
#include <algorithm>

#include "backends/tactic.h"

namespace lathe::backends {

/// The fixed cost model of processors: estimated microseconds of one step, from nominal rates a core and instruction
/// set. It ranks tactics and never depends on what a machine does today.
///
///   cost = max(operations / rate, bytes / bandwidth) + start
struct CoreRates {
  double f32_gflops, bf16_gflops;
};

/// The cost of what runs only where nothing else does: dearer than any estimate.
inline constexpr double kLastResort = 1e9;

inline CoreRates nominal_rates(Isa isa) {
  switch (isa) {
    case Isa::avx2: return {80, 0};
    case Isa::avx512: return {160, 0};
    case Isa::avx512_bf16: return {160, 320};
    case Isa::amx_bf16: return {160, 1600};
  }
  return {1, 1};
}

inline double estimate_us(double operations, double gflops, double bytes, int threads) {
  constexpr double kBytesPerUs = 20e3, kStartUs = 0.5;
  double team = std::max(threads, 1);
  return std::max(operations / (gflops * 1e3 * team), bytes / kBytesPerUs) + kStartUs;
}

/// Bytes that the operands hold at their typical sizes.
inline double typical_bytes(const Question& question) {
  double bytes = 0;
  for (auto list : {question.inputs, question.outputs})
    for (const Operand& operand : list)
      bytes += static_cast<double>(operand.typical.count()) * bits_of(operand.type.dtype) / 8;
  return bytes;
}

}  // namespace lathe::backends
