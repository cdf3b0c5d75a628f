// Products of matrices, determinants, transforms.
#include <numeric>

#include "frontends/onnx/write/spelling.h"
#include "ops/determinant.h"
#include "ops/dft.h"
#include "ops/matmul.h"

namespace lathe::onnx {
namespace {

std::string maybe_transposed(NodeWriter& n, size_t i, bool transposed) {
  if (!transposed) return n.in(i);
  std::vector<int64_t> perm(static_cast<size_t>(n.rank(i)));
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
  return n.transpose(n.in(i), perm);
}

Values matmul(NodeWriter& n) {
  const auto& op = n.op<ops::MatMul>();
  const std::string a = maybe_transposed(n, 0, op.transpose_a);
  return {n.emit("MatMul", {a, maybe_transposed(n, 1, op.transpose_b)})};
}

Values determinant(NodeWriter& n) { return n.same("Det"); }

Values dft(NodeWriter& n) {
  const auto& op = n.op<ops::Dft>();
  const std::string length = op.length.empty() ? std::string() : n.body().scalar_size(op.length[0]);
  return {n.emit("DFT", {n.in(0), length, n.number(static_cast<double>(op.axis), DType::i64)},
                 {attribute("inverse", int64_t{op.inverse}), attribute("onesided", int64_t{op.onesided})})};
}

constexpr Spelling kSpellings[] = {{"determinant", determinant}, {"dft", dft}, {"matmul", matmul}};

}  // namespace

std::span<const Spelling> products_spellings() { return kSpellings; }

}  // namespace lathe::onnx
