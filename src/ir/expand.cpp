#include "ir/expand.h"

#include <fmt/format.h>

#include <cstring>

#include "base/error.h"
#include "base/half.h"
#include "ops/fill.h"

namespace lathe::ir {
namespace {

template <class T>
Blob bytes_of(T value) {
  return Blob::copy_of(std::as_bytes(std::span(&value, 1)));
}

}  // namespace

Blob number_bytes(double number, DType type) {
  switch (type) {
    case DType::f64: return bytes_of(number);
    case DType::f32: return bytes_of(static_cast<float>(number));
    case DType::bf16: return bytes_of(f32_to_bf16(static_cast<float>(number)));
    case DType::f16: return bytes_of(f32_to_f16(static_cast<float>(number)));
    case DType::i32: return bytes_of(static_cast<int32_t>(number));
    case DType::i64: return bytes_of(static_cast<int64_t>(number));
    case DType::boolean: return bytes_of(static_cast<uint8_t>(number != 0));
    default: fail(ErrorCode::unsupported, "scalar", {}, "no number is made of type {}", to_string(type));
  }
}

ValueId add_number(Network& network, double number, DType type) {
  auto recipe = std::make_shared<Recipe>();
  recipe->op = ops::Fill{type, {}, number};
  const std::string name = fmt::format("scalar_{}", number);
  return network.add_constant(name, {type, {}}, {number_bytes(number, type), std::move(recipe)});
}

NetworkExpander::NetworkExpander(Network& network, const Node& like)
    : network_(network), name_(like.name), origins_(like.origins) {}

ops::Expander::Value NetworkExpander::add(ops::Op op, std::vector<Value> inputs) {
  const std::string base = fmt::format("{}.{}", name_, op.name());
  const ValueId made = network_.add1(std::move(op), std::move(inputs), base, origins_);
  nodes_.push_back(network_.value(made).producer);
  return made;
}

ops::Expander::Value NetworkExpander::scalar(double number, DType type) { return add_number(network_, number, type); }

}  // namespace lathe::ir
