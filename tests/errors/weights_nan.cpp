// NaN and infinite weights: the model builds and runs, with one warning that names the weight.
#include <cmath>
#include <limits>

#include "lathe/build.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"
#include "tests/support/tensors.h"

namespace lathe {
namespace {
using namespace test;

class ErrorsWeightsNan : public testing::TestWithParam<DType> {};

TEST_P(ErrorsWeightsNan, WarnsAndRuns) {
  const std::string name = "bert.encoder.layer.0.intermediate.dense.weight";
  for (double special : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    ModelFolder folder;
    std::vector<double> values(96, 0.5);
    values[77] = special;
    folder.weights[name] = make_tensor(name, GetParam(), {12, 8}, values);
    const std::string path = folder.write();
    Warnings warnings;
    const Engine engine(build(path));
    ASSERT_EQ(warnings.lines.size(), 2u) << "one of the weight, one that the folder has no tokenizer";
    expect_line(warnings.lines[0], {path, "the weight '" + name + "' has NaN or infinite elements", "may be NaN"});

    Context context = engine.context({.threads = 1});
    const std::vector<int32_t> ids = {1, 2, 3};
    context.set_input("input_ids", {DType::i32, {1, 3}, ids.data()});
    ASSERT_TRUE(context.run().ok());
    const ConstTensorRef logits = context.output("logits");
    // An infinite weight may meet a GELU, whose limits are finite.
    if (std::isnan(special)) {
      EXPECT_TRUE(std::isnan(static_cast<const float*>(logits.data)[0])) << "a NaN was lost";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, ErrorsWeightsNan, testing::Values(DType::f32, DType::f16, DType::bf16, DType::f64),
                         [](const auto& of) { return std::string(to_string(of.param)); });

}  // namespace
}  // namespace lathe
