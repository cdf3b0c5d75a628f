// What a mask means in the network as it is read, before any pass: set where not zero; vectors of texts from the first
// token that counts.
#include <gtest/gtest.h>

#include <set>

#include "frontends/huggingface/reader.h"
#include "lathe/build.h"
#include "passes/pass.h"
#include "tests/frontends/model_folder.h"
#include "tests/support/run_network.h"
#include "tests/support/tensors.h"

namespace lathe::huggingface {
namespace {

using test::make_tensor;

TEST(HuggingFaceMask, AnyNumberButZeroIsSet) {
  test::ModelFolder folder;
  const Model model = read_folder(folder.write());
  const auto logits = [&](std::initializer_list<double> mask) {
    return test::to_doubles(
        test::run_network(model.network, {{"input_ids", make_tensor("", DType::i32, {1, 4}, {3, 4, 5, 6})},
                                          {"attention_mask", make_tensor("", DType::i32, {1, 4}, mask)}})
            .at("logits"));
  };
  const std::vector<double> expected = logits({1, 1, 0, 1});
  EXPECT_EQ(logits({2, -1, 0, 300}), expected);
  EXPECT_EQ(logits({256, 65536, 0, -2147483648.0}), expected);
}

TEST(HuggingFaceMask, VectorsComeFromTheFirstTokenThatCounts) {
  test::ModelFolder folder("BertForSequenceClassification");
  const Model model = read_folder(folder.write());
  const auto logits = [&](const Shape& shape, std::initializer_list<double> ids, std::initializer_list<double> mask,
                          std::initializer_list<double> positions) {
    return test::to_doubles(
        test::run_network(model.network, {{"input_ids", make_tensor("", DType::i32, shape, ids)},
                                          {"attention_mask", make_tensor("", DType::i32, shape, mask)},
                                          {"position_ids", make_tensor("", DType::i32, shape, positions)}})
            .at("logits"));
  };
  const std::vector<double> alone = logits({1, 2}, {7, 8}, {1, 1}, {0, 1});
  EXPECT_LE(test::norm_error(logits({1, 4}, {0, 0, 7, 8}, {0, 0, 1, 1}, {0, 0, 0, 1}), alone), 1e-6);
}

/// Masks of any numbers and with holes, under plans that lack one pass, the two that read masks, or all.
TEST(HuggingFaceMask, AnswersDoNotDependOnPasses) {
  std::set<std::string> switches = {"-pack_tokens,-fuse_attention"};
  std::string all;
  for (const passes::Pass& pass : passes::pipeline()) {
    switches.insert(fmt::format("-{}", pass.name));
    all += fmt::format("-{},", pass.name);
  }
  switches.insert(all);
  const Shape shape = {2, 5};
  const HostTensor ids = make_tensor("", DType::i32, shape, {3, 4, 5, 6, 7, 8, 9, 10, 1, 2});
  const std::vector<HostTensor> masks = {make_tensor("", DType::i32, shape, {1, 1, 1, 1, 1, 1, 1, 0, 0, 0}),
                                         make_tensor("", DType::i32, shape, {1, 0, 0, 1, 0, 0, 1, 0, 1, 1}),
                                         make_tensor("", DType::i32, shape, {2, 9, 0, 300, 7, 0, 0, 256, 0, 65536}),
                                         make_tensor("", DType::f32, shape, {0.5, 1, 0, 2, 0, 0, 1e-9, 3, 0, 1e9})};
  for (const char* architecture : {"BertForMaskedLM", "BertForSequenceClassification"}) {
    test::ModelFolder folder(architecture);
    const std::string path = folder.write();
    const auto answers = [&](const std::string& passes) {
      BuildOptions options;
      options.passes = passes;
      const Engine engine(build(path, options));
      Context context = engine.context({.threads = 1});
      std::vector<std::vector<double>> logits;
      for (const HostTensor& mask : masks) {
        context.set_input("input_ids", {ids.dtype, ids.shape, ids.data.data});
        context.set_input("attention_mask", {mask.dtype, mask.shape, mask.data.data});
        context.run().throw_if_error();
        const ConstTensorRef out = context.output("logits");
        const auto* values = static_cast<const float*>(out.data);
        logits.emplace_back(values, values + out.shape.count());
      }
      return logits;
    };
    const auto expected = answers("");
    for (const std::string& passes : switches) {
      const auto found = answers(passes);
      for (size_t m = 0; m < masks.size(); ++m)
        EXPECT_LE(test::norm_error(found[m], expected[m]), 1e-5) << architecture << " " << passes << " mask " << m;
    }
  }
}

}  // namespace
}  // namespace lathe::huggingface
