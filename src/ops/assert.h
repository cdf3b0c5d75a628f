#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = x, booleans of any shape; a false one stops the run with an error (out_of_range). `message` says what it would
/// mean. What shall not run without the assertion reads y.
/// TensorRT IAssertionLayer
struct Assert {
  std::string message{};

  template <class V>
  void fields(V& v) {
    v.field("message", message);
  }
  LATHE_OP_STRUCT(Assert);
};
Types infer(const Assert& op, const Types& in);

}  // namespace lathe::ops
