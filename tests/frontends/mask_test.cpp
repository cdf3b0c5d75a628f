// What a mask means in the network as it is read, before any pass: set where not zero; vectors of texts from the first
// token that counts.
#include <gtest/gtest.h>

#include "frontends/huggingface/reader.h"
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

}  // namespace
}  // namespace lathe::huggingface
