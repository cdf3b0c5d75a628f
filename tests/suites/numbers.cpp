#include "tests/suites/numbers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "backends/reference/evaluate.h"
#include "tests/support/tensors.h"

namespace lathe::test {

std::vector<HostTensor> computed(const ops::Op& op, const std::vector<HostTensor>& inputs) {
  std::vector<backends::reference::Tensor> given;
  for (const HostTensor& tensor : inputs) given.push_back({tensor.dtype, tensor.shape, tensor.data});
  std::vector<HostTensor> results;
  for (backends::reference::Tensor& t : backends::reference::evaluate(op, given))
    results.push_back({"y", t.dtype, t.shape, std::move(t.data)});
  return results;
}

void expect_numbers(const HostTensor& tensor, const Shape& shape, const std::vector<double>& values) {
  EXPECT_EQ(to_string(tensor.shape), to_string(shape));
  const std::vector<double> found = to_doubles(tensor);
  ASSERT_EQ(found.size(), values.size());
  const double relative = tensor.dtype == DType::f64 ? 1e-12 : 1e-6;
  for (size_t i = 0; i < found.size(); ++i) {
    const bool same = found[i] == values[i] || (std::isnan(found[i]) && std::isnan(values[i]));
    EXPECT_TRUE(same || std::abs(found[i] - values[i]) <= relative * std::max(1.0, std::abs(values[i])))
        << "element " << i << " is " << found[i] << ", not " << values[i];
  }
}

void expect_result(const ops::Op& op, const std::vector<HostTensor>& inputs, const Shape& shape,
                   const std::vector<double>& values) {
  SCOPED_TRACE(op.str());
  const std::vector<HostTensor> results = computed(op, inputs);
  ASSERT_EQ(results.size(), 1u);
  expect_numbers(results[0], shape, values);
}

HostTensor whole_tensor(const std::vector<int64_t>& values, DType type) {
  return {"x", type, {static_cast<int64_t>(values.size())}, Blob::copy_of(values.data(), values.size() * 8)};
}

std::vector<int64_t> whole_numbers(const HostTensor& tensor) {
  const auto values = tensor.as<int64_t>();
  return {values.begin(), values.end()};
}

bool is_refused(const ops::Op& op, const ops::Types& types) {
  try {
    ops::Equalities needed;
    op.infer(types, needed);
  } catch (const Error& error) {
    return error.code() == ErrorCode::shape_mismatch;
  }
  return false;
}

}  // namespace lathe::test
