#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "io/tensor.h"

namespace lathe::test {

/// A small generator (splitmix64): the same numbers for a seed on every machine and library.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t bits();
  /// In [0, 1).
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Mean 0, variance 1.
  double normal();
  /// In [low, high].
  int64_t integer(int64_t low, int64_t high);

  HostTensor normal_tensor(std::string name, DType dtype, const Shape& shape, double mean = 0, double deviation = 1);
  /// Whole numbers in [low, high].
  HostTensor integer_tensor(std::string name, DType dtype, const Shape& shape, int64_t low, int64_t high);
  /// A mask [batch, seq] of zeros and ones: full rows, right and left padding, holes and empty rows, in turn.
  HostTensor mask_tensor(std::string name, DType dtype, int64_t batch, int64_t seq);
  /// cu_seqlens [batch + 1] that rise from 0 to `tokens`, empty sequences among them.
  HostTensor cu_seqlens_tensor(std::string name, int64_t batch, int64_t tokens);

 private:
  uint64_t state_;
};

}  // namespace lathe::test
