// What one result is made of many elements for: reductions, running sums, softmax.
#include <algorithm>
#include <limits>

#include "base/dtype.h"
#include "frontends/onnx/write/spelling.h"
#include "ops/arg.h"
#include "ops/binary.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/cumulate.h"
#include "ops/expand.h"
#include "ops/pointwise.h"
#include "ops/reduce.h"
#include "ops/slice.h"
#include "ops/softmax.h"
#include "ops/transpose.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

std::string_view name_of(ops::ReduceKind kind) {
  switch (kind) {
    case ops::ReduceKind::sum: return "ReduceSum";
    case ops::ReduceKind::mean: return "ReduceMean";
    case ops::ReduceKind::max: return "ReduceMax";
    case ops::ReduceKind::min: return "ReduceMin";
    case ops::ReduceKind::prod: return "ReduceProd";
  }
  return {};
}

Values reduce(NodeWriter& n) {
  const auto& op = n.op<ops::Reduce>();
  if (op.axes.empty()) return {n.in(0)};
  return {n.emit(name_of(op.kind), {n.in(0), n.integers(op.axes)}, {attribute("keepdims", int64_t{op.keep_dims})})};
}

Values arg(NodeWriter& n) {
  const auto& op = n.op<ops::Arg>();
  return n.same(op.kind == ops::ArgKind::max ? "ArgMax" : "ArgMin",
                {attribute("axis", op.axis), attribute("keepdims", int64_t{op.keep_dims}),
                 attribute("select_last_index", int64_t{op.last})});
}

Values cumulate(NodeWriter& n) {
  const auto& op = n.op<ops::Cumulate>();
  if (op.kind == ops::CumulateKind::prod) n.body().document().need_opset(26);
  const std::string axis = n.number(static_cast<double>(op.axis), DType::i64);
  return {n.emit(op.kind == ops::CumulateKind::sum ? "CumSum" : "CumProd", {n.in(0), axis},
                 {attribute("exclusive", int64_t{op.exclusive}), attribute("reverse", int64_t{op.reverse})})};
}

bool holds_minus_infinity(const ir::Value& value) {
  constexpr size_t kMostBytes = 4096;
  const Blob& data = value.constant->data;
  if (data.size > kMostBytes) return false;
  const auto has = [](auto elements, auto lowest) {
    return std::find(elements.begin(), elements.end(), lowest) != elements.end();
  };
  switch (value.type.dtype) {
    case DType::f32: return has(data.as<float>(), -std::numeric_limits<float>::infinity());
    case DType::f64: return has(data.as<double>(), -std::numeric_limits<double>::infinity());
    case DType::f16: return has(data.as<uint16_t>(), uint16_t{0xfc00});
    case DType::bf16: return has(data.as<uint16_t>(), uint16_t{0xff80});
    default: return false;
  }
}

/// Whether scores may be -infinity: because of a constant that is, or of what a function is given to add to them.
bool may_be_hidden(const NodeWriter& n, ir::ValueId id, int depth) {
  constexpr int kDeepest = 8;
  const ir::Network& network = n.writer().network();
  if (network.is_constant(id)) return holds_minus_infinity(network.value(id));
  const ir::Node* maker = network.producer(id);
  if (maker == nullptr) return n.body().is_function() && is_float(network.value(id).type.dtype);
  const ops::Op& op = maker->op;
  const auto* binary = op.as<ops::Binary>();
  const bool adds = binary && (binary->kind == ops::BinaryKind::add || binary->kind == ops::BinaryKind::min);
  const bool moves = op.traits().reshapes || op.is<ops::Transpose>() || op.is<ops::Expand>() || op.is<ops::Slice>() ||
                     op.is<ops::Concat>();
  const bool passes_on = adds || moves || op.is<ops::Where>() || op.is<ops::Cast>() || op.is<ops::Pointwise>();
  return passes_on && depth < kDeepest && std::any_of(maker->inputs.begin(), maker->inputs.end(), [&](ir::ValueId v) {
           return may_be_hidden(n, v, depth + 1);
         });
}

/// Of a row of -infinity alone ONNX gives NaN where the op gives zeros.
Values softmax(NodeWriter& n) {
  const auto& op = n.op<ops::Softmax>();
  const std::string y = n.emit(op.log ? "LogSoftmax" : "Softmax", {n.in(0)}, {attribute("axis", op.axis)});
  if (op.log || !may_be_hidden(n, n.node().inputs[0], 0)) return {y};
  const std::string most = n.emit("ReduceMax", {n.in(0), n.integers({op.axis})}, {attribute("keepdims", int64_t{1})});
  const DType type = n.type().dtype;
  const std::string hidden = n.emit("Equal", {most, n.number(-std::numeric_limits<double>::infinity(), type)});
  return {n.emit("Where", {hidden, n.number(0, type), y})};
}

Values ragged_softmax(NodeWriter& n) {
  const DType type = n.type().dtype, whole = DType::i64;
  const std::string size = n.body().scalar_size(n.type().shape.back());
  const std::string places = n.emit("Range", {n.number(0, whole), size, n.number(1, whole)});
  const std::string counts = n.emit("Less", {places, n.cast(n.in(1), n.type(1).dtype, whole)});
  const std::string none = n.number(-std::numeric_limits<double>::infinity(), type);
  const std::string scores = n.emit("Where", {counts, n.in(0), none});
  const std::string y = n.emit("Softmax", {scores}, {attribute("axis", int64_t{-1})});
  return {n.emit("Where", {counts, y, n.number(0, type)})};
}

constexpr Spelling kSpellings[] = {
    {"arg", arg}, {"cumulate", cumulate}, {"ragged_softmax", ragged_softmax}, {"reduce", reduce}, {"softmax", softmax},
};

}  // namespace

std::span<const Spelling> reductions_spellings() { return kSpellings; }

}  // namespace lathe::onnx
