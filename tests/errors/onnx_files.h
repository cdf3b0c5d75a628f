#pragma once
#include <string>

#include "lathe/network.h"
#include "tests/errors/refusal.h"
#include "tests/io/scratch.h"
#include "tests/support/onnx_writer.h"

namespace lathe::test {

/// A folder with one ONNX file in it.
struct OnnxFile {
  io_test::Scratch folder;
  std::string path = folder.path("model.onnx");
  explicit OnnxFile(const std::string& bytes) { folder.put("model.onnx", bytes); }
  explicit OnnxFile(const OnnxModel& model) : OnnxFile(onnx_bytes(model)) {}
  void refuses(ErrorCode code, const std::string& where, const std::string& what, const std::string& cure) const {
    expect_refusal(code, {where, what, cure}, [&] { read_onnx(path); });
  }
};

}  // namespace lathe::test
