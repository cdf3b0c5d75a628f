// Loops of known and unknown length, and scans.
#include "tests/frontends/onnx_file.h"

namespace lathe {
namespace {
using namespace test;

/// s + 1 while it is below `limit`, each stacked.
OnnxModel counting(int64_t most) {
  OnnxGraph body;
  body.nodes = {{"Add", {"s", "one"}, {"more"}}, {"Less", {"more", "limit"}, {"on"}}, {"Identity", {"more"}, {"row"}}};
  body.inputs = {{"i", 7, {}}, {"going", 9, {}}, {"s", 1, {}}};
  body.outputs = {{"on", 9, {}}, {"more", 1, {}}, {"row", 1, {}}};
  return one_node({"Loop", {"most", "", "start"}, {"last", "rows"}, {{.name = "body", .graphs = {body}}}},
                  {{"start", 1, {"1"}}, {"limit", 1, {"1"}}}, {number("most", most), f32_tensor("one", {1}, {})});
}

TEST(FrontendsOnnxLoops, ARunEndsAShortOne) {
  auto r = results(counting(10), {{{"start", {0}}, {"limit", {3}}}});
  expect(r["last"], {1}, {3});
  expect(r["rows"], {3, 1}, {1, 2, 3});
}

TEST(FrontendsOnnxLoops, NoIterations) {
  auto r = results(counting(0), {{{"start", {7}}, {"limit", {3}}}});
  expect(r["last"], {1}, {7});
  expect(r["rows"], {0, 1}, {});
}

OnnxModel scanning(const std::string& first, const std::string& second) {
  OnnxGraph body;
  body.nodes = {{"Add", {"a", "b"}, {"sum"}}};
  body.inputs = {{"a", 1, {}}, {"b", 1, {}}};
  body.outputs = {{"sum", 1, {}}};
  return one_node(
      {"Scan", {"x", "z"}, {"y"}, {{.name = "body", .graphs = {body}}, {.name = "num_scan_inputs", .integer = 2}}},
      {{"x", 1, {first}}, {"z", 1, {second}}});
}

TEST(FrontendsOnnxLoops, ScannedInputsAreOfOneLength) {
  expect(results(scanning("n", "m"), {{{"x", {1, 2}}, {"z", {3, 4}}}, {{"n", 2}, {"m", 2}}}).at("y"), {2}, {4, 6});
  const Network network = read_onnx(OnnxFile(scanning("n", "m")).path);
  EXPECT_EQ(network.inputs()[0].shape, network.inputs()[1].shape);
  OnnxFile(scanning("3", "2"))
      .refuses(ErrorCode::corrupt_file, "node 'node'", "dimension 0 of f32[2] is not 3", "again");
}

}  // namespace
}  // namespace lathe
