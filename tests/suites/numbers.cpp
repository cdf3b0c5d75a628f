#include "tests/suites/numbers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backends/reference/evaluate.h"
#include "lathe/error.h"

namespace lathe::test {

HostTensor pattern(DType type, const Shape& shape, int64_t step, int64_t modulus, int64_t shift, double scale) {
  std::vector<double> values;
  for (int64_t i = 0; i < shape.count(); ++i) values.push_back(static_cast<double>(i * step % modulus - shift) / scale);
  return make_tensor("x", type, shape, values);
}

std::vector<std::vector<double>> numbers_of(const Case& of) {
  std::vector<backends::reference::Tensor> inputs;
  for (const HostTensor& input : of.inputs) inputs.push_back({input.dtype, input.shape, input.data});
  std::vector<std::vector<double>> outputs;
  for (const backends::reference::Tensor& y : backends::reference::evaluate(of.op, inputs))
    outputs.push_back(to_doubles({"", y.dtype, y.shape, y.data}));
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
