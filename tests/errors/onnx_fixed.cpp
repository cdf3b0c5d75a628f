// Inputs that are given values when a file is read.
#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsOnnxFixed : public testing::Test {
 protected:
  void refuses(std::string_view name, DType type, const Shape& shape, ErrorCode code, const Line& line) const {
    OnnxOptions options;
    options.fixed[std::string(name)] = {type, shape, zeros_.data()};
    expect_refusal(code, line, [&] { read_onnx(file_.path, options); });
  }
  OnnxFile file_{small_model()};  // x: f32 [n, 3]
  std::vector<float> zeros_ = std::vector<float>(64);
};

TEST_F(ErrorsOnnxFixed, NamesThatNoInputHas) {
  refuses("X", DType::f32, {2, 3}, ErrorCode::not_found, {"model.onnx", "no input is 'X'", "one of its inputs"});
  refuses("w", DType::f32, {3, 2}, ErrorCode::not_found, {"model.onnx", "no input is 'w'", "one of its inputs"});
}

TEST_F(ErrorsOnnxFixed, OtherTypesAndShapes) {
  const auto refused = [&](DType type, const Shape& shape, const std::string& cure) {
    refuses("x", type, shape, ErrorCode::shape_mismatch, {"input 'x'", "it is fixed as", cure});
  };
  refused(DType::f64, {2, 3}, "give FLOAT");
  refused(DType::f32, {2, 4}, "give f32[n, 3]");
  refused(DType::f32, {6}, "give f32[n, 3]");
  refused(DType::f32, {2, 3, 1}, "give f32[n, 3]");
}

TEST_F(ErrorsOnnxFixed, AreConstants) {
  OnnxOptions options;
  options.fixed["x"] = {DType::f32, {2, 3}, zeros_.data()};
  const Network network = read_onnx(file_.path, options);
  EXPECT_TRUE(network.inputs().empty());
  EXPECT_EQ(network.outputs()[0].shape, (std::vector<std::string>{"2", "2"}));
}

}  // namespace
}  // namespace lathe
