#include "tests/api/run.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/dim.h"
#include "tests/support/tensors.h"

namespace lathe::test {

std::map<std::string, Result> run(const Network& network, const Given& given) {
  const Engine engine(build(network));
  Context context = engine.context({.threads = 1});
  std::vector<HostTensor> kept;
  for (const TensorInfo& info : network.inputs()) {
    Shape shape;
    for (const std::string& size : info.shape)
      shape.push_back(Dim::parse(size).evaluate([&](std::string_view s) { return given.sizes.at(std::string(s)); }));
    kept.push_back(make_tensor(info.name, info.dtype, shape, given.inputs.at(info.name)));
  }
  for (const HostTensor& tensor : kept) context.set_input(tensor.name, {tensor.dtype, tensor.shape, tensor.data.data});
  context.run().throw_if_error();
  std::map<std::string, Result> results;
  for (const TensorInfo& info : engine.outputs()) {
    const ConstTensorRef y = context.output(info.name);
    HostTensor host{info.name, y.dtype, y.shape,
                    Blob::copy_of(y.data, static_cast<size_t>(bytes_of(y.dtype, y.shape.count())))};
    results[info.name] = {y.dtype, {y.shape.begin(), y.shape.end()}, to_doubles(host)};
  }
  return results;
}

Result result_of(Network& network, const Tensor& y, const Given& given) {
  network.output("y", y);
  return run(network, given).at("y");
}

void expect(const Result& result, const std::vector<int64_t>& shape, const std::vector<double>& values) {
  EXPECT_EQ(result.shape, shape);
  ASSERT_EQ(result.values.size(), values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]) || std::isinf(values[i])) {
      EXPECT_TRUE(std::isnan(values[i]) ? std::isnan(result.values[i]) : result.values[i] == values[i]) << "at " << i;
    } else {
      EXPECT_NEAR(result.values[i], values[i], 1e-5 * std::max(1.0, std::abs(values[i]))) << "at " << i;
    }
  }
}

}  // namespace lathe::test
