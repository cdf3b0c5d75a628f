// Fused ops and the ops of packed tokens.
#include "frontends/onnx/write/spelling.h"
#include "ops/layer_norm.h"
#include "ops/unpack_rows.h"

namespace lathe::onnx {
namespace {

/// One op of ONNX where all inputs have one type and none is a residual.
Values layer_norm(NodeWriter& n) {
  const auto& op = n.op<ops::LayerNorm>();
  const auto alike = [&](size_t i) { return n.type(i).dtype == n.type(0).dtype; };
  if (op.residual || !alike(1) || !alike(2)) return {};
  return n.same("LayerNormalization", {attribute("axis", int64_t{-1}), attribute("epsilon", op.epsilon)});
}

/// Places of the elements that are not zero; sums of how many each row has.
Values pack_index(NodeWriter& n) {
  const std::string kept = n.cast(n.in(0), n.type().dtype, DType::boolean);
  const std::string places = n.reshape(n.emit("NonZero", {n.reshape(kept, {-1})}), {-1});
  const std::string ones = n.cast(kept, DType::boolean, DType::i32);
  const std::string counts = n.emit("ReduceSum", {ones, n.integers({1})}, {attribute("keepdims", int64_t{0})});
  const std::string ends = n.emit("CumSum", {counts, n.number(0, DType::i64)});
  const std::string bounds =
      n.emit("Concat", {n.body().integers({0}, DType::i32), ends}, {attribute("axis", int64_t{0})});
  return {n.cast(places, DType::i64, DType::i32), bounds};
}

/// Rows written into zeros.
Values unpack_rows(NodeWriter& n) {
  const auto& op = n.op<ops::UnpackRows>();
  const std::vector<Dim>& x = n.type().shape;
  std::vector<Dim> rows = {count_of(op.leading)};
  rows.insert(rows.end(), x.begin() + 1, x.end());
  const std::string zeros = n.cast(n.emit("ConstantOfShape", {n.body().sizes(rows)}), DType::f32, n.type().dtype);
  const std::string places = n.reshape(n.cast(n.in(1), n.type(1).dtype, DType::i64), {-1, 1});
  const std::string all = n.emit("ScatterND", {zeros, places, n.in(0)});
  return {n.emit("Reshape", {all, n.body().sizes(n.out().shape)})};
}

constexpr std::string_view kPacked = "its sequences lie one behind the other, and where they end is data";
constexpr Spelling kSpellings[] = {
    {"attention", nullptr, kPacked},
    {"embedding"},
    {"layer_norm", layer_norm},
    {"linear"},
    {"pack_index", pack_index},
    {"pointwise"},
    {"rotary"},
    {"sequence_pool", nullptr, kPacked},
    {"unpack_rows", unpack_rows},
};

}  // namespace

std::span<const Spelling> fused_spellings() { return kSpellings; }

}  // namespace lathe::onnx
