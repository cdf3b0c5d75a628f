#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y = x, in the memory of another device or, on one device, in another format. A plan's own: networks know neither.
struct Copy {
  template <class V>
  void fields(V& /*v*/) {}
  LATHE_OP_STRUCT(Copy);
};
Types infer(const Copy& op, const Types& in);

}  // namespace lathe::ops
