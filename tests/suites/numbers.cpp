#include "tests/suites/numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
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

HostTensor pattern(DType type, const Shape& shape, int64_t step, int64_t modulus, int64_t shift, double scale) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.count(); ++i) values.push_back(static_cast<double>(i * step % modulus - shift) / scale);
  return make_tensor("x", type, shape, values);
}

std::vector<std::vector<double>> numbers_of(const Case& of) {
  std::vector<std::vector<double>> outputs;
  for (const HostTensor& y : computed(of.op, of.inputs)) outputs.push_back(to_doubles(y));
  return outputs;
}

void expect_numbers(const Case& of, const std::vector<std::vector<double>>& outputs, double tolerance) {
  SCOPED_TRACE(of.op.str());
  const std::vector<std::vector<double>> results = numbers_of(of);
  ASSERT_EQ(results.size(), outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<double>& found = results[i];
    ASSERT_EQ(found.size(), outputs[i].size());
    double most = 1;
    for (double value : outputs[i])
      if (std::isfinite(value)) most = std::max(most, std::abs(value));
    for (size_t n = 0; n < found.size(); ++n) {
      const double wanted = outputs[i][n];
      const bool same = found[n] == wanted || (std::isnan(found[n]) && std::isnan(wanted));
      EXPECT_TRUE(same || std::abs(found[n] - wanted) <= tolerance * most)
          << "output " << i << ", element " << n << " is " << found[n] << ", not " << wanted;
    }
  }
}

void expect_refusal(const ops::Op& op, const ops::Types& inputs, std::string_view reason) {
  try {
    op.infer(inputs);
    ADD_FAILURE() << op.str() << " was taken; expected: " << reason;
  } catch (const Error& error) {
    EXPECT_NE(std::string_view(error.what()).find(reason), std::string_view::npos) << error.what();
  }
}

}  // namespace lathe::test
