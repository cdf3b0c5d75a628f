#include "ops/range.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Range, range, Traits{})

namespace {

Dim count_in(const Range& op) {
  const Dim way = op.step > 0 ? op.limit - op.start : op.start - op.limit;
  return Dim::max(Dim::ceildiv(way, op.step > 0 ? Dim(op.step) : Dim(0) - Dim(op.step)), Dim(0));
}

Dim single(const Types& in, const Contents& known, size_t index, std::string_view what) {
  const std::vector<Dim> sizes = sizes_from("range", in, known, index, what);
  if (sizes.size() != 1) reject("range", in, fmt::format("input {} ({}) must be one number", index, what));
  return sizes[0];
}

}  // namespace

Types infer(const Range& op, const Types& in) {
  check_count("range", in, 0, 0);
  if (op.dtype != DType::i32 && op.dtype != DType::i64) reject("range", in, "makes i32 or i64");
  if (op.step == 0) reject("range", in, "the step is 0");
  return {{op.dtype, {count_in(op)}}};
}

size_t resolve(Range& op, const Types& in, const Contents& known) {
  if (in.empty()) return 0;
  check_count("range", in, 3, 3);
  for (const TensorType& type : in)
    if (type.dtype != in[0].dtype) reject("range", in, "start, limit and step must have one type");
  op.start = single(in, known, 0, "start");
  op.limit = single(in, known, 1, "limit");
  single(in, known, 2, "step");
  op.step = numbers_from("range", in, known, 2, "step")[0];
  op.dtype = in[0].dtype;
  return 0;
}

Elements elements(const Range& op, const Types& /*in*/, const Contents& /*known*/) {
  const int64_t count = followed({op.dtype, {count_in(op)}});
  if (count < 0) return std::nullopt;
  std::vector<Element> all;
  for (int64_t i = 0; i < count; ++i) all.emplace_back(op.start + Dim(op.step) * Dim(i));
  return all;
}

}  // namespace lathe::ops
