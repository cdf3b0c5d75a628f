// Models that are valid but not what Lathe runs: the message names what it does run.
#include "frontends/huggingface/reader.h"
#include "tests/frontends/model_folder.h"

namespace lathe::huggingface {
namespace {

using test::expect_error;
using test::ModelFolder;

void expect_unsupported(const std::string& key, const nlohmann::json& value, std::string_view part) {
  ModelFolder folder;
  folder.config[key] = value;
  const std::string path = folder.write();
  expect_error(ErrorCode::unsupported, part, [&] { read_folder(path); });
}

TEST(ErrorsConfigUnsupported, Class) {
  expect_unsupported("architectures", {"BertLMHeadModel"}, "'BertLMHeadModel' is not supported; known are BertModel, ");
  ModelFolder folder;
  const std::string path = folder.write();
  expect_error(ErrorCode::unsupported, "BertForQuestionAnswering",
               [&] { read_folder(path, {.head = "BertForEverything"}); });
}

TEST(ErrorsConfigUnsupported, Variants) {
  expect_unsupported("position_embedding_type", "relative_key", "relative_key");
  expect_unsupported("is_decoder", true, "decoder");
  expect_unsupported("add_cross_attention", true, "cross attention");
  expect_unsupported("pruned_heads", {{"0", {1}}}, "pruned heads");
  expect_unsupported("quantization_config", {{"bits", 4}}, "quantization_config");
}

TEST(ErrorsConfigUnsupported, OutputThatTheClassLacks) {
  ModelFolder folder;
  const std::string path = folder.write();
  expect_error(ErrorCode::not_found, "no output 'start_logits'; it has logits, last_hidden_state, pooler_output",
               [&] { read_folder(path, {.outputs = {"start_logits"}}); });
}

}  // namespace
}  // namespace lathe::huggingface
