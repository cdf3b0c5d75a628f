// What is asked of layers and of inputs and outputs beside their values.
#include "base/half.h"
#include "tests/api/run.h"
#include "tests/support/tensors.h"

namespace lathe {
namespace {
using namespace test;

TEST(ApiWishes, Precision) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {2});
  const Tensor y = x + 1;
  net.output("y", y);
  const Layer layer = y.producer().value();
  EXPECT_FALSE(layer.precision());
  layer.set_precision(DType::f16);
  EXPECT_EQ(layer.precision(), DType::f16);
  // 1 + 2^-12 is no number of f16.
  const Given given{{{"x", {0x1p-12, 1}}}, {}};
  expect(run(net, given)["y"], {2}, {1, 2});
  EXPECT_EQ(run(net, given)["y"].dtype, DType::f32);
  const Network copy = net;
  layer.reset_precision();
  EXPECT_EQ(run(net, given)["y"].values[0], 1 + 0x1p-12);
  EXPECT_EQ(run(copy, given).at("y").values[0], 1) << "copies keep what was asked for";
  refused(ErrorCode::unsupported, {"i8", "quantize()"}, [&] { layer.set_precision(DType::i8); });
}

TEST(ApiWishes, OutputType) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1});
  const Tensor y = x + 1;
  net.output("y", y);
  net.output("z", y * 1);
  const Layer layer = y.producer().value();
  layer.set_output_type(0, DType::f16);
  EXPECT_EQ(layer.output_type(0), DType::f16);
  auto r = run(net, {{{"x", {0x1p-12}}}, {}});
  EXPECT_EQ(r["y"].dtype, DType::f16);
  EXPECT_EQ(r["z"].dtype, DType::f32);
  EXPECT_EQ(r["z"].values[0], 1) << "what reads it has the rounded one";
  layer.reset_output_type(0);
  EXPECT_EQ(run(net, {{{"x", {0x1p-12}}}, {}})["y"].dtype, DType::f32);
  refused(ErrorCode::out_of_range, {"1 outputs"}, [&] { layer.set_output_type(1, DType::f16); });
}

TEST(ApiWishes, Device) {
  Network net;
  const Tensor y = net.input("x", DType::f32, {1}) + 1;
  net.output("y", y);
  const Layer layer = y.producer().value();
  layer.set_device("cpu");
  EXPECT_EQ(layer.device(), "cpu");
  EXPECT_EQ(run(net, {{{"x", {1}}}, {}})["y"].values[0], 2);
  layer.set_device("no_such_device");
  try {
    build(net);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no_such_device"), std::string::npos) << error.what();
  }
}

TEST(ApiWishes, FormatsAreConverted) {
  for (const Format& format : {chw(2), chw(4), chw(16), chw(32), hwc(8), hwc(1)}) {
    SCOPED_TRACE(to_string(format));
    Network net;
    const Tensor x = net.input("x", DType::f32, {"n", 3, 1, 2}, {.format = format});
    net.output("y", x * 2, {.format = format});
    net.output("same", x);
    EXPECT_EQ(net.inputs()[0].format, format);
    const Engine engine(build(net));
    EXPECT_EQ(engine.inputs()[0].format, format);
    Context context = engine.context({.threads = 1});
    const Shape shape{1, 3, 1, 2};
    std::vector<float> memory(static_cast<size_t>(format.elements(shape)));
    const Shape stride = format.strides(shape);
    const auto place = [&](int64_t c, int64_t w) {
      return static_cast<size_t>(
          (format.axis == 1 && format.block > 1 ? c / format.block * stride[1] + c % format.block : c * stride[1]) +
          w * stride[3]);
    };
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t w = 0; w < 2; ++w) memory[place(c, w)] = static_cast<float>(10 * c + w);
    ConstTensorRef bound(DType::f32, shape, memory.data());
    bound.format = format;
    context.set_input("x", bound);
    context.run().throw_if_error();
    const ConstTensorRef y = context.output("y"), same = context.output("same");
    EXPECT_EQ(y.format, format);
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t w = 0; w < 2; ++w) {
        EXPECT_EQ(static_cast<const float*>(y.data)[place(c, w)], static_cast<float>(2 * (10 * c + w)));
        EXPECT_EQ(static_cast<const float*>(same.data)[c * 2 + w], static_cast<float>(10 * c + w));
      }
  }
}

TEST(ApiWishes, PortsAreSet) {
  Network net;
  const Tensor x = net.input("x", DType::f32, {1, 2, 1, 1});
  net.output("y", -x);
  net.set_port("y", {.format = chw(4), .range = {{-1, 1}}});
  EXPECT_EQ(net.port("y").format, chw(4));
  EXPECT_EQ(net.port("y").range->second, 1);
  EXPECT_EQ(Network(net).outputs()[0].format, chw(4));
  refused(ErrorCode::not_found, {"z", "no input or output"}, [&] { net.port("z"); });
  refused(ErrorCode::invalid_argument, {"y", "no tensor of 4 dimensions"}, [&] {
    net.set_port("y", {.format = in_order({1, 0})});
  });
}

}  // namespace
}  // namespace lathe
