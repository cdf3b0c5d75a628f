// Products of matrices.
#include "base/dtype.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/einsum.h"
#include "ir/compose/product.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;

void matmul(NodeReader& n) { n.give(ir::product(n, n.in(0), n.in(1))); }

/// y = x * number, where that changes anything.
ValueId scaled(NodeReader& n, ValueId x, double number) {
  return number == 1 ? x : n.by_number(BinaryKind::mul, x, number);
}

void gemm(NodeReader& n) {
  const double alpha = n.number("alpha", 1), beta = n.number("beta", 1);
  const ops::MatMul op{n.integer("transA", 0) != 0, n.integer("transB", 0) != 0};
  ValueId y = scaled(n, n.add(op, {n.in(0), n.in(1)}), alpha);
  if (n.has(2) && beta != 0) y = n.binary(BinaryKind::add, y, scaled(n, n.in(2), beta));
  n.give(y);
}

/// com.microsoft FusedMatMul
void fused_matmul(NodeReader& n) {
  if (n.integer("transBatchA", 0) != 0 || n.integer("transBatchB", 0) != 0)
    n.refuse("transBatchA and transBatchB are not done", "transpose before");
  const ops::MatMul op{n.integer("transA", 0) != 0, n.integer("transB", 0) != 0};
  n.give(scaled(n, ir::product(n, n.in(0), n.in(1), op), n.number("alpha", 1)));
}

/// An integer matrix as i32, less its zero point: one for all, for each row of a, or for each column of b.
ValueId centred(NodeReader& n, ValueId x, size_t zero_point, bool rows) {
  ValueId wide = n.cast(x, DType::i32);
  if (!n.has(zero_point)) return wide;
  ValueId zero = n.cast(n.in(zero_point), DType::i32);
  if (rows && n.rank(zero) == 1 && !(n.dim(zero, 0) == Dim(1))) zero = n.unsqueeze(zero, {1});
  return n.binary(BinaryKind::sub, wide, zero);
}

void matmul_integer(NodeReader& n) {
  n.give(ir::product(n, centred(n, n.in(0), 2, true), centred(n, n.in(1), 3, false)));
}

void einsum(NodeReader& n) { n.give(ir::einsum(n, n.text("equation", ""), n.all_inputs())); }

constexpr Entry kEntries[] = {
    {"Einsum", einsum},
    {"Gemm", gemm},
    {"MatMul", matmul},
    {"MatMulInteger", matmul_integer},
    {"FusedMatMul", fused_matmul, kMicrosoft},
    {"TransposeMatMul", fused_matmul, kMicrosoft},
};

}  // namespace

std::span<const Entry> products_entries() { return kEntries; }

}  // namespace lathe::onnx
