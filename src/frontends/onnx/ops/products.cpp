// Products of matrices.
#include "base/dtype.h"
#include "base/error.h"
#include "frontends/onnx/ops/integers.h"
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
  n.ignore({"broadcast"});
  const double alpha = n.number("alpha", 1), beta = n.number("beta", 1);
  const ops::MatMul op{n.integer("transA", 0) != 0, n.integer("transB", 0) != 0};
  ValueId y = scaled(n, n.add(op, {n.in(0), n.in(1)}), alpha);
  if (n.has(2) && beta != 0) {
    const std::vector<Dim> own = n.shape(y);
    y = n.binary(BinaryKind::add, y, scaled(n, n.in(2), beta));
    const std::vector<Dim>& shape = n.shape(y);
    if (shape.size() != own.size() || (own[0] == Dim(1) && !(shape[0] == Dim(1))) ||
        (own[1] == Dim(1) && !(shape[1] == Dim(1))))
      n.corrupt(fmt::format("its C {} is larger than the product", to_string(n.type(n.in(2)))));
  }
  n.give(y);
}

/// com.microsoft FusedMatMul
void fused_matmul(NodeReader& n) {
  if (n.integer("transBatchA", 0) != 0 || n.integer("transBatchB", 0) != 0)
    n.refuse("transBatchA and transBatchB are not done", "transpose before");
  const ops::MatMul op{n.integer("transA", 0) != 0, n.integer("transB", 0) != 0};
  n.give(scaled(n, ir::product(n, n.in(0), n.in(1), op), n.number("alpha", 1)));
}

/// What stands for each row of a matrix, as a column; one for all as it is.
ValueId by_rows(NodeReader& n, ValueId v) {
  const bool several = v != ir::kNone && n.rank(v) == 1 && !(n.dim(v, 0) == Dim(1));
  return several ? n.unsqueeze(v, {1}) : v;
}

void matmul_integer(NodeReader& n) {
  const ValueId a = centred(n, n.in(0), by_rows(n, n.in_or_none(2)));
  n.give(ir::product(n, a, centred(n, n.in(1), n.in_or_none(3))));
}

void qlinear_matmul(NodeReader& n) {
  const ValueId a = centred(n, n.in(0), by_rows(n, n.in(2))), b = centred(n, n.in(3), n.in(5));
  const ValueId scale = n.binary(BinaryKind::mul, by_rows(n, n.in(1)), n.in(4));
  n.give(requantized(n, n.add(ops::MatMul{}, {a, b}), scale, n.in(6), n.in(7)));
}

void einsum(NodeReader& n) { n.give(ir::einsum(n, n.text("equation", ""), n.all_inputs())); }

constexpr Entry kEntries[] = {
    {"Einsum", einsum},
    {"Gemm", gemm},
    {"MatMul", matmul},
    {"MatMulInteger", matmul_integer},
    {"QLinearMatMul", qlinear_matmul},
    {"FusedMatMul", fused_matmul, kMicrosoft, "no transBatchA, no transBatchB"},
    {"TransposeMatMul", fused_matmul, kMicrosoft, "no transBatchA, no transBatchB"},
};

}  // namespace

std::span<const Entry> products_entries() { return kEntries; }

}  // namespace lathe::onnx
