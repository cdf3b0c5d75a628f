#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "backends/tactic.h"
#include "io/tensor.h"
#include "ops/op.h"
#include "tests/support/random.h"
#include "tests/support/tensors.h"

namespace lathe::test {

/// One call of an op. `constants`: inputs that are weights, which tactics may ask to have packed.
struct Case {
  ops::Op op;
  std::vector<HostTensor> inputs;
  std::vector<size_t> constants = {};
};

/// The greatest ||x - r|| / ||r|| by the output's type; integers and booleans must be equal.
struct Tolerance {
  double f32 = 1e-6;
  double bf16 = 4e-3;
  double f16 = 6e-4;
  double f64 = 1e-12;
};

/// The suite of one op, written once and run on every tactic of every backend that does not refuse the case.
///
/// r is the reference backend's result with all floats widened to F64. Each tactic runs with teams of 1, 2 and 3, once
/// with contiguous inputs, once with rows further apart, once with dimensions in another order and once in blocks where
/// it takes such, outputs likewise, in memory that is poisoned before (so
/// that unwritten outputs and reads between rows show) and guarded on both sides. All runs of a tactic must agree bit
/// for bit: the result does not depend on the team or the strides.
///
/// The op's spelling in simpler ops (Op::expand), where it has one, gives r too, on the reference.
///
/// ignore.inc lists cases that a tactic is known to fail, with reasons.
class Suite {
 public:
  Suite(std::string_view op, Tolerance tolerance);
  void check(const Case& of);
  /// At the end of the suite's broadest test: every tactic of the op that this machine can run took some case, and
  /// so did the op's spelling.
  void check_coverage() const;
  /// Every tactic that takes the case reports the fault and writes only where it may.
  void check_fault(const Case& of, ErrorCode code);

 private:
  template <class F>
  void for_each_tactic(const Case& of, F&& visit);
  void check_spelling(const Case& of, const std::vector<HostTensor>& expected);

  std::string op_;
  Tolerance tolerance_;
  int spelt_ = 0;                               ///< cases whose spelling in simpler ops was compared
  std::map<std::string, std::string> reached_;  ///< tactic -> empty, or why it refused so far
};

/// The floating types that suites sweep: all four widths.
inline constexpr DType kFloats[] = {DType::f32, DType::bf16, DType::f16, DType::f64};
/// Widths that are odd, tiny, and those of real models.
inline constexpr int64_t kWidths[] = {1, 3, 17, 100, 384, 768, 1024};

}  // namespace lathe::test
