// Files that are read and built, and whose runs cannot be done.
#include "tests/errors/onnx_files.h"

#include "lathe/build.h"

namespace lathe {
namespace {
using namespace test;

/// Counts without a limit, while a condition holds that never fails.
OnnxModel endless() {
  OnnxGraph body;
  body.nodes = {{"Identity", {"going"}, {"on"}}, {"Neg", {"s"}, {"t"}}};
  body.inputs = {{"i", 7, {}}, {"going", 9, {}}, {"s", 1, {"2"}}};
  body.outputs = {{"on", 9, {}}, {"t", 1, {"2"}}};
  OnnxModel model;
  model.graph = {{{"Loop", {"", "", "x"}, {"y"}, {{.name = "body", .graphs = {body}}}, {}, "forever"}},
                 {{"x", 1, {"2"}}},
                 {{"y", 1, {"2"}}},
                 {}};
  return model;
}

TEST(ErrorsOnnxRuns, ALoopWithoutEnd) {
  Context context = Engine(build(OnnxFile(endless()).path)).context({.threads = 1});
  const float x[2] = {1, 2};
  context.set_input("x", {DType::f32, {2}, x});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::out_of_range);
  for (const char* part : {"forever", "it runs more than 1048576 times"})
    EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

TEST(ErrorsOnnxRuns, AnOutputThatNoMemoryHolds) {
  OnnxModel model;
  model.graph = {{{"Expand", {"x", "sizes"}, {"y"}}},
                 {{"x", 1, {"1"}}},
                 {{"y", 1, {}, true}},
                 {{"sizes", 7, {1}, raw_of(std::vector<int64_t>{int64_t{1} << 44})}}};
  Context context = Engine(build(OnnxFile(model).path)).context({.threads = 1});
  const float x = 1;
  context.set_input("x", {DType::f32, {1}, &x});
  const Status status = context.run();
  EXPECT_EQ(status.code(), ErrorCode::out_of_memory) << status.message();
}

}  // namespace
}  // namespace lathe
