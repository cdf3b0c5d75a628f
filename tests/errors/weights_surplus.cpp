// Weights that the model does not use: one warning, however many they are.
#include "frontends/huggingface/reader.h"
#include "tests/frontends/model_folder.h"

namespace lathe::huggingface {
namespace {

using test::ModelFolder;
using test::Warnings;

TEST(ErrorsWeightsSurplus, SurplusWarnsOnce) {
  ModelFolder folder;
  for (int i = 0; i < 9; ++i) folder.add("extra." + std::to_string(i), {2});
  folder.add("bert.embeddings.position_ids", {1, 6}, DType::i64);  // a buffer, not a weight
  Warnings warnings;
  read_folder(folder.write());
  ASSERT_EQ(warnings.lines.size(), 1u);
  EXPECT_NE(warnings.lines[0].find("9 weight(s) are not used: 'extra.0', 'extra.1', "), std::string::npos)
      << warnings.lines[0];
  EXPECT_NE(warnings.lines[0].find("..."), std::string::npos) << warnings.lines[0];
}

TEST(ErrorsWeightsSurplus, HeadThatIsNotAskedForIsNoSurplus) {
  ModelFolder folder;
  Warnings warnings;
  read_folder(folder.write(), {.outputs = {"last_hidden_state"}});
  EXPECT_TRUE(warnings.lines.empty()) << warnings.lines.front();
}

}  // namespace
}  // namespace lathe::huggingface
