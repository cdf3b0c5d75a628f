// Pooling.
#include <cmath>
#include <limits>

#include "frontends/onnx/write/ops/windows.h"
#include "frontends/onnx/write/spelling.h"
#include "ops/pool.h"

namespace lathe::onnx {
namespace {

std::vector<proto::Attribute> attributes_of(const ops::Pool& op) {
  std::vector<proto::Attribute> list = window_attributes(op.window, op.size.size());
  list.push_back(attribute("kernel_shape", op.size));
  list.push_back(attribute("ceil_mode", int64_t{op.ceil_mode}));
  return list;
}

std::string average(NodeWriter& n, const std::string& x) {
  const auto& op = n.op<ops::Pool>();
  std::vector<proto::Attribute> attributes = attributes_of(op);
  attributes.push_back(attribute("count_include_pad", int64_t{op.count_padding}));
  return n.emit("AveragePool", {x}, attributes);
}

std::string powers(NodeWriter& n, const std::string& x) {
  const auto& op = n.op<ops::Pool>();
  if (op.p != std::trunc(op.p) || op.p < 1) n.refuse("its p is no whole number", "use one");
  std::vector<proto::Attribute> attributes = attributes_of(op);
  attributes.push_back(attribute("p", static_cast<int64_t>(op.p)));
  return n.emit("LpPool", {x}, attributes);
}

/// (1 - blend) max + blend average
std::string blend(NodeWriter& n, const std::string& x) {
  const auto& op = n.op<ops::Pool>();
  const DType type = n.type().dtype;
  const std::string most = n.emit("Mul", {n.emit("MaxPool", {x}, attributes_of(op)), n.number(1 - op.blend, type)});
  return n.emit("Add", {most, n.emit("Mul", {average(n, x), n.number(op.blend, type)})});
}

std::string pooled(NodeWriter& n, const std::string& x) {
  switch (n.op<ops::Pool>().kind) {
    case ops::PoolKind::max: return n.emit("MaxPool", {x}, attributes_of(n.op<ops::Pool>()));
    case ops::PoolKind::average: return average(n, x);
    case ops::PoolKind::lp: return powers(n, x);
    case ops::PoolKind::blend: return blend(n, x);
  }
  return {};
}

Values pool(NodeWriter& n) {
  const auto& op = n.op<ops::Pool>();
  if (!has_constant_pads(op.window)) n.refuse("its padding is computed in a run", "give one that is a constant");
  if (op.channels_last) return {channels_last(n, pooled(n, channels_first(n, n.in(0), n.rank())), n.rank())};
  if (!op.indices) return {pooled(n, n.in(0))};
  std::vector<proto::Attribute> attributes = attributes_of(op);
  attributes.push_back(attribute("storage_order", int64_t{op.column_major}));
  return n.same("MaxPool", attributes);
}

constexpr Spelling kSpellings[] = {{"pool", pool, "paddings that a run computes, powers that are no whole number"}};

}  // namespace

std::span<const Spelling> pooling_spellings() { return kSpellings; }

}  // namespace lathe::onnx
