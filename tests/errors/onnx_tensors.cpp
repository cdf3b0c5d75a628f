// Initializers whose bytes are not those of their shape.
#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

OnnxModel with_weight(OnnxTensor tensor) {
  OnnxModel model = small_model();
  tensor.name = "w";
  model.graph.initializers[0] = std::move(tensor);
  return model;
}

TEST(ErrorsOnnxTensors, BytesThatDoNotFit) {
  OnnxFile(with_weight({{}, 1, {3, 2}, std::string(23, 'x'), {}, {}}))
      .refuses(ErrorCode::corrupt_file, "tensor 'w'", "f32[3, 2] takes 24 bytes, it has 23", "export it again");
  OnnxFile(with_weight({{}, 1, {3, 2}, {}, {1, 2, 3}, {}}))
      .refuses(ErrorCode::corrupt_file, "tensor 'w'", "has 6 elements, the file gives 3", "export it again");
}

TEST(ErrorsOnnxTensors, ShapesThatNoTensorHas) {
  for (const std::vector<int64_t>& dims : std::vector<std::vector<int64_t>>{
           {-1, 2}, {INT64_MAX, INT64_MAX}, {INT64_MIN}, {int64_t{1} << 40, int64_t{1} << 40}})
    OnnxFile(with_weight({{}, 1, dims, "", {}, {}}))
        .refuses(ErrorCode::corrupt_file, "tensor 'w'", "its shape is", "again");
  OnnxFile(with_weight({{}, 1, std::vector<int64_t>(9, 1), "1234", {}, {}}))
      .refuses(ErrorCode::unsupported, "tensor 'w'", "it has 9 dimensions", "up to 8");
}

TEST(ErrorsOnnxTensors, TypesThatLatheLacks) {
  for (int32_t type : {0, 8, 14, 15, 18, 23, 24, 25, 99, -1})
    OnnxFile(with_weight({{}, type, {3, 2}, std::string(24, 'x'), {}, {}}))
        .refuses(ErrorCode::unsupported, "tensor 'w'", "which Lathe does not have", "cast it");
}

TEST(ErrorsOnnxTensors, NarrowTypesAreRead) {
  // 4-bit integers, two a byte; 8-bit and 16-bit floats.
  for (const auto& [type, bytes] : {std::pair{21, 3}, {22, 3}, {17, 6}, {19, 6}, {10, 12}, {16, 12}}) {
    OnnxModel model = small_model();
    model.graph.initializers.push_back({"narrow", type, {3, 2}, std::string(static_cast<size_t>(bytes), 'x'), {}, {}});
    EXPECT_EQ(read_onnx(OnnxFile(model).path).outputs().size(), 1u) << type;
  }
}

/// Of a file whose graph Lathe cannot read.
TEST(ErrorsOnnxTensors, WeightsOfOtherNetworks) {
  OnnxModel model = small_model();
  model.graph.nodes = {{"NoSuchOp", {"nowhere"}, {"y"}}};
  const OnnxFile file(model);
  Network network;
  EXPECT_EQ(network.weight("w", file.path).str(), "f32[3, 2]");
  expect_refusal(ErrorCode::not_found, {"model.onnx", "no initializer is 'y'", "that its graph has"},
                 [&] { network.weight("y", file.path); });
}

}  // namespace
}  // namespace lathe
