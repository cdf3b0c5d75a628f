// What moves elements, or only renames their places.
#include <algorithm>

#include "frontends/onnx/write/spelling.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/reshape.h"
#include "ops/reverse_sequence.h"
#include "ops/shape.h"
#include "ops/transpose.h"

namespace lathe::onnx {
namespace {

/// The shape as Reshape takes it: constants as they are, 0 for a size of x in the same place, -1 for one other.
Values reshape(NodeWriter& n) {
  const std::vector<Dim>&from = n.type().shape, &to = n.out().shape;
  const bool has_zero = std::find(to.begin(), to.end(), Dim(0)) != to.end();
  std::vector<int64_t> numbers;
  size_t open = 0;
  for (size_t d = 0; d < to.size(); ++d) {
    const bool kept = d < from.size() && to[d] == from[d] && !has_zero;
    open += to[d].is_constant() || kept ? 0 : 1;
    numbers.push_back(to[d].is_constant() ? to[d].constant() : kept ? 0 : -1);
  }
  if (open <= 1 && !(open == 1 && has_zero)) {
    if (!has_zero) return {n.reshape(n.in(0), numbers)};
    return {n.emit("Reshape", {n.in(0), n.integers(numbers)}, {attribute("allowzero", int64_t{1})})};
  }
  std::vector<proto::Attribute> attributes;
  if (has_zero) attributes = {attribute("allowzero", int64_t{1})};
  return {n.emit("Reshape", {n.in(0), n.body().sizes(to)}, attributes)};
}

Values expand(NodeWriter& n) { return {n.emit("Expand", {n.in(0), n.body().sizes(n.out().shape)})}; }

Values transpose(NodeWriter& n) { return {n.transpose(n.in(0), n.op<ops::Transpose>().perm)}; }

Values concat(NodeWriter& n) { return n.same("Concat", {attribute("axis", n.op<ops::Concat>().axis)}); }

Values shape_of(NodeWriter& n) { return {n.cast(n.emit("Shape", {n.in(0)}), DType::i64, n.op<ops::ShapeOf>().dtype)}; }

/// ONNX has the two axes in front.
Values reverse_sequence(NodeWriter& n) {
  const auto& op = n.op<ops::ReverseSequence>();
  std::vector<int64_t> perm = {op.time_axis, op.batch_axis};
  for (int64_t d = 0; d < n.rank(); ++d)
    if (d != op.time_axis && d != op.batch_axis) perm.push_back(d);
  const std::string lengths = n.cast(n.in(1), n.type(1).dtype, DType::i64);
  const bool in_front = std::max(op.time_axis, op.batch_axis) <= 1;
  const std::vector<proto::Attribute> axes = {attribute("time_axis", in_front ? op.time_axis : 0),
                                              attribute("batch_axis", in_front ? op.batch_axis : 1)};
  if (in_front) return {n.emit("ReverseSequence", {n.in(0), lengths}, axes)};
  return {n.transpose(n.emit("ReverseSequence", {n.transpose(n.in(0), perm), lengths}, axes), inverse(perm))};
}

constexpr Spelling kSpellings[] = {
    {"concat", concat},
    {"copy", nullptr, "networks have none: a plan's steps copy between devices"},
    {"expand", expand},
    {"reshape", reshape},
    {"reverse_sequence", reverse_sequence},
    {"shape", shape_of},
    {"transpose", transpose},
};

}  // namespace

std::span<const Spelling> moves_spellings() { return kSpellings; }

}  // namespace lathe::onnx
