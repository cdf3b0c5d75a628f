// Tensors that are made of sizes and numbers.
#include <cmath>

#include "base/dtype.h"
#include "frontends/onnx/write/spelling.h"
#include "ir/expand.h"
#include "ops/fill.h"
#include "ops/random.h"
#include "ops/range.h"

namespace lathe::onnx {
namespace {

/// A tensor of this shape with one number everywhere.
std::string filled(NodeWriter& n, const std::vector<Dim>& shape, double number, DType type) {
  const bool is_plain = is_float(type) && bits_of(type) >= 16;
  const bool is_whole = std::abs(number) <= 0x1p62 && number == std::trunc(number);
  const DType made = is_plain ? type : is_whole ? DType::i64 : DType::f32;
  const Blob bytes = ir::number_bytes(number, made);
  const proto::Tensor value = tensor_of(made, {1}, bytes.data, bytes.size);
  const std::string y = n.emit("ConstantOfShape", {n.body().sizes(shape)}, {{.name = "value", .tensors = {value}}});
  return n.cast(y, made, type);
}

/// start + step * index along the axis.
Values stepping(NodeWriter& n, const ops::Fill& op) {
  const DType type = op.dtype, whole = DType::i64;
  const auto axis = static_cast<size_t>(op.axis < 0 ? op.axis + std::ssize(op.shape) : op.axis);
  std::string y = n.emit("Range", {n.number(0, whole), n.body().scalar_size(op.shape[axis]), n.number(1, whole)});
  y = n.cast(y, whole, type);
  if (op.step != 1) y = n.emit("Mul", {y, n.number(op.step, type)});
  if (op.start != 0) y = n.emit("Add", {y, n.number(op.start, type)});
  std::vector<int64_t> column(op.shape.size(), 1);
  column[axis] = -1;
  if (column.size() > 1) y = n.reshape(y, column);
  for (size_t d = 0; d < op.shape.size(); ++d)
    if (d != axis && !(op.shape[d] == Dim(1))) return {n.emit("Expand", {y, n.body().sizes(op.shape)})};
  return {y};
}

Values fill(NodeWriter& n) {
  const auto& op = n.op<ops::Fill>();
  if (op.shape.empty()) return {n.number(op.start, op.dtype)};
  return op.step == 0 ? Values{filled(n, op.shape, op.start, op.dtype)} : stepping(n, op);
}

Values range(NodeWriter& n) {
  const auto& op = n.op<ops::Range>();
  const auto bound = [&](const Dim& d) {
    if (d.is_constant()) return n.number(static_cast<double>(d.constant()), op.dtype);
    return n.cast(n.body().scalar_size(d), DType::i64, op.dtype);
  };
  return {n.emit("Range", {bound(op.start), bound(op.limit), n.number(static_cast<double>(op.step), op.dtype)})};
}

/// Distributions agree, numbers do not: each runtime has a generator of its own.
Values random(NodeWriter& n) {
  const auto& op = n.op<ops::Random>();
  std::vector<proto::Attribute> attributes = {attribute("dtype", number_of(op.dtype))};
  if (op.seeded) attributes.push_back(attribute("seed", static_cast<double>(op.seed)));
  const auto like = [&] { return filled(n, op.shape, 0, DType::f32); };
  switch (op.kind) {
    case ops::RandomKind::uniform:
      attributes.insert(attributes.end(), {attribute("low", op.low), attribute("high", op.high)});
      return {n.emit("RandomUniformLike", {like()}, attributes)};
    case ops::RandomKind::normal:
      attributes.insert(attributes.end(), {attribute("mean", op.mean), attribute("scale", op.scale)});
      return {n.emit("RandomNormalLike", {like()}, attributes)};
    case ops::RandomKind::bernoulli: return n.same("Bernoulli", attributes);
    case ops::RandomKind::multinomial:
      attributes.push_back(attribute("sample_size", op.samples));
      return n.same("Multinomial", attributes);
  }
  return {};
}

constexpr Spelling kSpellings[] = {{"fill", fill}, {"random", random}, {"range", range}};

}  // namespace

std::span<const Spelling> fills_spellings() { return kSpellings; }

}  // namespace lathe::onnx
