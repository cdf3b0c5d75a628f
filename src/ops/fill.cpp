#include "ops/fill.h"

#include <cmath>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Fill, fill, Traits{})

Types infer(const Fill& op, const Types& in) {
  check_count("fill", in, 0, 0);
  if (op.step != 0) normalize_axis("fill", in, op.axis, static_cast<int>(op.shape.size()));
  return {{op.dtype, op.shape}};
}

size_t resolve(Fill& op, const Types& in, const Contents& known) {
  check_count("fill", in, 0, 1);
  if (in.empty()) return 0;
  if (!op.shape.empty()) reject("fill", in, "the shape is an attribute and an input");
  op.shape = sizes_from("fill", in, known, 0, "shape");
  return 0;
}

Elements elements(const Fill& op, const Types& /*in*/, const Contents& /*known*/) {
  const int64_t count = followed({op.dtype, op.shape});
  // Numbers that the type holds exactly, and the few steps from them too.
  const double most = op.dtype == DType::i32 ? 1e7 : 1e15;
  const auto whole = [&](double x) { return x >= -most && x <= most && x == std::floor(x); };
  if (count < 0 || op.dtype == DType::boolean || !whole(op.start) || !whole(op.step)) return std::nullopt;
  std::vector<Element> all;
  for (int64_t i = 0; i < count; ++i)
    all.emplace_back(Dim(static_cast<int64_t>(op.start) + static_cast<int64_t>(op.step) * i));
  return all;
}

}  // namespace lathe::ops
