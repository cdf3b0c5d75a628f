// External data that is not there, too short, or outside the model's folder.
#include <filesystem>

#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

OnnxModel with_external(const std::string& location, int64_t offset = -1, int64_t length = -1) {
  OnnxModel model = small_model();
  OnnxTensor& w = model.graph.initializers[0];
  w.raw.clear();
  w.external = location;
  w.offset = offset;
  w.length = length;
  return model;
}

TEST(ErrorsOnnxExternal, Missing) {
  OnnxFile(with_external("w.bin")).refuses(ErrorCode::not_found, "w.bin", "is not there", "copy it beside the model");
}

TEST(ErrorsOnnxExternal, LeavesTheFolder) {
  for (const std::string location : {"../w.bin", "/etc/passwd", "a/../../w.bin", "a/../.."}) {
    SCOPED_TRACE(location);
    OnnxFile(with_external(location))
        .refuses(ErrorCode::invalid_argument, "tensor 'w'", "outside the model's folder", "put external data");
  }
}

TEST(ErrorsOnnxExternal, LeavesTheFolderByALink) {
  io_test::Scratch elsewhere;
  elsewhere.put("w.bin", raw_of(std::vector<float>{1, 2, 3, 4, 5, 6}));
  const OnnxFile file(with_external("w.bin"));
  std::filesystem::create_symlink(elsewhere.path("w.bin"), file.folder.path("w.bin"));
  file.refuses(ErrorCode::invalid_argument, "tensor 'w'", "outside the model's folder", "put external data");
}

TEST(ErrorsOnnxExternal, NoFileIsNamed) {
  OnnxFile(with_external("", 0))
      .refuses(ErrorCode::invalid_argument, "tensor 'w'", "outside the model's", "put external");
  // Of no elements none need be.
  OnnxModel model = with_external("", 0);
  model.graph.initializers[0].dims = {3, 0};
  model.graph.nodes = {{"MatMul", {"x", "w"}, {"y"}}};
  model.graph.outputs = {{"y", 1, {"n", "0"}}};
  EXPECT_EQ(read_onnx(OnnxFile(model).path).outputs()[0].shape[1], "0");
}

TEST(ErrorsOnnxExternal, TooShort) {
  for (const auto& [offset, length] : {std::pair<int64_t, int64_t>{0, 24}, {8, 24}, {100, 1}, {INT64_MAX, INT64_MAX}}) {
    const OnnxFile file(with_external("w.bin", offset, length));
    file.folder.put("w.bin", std::string(20, 'x'));
    file.refuses(ErrorCode::corrupt_file, "tensor 'w'", "has 20", "again");
  }
  const OnnxFile other(with_external("w.bin"));
  other.folder.put("w.bin", std::string(20, 'x'));
  other.refuses(ErrorCode::corrupt_file, "tensor 'w'", "takes 24 bytes, it has 20", "export it again");
}

TEST(ErrorsOnnxExternal, IsRead) {
  const OnnxFile file(with_external("w.bin", 4));
  file.folder.put("w.bin", "head" + raw_of(std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read_onnx(file.path).outputs().size(), 1u);
}

}  // namespace
}  // namespace lathe
