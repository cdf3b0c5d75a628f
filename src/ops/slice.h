#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[i..] = x[start + i * stride ..]: one start, size and stride per dimension. An empty `stride` means all 1.
struct Slice {
  std::vector<Dim> start{};
  std::vector<Dim> size{};
  std::vector<int64_t> stride{};

  template <class V>
  void fields(V& v) {
    v.field("start", start);
    v.field("size", size);
    v.field("stride", stride);
  }
  LATHE_OP_STRUCT(Slice);
};
Types infer(const Slice& op, const Types& in);
bool row_form(const Slice& op, const RowQuestion& question, RowForm& form);

}  // namespace lathe::ops
