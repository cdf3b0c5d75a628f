#include "ops/expander.h"

#include "base/dtype.h"
#include "ops/cast.h"
#include "ops/reshape.h"

namespace lathe::ops {

Expander::Value Expander::cast(Value x, DType to) { return type(x).dtype == to ? x : add(Cast{to}, {x}); }

Expander::Value Expander::reshape(Value x, std::vector<Dim> shape) {
  return type(x).shape == shape ? x : add(Reshape{std::move(shape)}, {x});
}

DType Expander::working_type(std::span<const Value> values) const {
  for (Value value : values)
    if (type(value).dtype == DType::f64) return DType::f64;
  return DType::f32;
}

std::vector<Expander::Value> Expander::widened(std::span<const Value> values, DType working) {
  std::vector<Value> wide;
  for (Value value : values) wide.push_back(is_float(type(value).dtype) ? cast(value, working) : value);
  return wide;
}

}  // namespace lathe::ops
