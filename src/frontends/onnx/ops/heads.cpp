#include "frontends/onnx/ops/heads.h"

#include <cmath>

namespace lathe::onnx {

ValueId by_heads(NodeReader& n, ValueId x, int64_t heads) {
  const std::vector<Dim> shape = n.shape(x, 3);
  if (heads < 1) n.corrupt("it has no heads");
  return n.transpose(n.reshape(x, {shape[0], shape[1], Dim(heads), Dim::floordiv(shape[2], Dim(heads))}), {0, 2, 1, 3});
}

ValueId side_by_side(NodeReader& n, ValueId x) {
  const ValueId y = n.transpose(x, {0, 2, 1, 3});
  const std::vector<Dim> shape = n.shape(y, 4);
  return n.reshape(y, {shape[0], shape[1], shape[2] * shape[3]});
}

double usual_scale(NodeReader& n, ValueId q) {
  const Dim width = n.shape(q, 4)[3];
  if (!width.is_constant()) n.refuse("heads of unknown size", "give the scale");
  return 1 / std::sqrt(static_cast<double>(width.constant()));
}

}  // namespace lathe::onnx
