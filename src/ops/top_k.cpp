#include "ops/top_k.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(TopK, top_k, Traits{})

Types infer(const TopK& op, const Types& in) {
  check_count("top_k", in, 1, 1);
  const auto axis = static_cast<size_t>(normalize_axis("top_k", in, op.axis, in[0].rank()));
  const Dim& size = in[0].shape[axis];
  if ((Dim(-1) - op.k).is_rising()) reject("top_k", in, fmt::format("k is {}", op.k.str()));
  if ((op.k - size - Dim(1)).is_rising())
    reject("top_k", in, fmt::format("k is {}, the axis has {}", op.k.str(), size.str()));
  std::vector<Dim> shape = in[0].shape;
  shape[axis] = op.k;
  return {{in[0].dtype, shape}, {DType::i64, shape}};
}

size_t resolve(TopK& op, const Types& in, const Contents& known) {
  check_count("top_k", in, 1, 2);
  if (in.size() == 1) return 1;
  if (!(op.k == Dim(0))) reject("top_k", in, "k is an attribute and an input");
  const std::vector<Dim> k = sizes_from("top_k", in, known, 1, "k");
  if (k.size() != 1) reject("top_k", in, "takes one k");
  op.k = k[0];
  return 1;
}

}  // namespace lathe::ops
