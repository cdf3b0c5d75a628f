#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/engine.h"
#include "plan/plan.h"

namespace lathe::test {

/// The plan of a printed network (ir/print.h), for this machine, in FP32.
plan::Plan text_plan(std::string_view text);

inline Engine engine_of(plan::Plan plan) { return Engine(Plan(std::make_shared<plan::Plan>(std::move(plan)))); }
/// Of the plan as its file says it.
Engine engine_by_file(const plan::Plan& plan);
inline Engine text_engine(std::string_view text) { return engine_of(text_plan(text)); }

/// The elements of an output of the last run.
template <class T>
std::vector<T> values_of(const Context& context, std::string_view output) {
  const ConstTensorRef tensor = context.output(output);
  const auto* values = static_cast<const T*>(tensor.data);
  return {values, values + tensor.shape.count()};
}

/// A row-major tensor over a vector that outlives it.
template <class T>
ConstTensorRef tensor_of(DType type, const Shape& shape, const std::vector<T>& values) {
  return {type, shape, values.data()};
}

}  // namespace lathe::test
