#pragma once
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/pages.h"
#include "ir/network.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// The weights of a plan, those of its blocks included: each constant is packed once in each format and direction,
/// and has a tensor in each memory where it is read.
class Weights {
 public:
  /// `plan` gets the weights and tensors; it outlives this. Without `packs` weights have no data.
  explicit Weights(plan::Plan& plan, bool packs = true) : plan_(plan), packs_(packs) {}
  /// The tensor of a constant in the memory of a device, in a format of its backends ("": row-major), from [n, k] where
  /// it is transposed. What was packed does not hold on to the constant's memory.
  int tensor(const ir::Value& value, std::string_view format, bool transposed, int device);

 private:
  int weight(const ir::Value& value, std::string_view format, bool transposed, int device);

  plan::Plan& plan_;
  bool packs_;
  BlobRegion region_;  ///< in the order of the steps
  /// By the constant's bytes (where blocks have one constant), recipe or name, type, format and direction. No constant
  /// takes the place of another in memory while a plan is made.
  std::map<std::tuple<const void*, std::string, std::string, std::string, bool>, int> weights_;
  std::map<std::pair<int, int>, int> tensors_;  ///< by weight and device
};

}  // namespace lathe::compiler
