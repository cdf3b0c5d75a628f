#include "ops/concat.h"

#include <algorithm>

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Concat, concat, Traits{})

Types infer(const Concat& op, const Types& in, Equalities& needed) {
  if (in.empty()) reject("concat", in, "takes at least 1 input");
  int axis = normalize_axis("concat", in, op.axis, in[0].rank());
  TensorType out = in[0];
  for (size_t i = 1; i < in.size(); ++i) {
    if (in[i].dtype != out.dtype || in[i].rank() != out.rank()) reject("concat", in, "types or ranks differ");
    for (int d = 0; d < out.rank(); ++d)
      if (d != axis)
        need_equal("concat", in, in[0].shape[d], in[i].shape[d], "dimensions beside the axis differ", needed);
    out.shape[axis] = out.shape[axis] + in[i].shape[axis];
  }
  return {out};
}

bool row_form(const Concat& op, const RowQuestion& question, RowForm& form) {
  const int64_t axis = question.inner_axis(op.axis, question.inputs[0].rank());
  return axis != 0 && all_rows(question, Concat{axis}, form);
}

Elements elements(const Concat& /*op*/, const Types& in, const Contents& known) {
  std::vector<Element> all;
  for (size_t i = 0; i < in.size(); ++i) {
    const int64_t count = followed(in[i]);
    if (count < 0) return std::nullopt;
    const Elements& part = known_of(known, i);
    all.resize(all.size() + static_cast<size_t>(count));
    if (part) std::copy(part->begin(), part->end(), all.end() - count);
  }
  return all;
}

}  // namespace lathe::ops
