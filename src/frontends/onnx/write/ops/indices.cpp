// What reads and writes where other tensors say, and what finds places.
#include "frontends/onnx/write/spelling.h"
#include "ops/assert.h"
#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/gather_nd.h"
#include "ops/nms.h"
#include "ops/non_zero.h"
#include "ops/scatter_elements.h"
#include "ops/scatter_nd.h"
#include "ops/top_k.h"
#include "ops/unique.h"

namespace lathe::onnx {
namespace {

Values gather(NodeWriter& n) { return n.same("Gather", {attribute("axis", n.op<ops::Gather>().axis)}); }

Values gather_elements(NodeWriter& n) {
  return n.same("GatherElements", {attribute("axis", n.op<ops::GatherElements>().axis)});
}

/// The indices of ONNX's ..ND are int64.
std::string wide_indices(NodeWriter& n) { return n.cast(n.in(1), n.type(1).dtype, DType::i64); }

Values gather_nd(NodeWriter& n) {
  return {n.emit("GatherND", {n.in(0), wide_indices(n)}, {attribute("batch_dims", n.op<ops::GatherNd>().batch_dims)})};
}

Values scatter_elements(NodeWriter& n) {
  const auto& op = n.op<ops::ScatterElements>();
  return n.same("ScatterElements", {attribute("axis", op.axis), attribute("reduction", ops::to_string(op.reduction))});
}

Values scatter_nd(NodeWriter& n) {
  return {n.emit("ScatterND", {n.in(0), wide_indices(n), n.in(2)},
                 {attribute("reduction", ops::to_string(n.op<ops::ScatterNd>().reduction))})};
}

Values top_k(NodeWriter& n) {
  const auto& op = n.op<ops::TopK>();
  return n.body().emit_all(
      "TopK", {n.in(0), n.body().size(op.k)},
      {attribute("axis", op.axis), attribute("largest", int64_t{op.largest}), attribute("sorted", int64_t{op.sorted})},
      2);
}

Values unique(NodeWriter& n) {
  const auto& op = n.op<ops::Unique>();
  std::vector<proto::Attribute> attributes = {attribute("sorted", int64_t{op.sorted})};
  if (op.along_axis) attributes.push_back(attribute("axis", op.axis));
  return n.same("Unique", attributes);
}

/// A scalar counts as [1].
Values non_zero(NodeWriter& n) { return {n.emit("NonZero", {n.rank() == 0 ? n.reshape(n.in(0), {1}) : n.in(0)})}; }

Values nms(NodeWriter& n) {
  const auto& op = n.op<ops::Nms>();
  const std::string most = n.integers({op.max_output_boxes_per_class});
  const auto limit = [&](double value) { return n.reshape(n.number(value, DType::f32), {1}); };
  return {n.emit("NonMaxSuppression", {n.in(0), n.in(1), most, limit(op.iou_threshold), limit(op.score_threshold)},
                 {attribute("center_point_box", int64_t{op.center_point_box})})};
}

/// A false one picks the second element of one, which stops a run.
Values assertion(NodeWriter& n) {
  const std::string place = n.cast(n.emit("Not", {n.in(0)}), DType::boolean, DType::i64);
  const std::string flag = n.reshape(n.number(1, DType::boolean), {1});
  return {n.emit("Gather", {flag, place}, {attribute("axis", int64_t{0})})};
}

constexpr Spelling kSpellings[] = {
    {"assert", assertion}, {"gather", gather},     {"gather_elements", gather_elements},   {"gather_nd", gather_nd},
    {"nms", nms},          {"non_zero", non_zero}, {"scatter_elements", scatter_elements}, {"scatter_nd", scatter_nd},
    {"top_k", top_k},      {"unique", unique},
};

}  // namespace

std::span<const Spelling> indices_spellings() { return kSpellings; }

}  // namespace lathe::onnx
