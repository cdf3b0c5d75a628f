#include "api/adder.h"
#include "ir/compose/einsum.h"
#include "ir/compose/product.h"
#include "lathe/layers/products.h"

namespace lathe {

using api::Adder;
using ir::ValueId;

Tensor matmul(const Tensor& a, const Tensor& b) {
  Adder n("matmul", {a, b});
  return n.out(ir::product(n, n.in(a), n.in(b)));
}

Tensor matmul(const Tensor& a, MatrixOp op_a, const Tensor& b, MatrixOp op_b) {
  Adder n("matmul", {a, b});
  ValueId left = n.in(a), right = n.in(b);
  const bool row = op_a == MatrixOp::vector, column = op_b == MatrixOp::vector;
  if (n.rank(left) < (row ? 1 : 2) || n.rank(right) < (column ? 1 : 2))
    n.corrupt(a.str() + " and " + b.str() + " have too few dimensions");
  if (row) left = n.unsqueeze(left, {n.rank(left) - 1});
  if (column) right = n.unsqueeze(right, {n.rank(right)});
  const ValueId y = n.add(ops::MatMul{op_a == MatrixOp::transpose, op_b == MatrixOp::transpose}, {left, right});
  std::vector<Dim> shape = n.shape(y);
  if (column) shape.pop_back();
  if (row) shape.erase(shape.end() - (column ? 1 : 2));
  return n.out(n.reshape(y, shape));
}

namespace {

/// x w^T + bias over the last dimension.
ValueId weighted(Adder& n, ValueId x, const Tensor& w, const Tensor& bias) {
  const ValueId matrix = n.in(w);
  if (n.rank(matrix) != 2) n.corrupt("its weights are no matrix: " + w.str());
  const ValueId y = n.add(ops::MatMul{.transpose_b = true}, {x, matrix});
  return bias ? n.binary(ops::BinaryKind::add, y, n.in(bias)) : y;
}

}  // namespace

Tensor fully_connected(const Tensor& x, const Tensor& w, const Tensor& bias) {
  Adder n("fully_connected", {x, w, bias});
  const ValueId in = n.in(x);
  if (n.rank(in) < 3) n.corrupt("x has fewer than three dimensions: " + x.str());
  std::vector<Dim> shape(n.shape(in).begin(), n.shape(in).end() - 3);
  std::vector<Dim> rows = shape;
  rows.push_back(count_of({n.shape(in).end() - 3, n.shape(in).end()}));
  // A vector becomes a matrix of one row.
  if (rows.size() == 1) rows.insert(rows.begin(), Dim(1));
  const ValueId y = weighted(n, n.reshape(in, rows), w, bias);
  shape.insert(shape.end(), {n.shape(y).back(), Dim(1), Dim(1)});
  return n.out(n.reshape(y, shape));
}

Tensor linear(const Tensor& x, const Tensor& w, const Tensor& bias) {
  Adder n("linear", {x, w, bias});
  ValueId in = n.in(x);
  const bool vector = n.rank(in) == 1;
  if (n.rank(in) == 0) n.corrupt("x is a scalar");
  if (vector) in = n.unsqueeze(in, {0});
  const ValueId y = weighted(n, in, w, bias);
  return n.out(vector ? n.reshape(y, {n.shape(y).back()}) : y);
}

Tensor einsum(std::string_view equation, const std::vector<Tensor>& inputs) {
  Adder n("einsum", inputs);
  return n.out(ir::einsum(n, equation, n.in(inputs)));
}

}  // namespace lathe
