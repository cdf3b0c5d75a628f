// What build() puts into a plan for tasks: limits, labels, tokenizers that it does not know, what other tasks read.
#include <gtest/gtest.h>

#include "lathe/lathe.h"
#include "plan/file.h"
#include "plan/plan.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {

constexpr const char* kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n";

bool says(const test::Warnings& warnings, const std::string& part) {
  for (const std::string& line : warnings.lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

TEST(TasksBuild, ATokenizerOfAnotherKindLeavesAPlanForIds) {
  test::ModelFolder folder("BertModel");
  const std::string path = folder.write();
  for (const char* type : {"BPE", "Unigram"}) {
    folder.put("tokenizer.json",
               std::string(R"({"version": "1.0", "model": {"type": ")") + type + R"(", "vocab": []}})");
    const test::Warnings warnings;
    EXPECT_TRUE(build(path).tokenizer_json().empty());
    EXPECT_TRUE(says(warnings, std::string("'") + type + "'") && says(warnings, "the plan takes ids, not texts"));
  }
}

TEST(TasksBuild, APlanOfAClassServesEveryTaskOfTheFolder) {
  test::ModelFolder folder;
  folder.put("vocab.txt", kVocabulary);
  const test::Warnings quiet;
  const Plan plan = build(folder.write());
  EXPECT_EQ(FillMask(plan)(std::vector<std::string>{"a [MASK]"}).size(), 1u);
  EXPECT_EQ(Embedder(plan)(std::vector<std::string>{"a"}).width, 8);
  std::vector<std::string> shown;
  for (const TensorInfo& output : Engine(plan).outputs())
    if (!output.on_demand) shown.push_back(output.name);
  EXPECT_EQ(shown, std::vector<std::string>{"logits"}) << "and computes no more than before";
}

TEST(TasksBuild, AnEmptyLabelIsALabel) {
  test::ModelFolder folder("BertForSequenceClassification");
  folder.config["id2label"] = {{"0", ""}, {"1", "good"}};
  folder.put("vocab.txt", kVocabulary);
  const auto labels = Classifier(build(folder.write()))(std::vector<TextInput>{{"a", {}}})[0];
  EXPECT_TRUE((labels[0].label.empty() && labels[1].label == "good") ||
              (labels[1].label.empty() && labels[0].label == "good"));
}

TEST(TasksBuild, APrecisionAskedForOfAPlanWarnsBothWays) {
  test::ModelFolder folder("BertModel");
  plan::Plan plan = *build(folder.write()).data();
  const auto warned = [&](const char* has, std::optional<Precision> asked) {
    plan.precision = has;
    plan::write_file(plan, folder.path("x.plan"));
    const test::Warnings warnings;
    BuildOptions options;
    options.precision = asked;
    load_or_build(folder.path("x.plan"), options);
    return says(warnings, "keeps the precision");
  };
  EXPECT_TRUE(warned("bf16", Precision::fp32));
  EXPECT_TRUE(warned("fp32", Precision::bf16));
  EXPECT_FALSE(warned("bf16", Precision::bf16));
  EXPECT_FALSE(warned("bf16", std::nullopt));
  EXPECT_FALSE(warned("bf16", Precision::best));
}

class TasksLimits : public testing::Test {
 protected:
  TasksLimits() : folder_("BertModel") {
    folder_.put("vocab.txt", kVocabulary);
    folder_.put("tokenizer_config.json", R"({"model_max_length": 4})");
    path_ = folder_.write();
    std::filesystem::create_directory(folder_.path("1_Pooling"));
    folder_.put("1_Pooling/config.json", R"({"pooling_mode": "mean"})");
    folder_.put("modules.json", R"([{"type": "sentence_transformers.models.Transformer", "path": ""},
                                    {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}])");
  }
  /// How many tokens of a long text are read: the fewest that make texts equal.
  int64_t limit() const {
    const Embedder embed(build(path_));
    const Embedder::Vectors all = embed(std::vector<std::string>{"a", "a b", "a b a", "a b a b", "a b a b a b a b"});
    for (int64_t i = 0; i < 4; ++i)
      if (std::equal(all[i].begin(), all[i].end(), all[4].begin())) return i + 3;
    return 0;
  }
  test::ModelFolder folder_;
  std::string path_;
};

TEST_F(TasksLimits, TheSentenceLimitReplacesTheTokenizers) {
  EXPECT_EQ(limit(), 4);
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 5})");
  EXPECT_EQ(limit(), 5) << "even where it is higher";
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 3})");
  EXPECT_EQ(limit(), 3);
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 512})");
  EXPECT_EQ(limit(), 6) << "the model has six positions";
}

TEST_F(TasksLimits, PromptsByName) {
  folder_.put("config_sentence_transformers.json", R"({"prompts": {"q": "b a "}, "default_prompt_name": "q"})");
  folder_.put("sentence_bert_config.json", R"({"max_seq_length": 6})");
  const Plan plan = build(path_);
  const auto vector = [&](const EmbedOptions& how, const char* text) {
    return Embedder(plan, {}, how)(std::vector<std::string>{text}).values;
  };
  const std::vector<float> bare = vector({.prompt = ""}, "a"), prompted = vector({.prompt = ""}, "b a a");
  EXPECT_EQ(vector({}, "a"), prompted);
  EXPECT_EQ(vector({.prompt_name = "q"}, "a"), prompted);
  EXPECT_EQ(vector({.prompt = "b a "}, "a"), prompted);
  EXPECT_EQ(vector({.prompt_name = "query"}, "a"), bare);
  EXPECT_EQ(vector({.prompt = "", .dimensions = 3}, "a"), std::vector<float>(bare.begin(), bare.begin() + 3));
  EXPECT_EQ(vector({.prompt = "", .dimensions = 99}, "a"), bare);
  const auto refused = [&](const EmbedOptions& how, ErrorCode code, const char* part) {
    test::expect_error(code, part, [&] { Embedder(plan, {}, how); });
  };
  refused({.prompt_name = "x"}, ErrorCode::not_found, "it has document, q, query");
  refused({.prompt_name = "q", .prompt = "a"}, ErrorCode::invalid_argument, "give one of both");
  refused({.pooling = "middle"}, ErrorCode::invalid_argument, "known are mean, cls");
  refused({.dimensions = -1}, ErrorCode::invalid_argument, "dimensions");
}

/// A folder whose own vectors Lathe lacks gives none, rather than others; a pooling by name is an answer.
TEST_F(TasksLimits, AnUnknownModuleIsRefusedAndNotSkipped) {
  folder_.put("modules.json", R"([{"type": "sentence_transformers.models.Transformer", "path": ""},
                                  {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"},
                                  {"type": "sentence_transformers.models.CNN", "path": "2_CNN"}])");
  folder_.linear("bert.pooler.dense", 8, 8);
  const test::Warnings quiet;
  const Plan plan = build(folder_.write());
  test::expect_error(ErrorCode::unsupported, "for want of the module 'CNN'", [&] { Embedder{plan}; });
  EXPECT_EQ(Embedder(plan, {}, {.pooling = "mean"})(std::vector<std::string>{"a"}).count, 1);
}

TEST(TasksEmbedder, NoNormalizationIsObeyedWhereThePlanDoesNotPool) {
  const std::string folder = LATHE_SOURCE_DIR "/tests/goldens/embed/mean-normalized";
  BuildOptions states;
  states.outputs = {"last_hidden_state"};
  const Plan whole = build(folder), bare = build(folder, states);
  const auto length = [](const Plan& plan, std::optional<bool> normalize) {
    double sum = 0;
    for (float v : Embedder(plan, {}, {.normalize = normalize})(std::vector<std::string>{"the king"}).values)
      sum += static_cast<double>(v) * static_cast<double>(v);
    return sum;
  };
  for (const Plan& plan : {whole, bare}) {
    EXPECT_NEAR(length(plan, {}), 1, 1e-5);
    EXPECT_NEAR(length(plan, true), 1, 1e-5);
    EXPECT_GT(std::abs(length(plan, false) - 1), 1e-3);
  }
  EXPECT_NEAR(length(whole, false), length(bare, false), 1e-4 * length(bare, false));
}

}  // namespace
}  // namespace lathe
