#include "ir/compose/product.h"

namespace lathe::ir {

ValueId product(Composer& n, ValueId a, ValueId b, ops::MatMul op) {
  const bool row = n.rank(a) == 1, column = n.rank(b) == 1;
  if (n.rank(a) == 0 || n.rank(b) == 0) n.corrupt("a scalar is no matrix");
  if (row) a = n.unsqueeze(a, {0});
  if (column) b = n.unsqueeze(b, {1});
  ValueId y = n.add(op, {a, b});
  std::vector<Dim> shape = n.shape(y);
  if (column) shape.pop_back();
  if (row) shape.erase(shape.end() - (column ? 1 : 2));
  return n.reshape(y, shape);
}

}  // namespace lathe::ir
