// ONNX files that end early, wherever that is, or are something else.
#include "tests/errors/onnx_files.h"

namespace lathe {
namespace {
using namespace test;

TEST(ErrorsOnnxTruncated, CutAnywhere) {
  const std::string whole = onnx_bytes(small_model());
  // Where a field ends just there, what is left is a model with less in it: it lacks its opset, or something.
  for (size_t size = 0; size + 1 < whole.size(); ++size) {
    SCOPED_TRACE(size);
    const OnnxFile file(whole.substr(0, size));
    try {
      read_onnx(file.path);
      ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
      EXPECT_TRUE(error.code() == ErrorCode::corrupt_file) << error.what();
      EXPECT_EQ(error.what(), std::string(error.what()).substr(0, std::string(error.what()).find('\n')));
    }
  }
}

TEST(ErrorsOnnxTruncated, OtherFiles) {
  OnnxFile("").refuses(ErrorCode::corrupt_file, "model.onnx", "no ONNX model, or damaged", "export or copy it again");
  OnnxFile("PK\x03\x04 a zip").refuses(ErrorCode::corrupt_file, "model.onnx", "damaged", "again");
  OnnxFile(std::string(64, '\xff')).refuses(ErrorCode::corrupt_file, "model.onnx", "damaged", "again");
}

}  // namespace
}  // namespace lathe
