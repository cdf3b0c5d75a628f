// A call with a report answers what can be answered and notes the rest.
#include <gtest/gtest.h>

#include <cmath>

#include "lathe/lathe.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {

using Texts = std::vector<std::string>;

std::string model(const std::string& name) { return LATHE_SOURCE_DIR "/tests/goldens/models/" + name; }

constexpr const char* kVocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n";

std::vector<size_t> refused(const TaskReport& report) {
  std::vector<size_t> texts;
  for (const TaskReport::Refusal& r : report.refused) texts.push_back(r.text);
  return texts;
}

std::string many_words() {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "king ";
  return text;
}

TEST(TasksReport, FillMask) {
  const FillMask fill(build(model("mlm-tied")));
  const Texts texts = {"bad \xff [MASK]", "the old [MASK]", "no mask", many_words() + "[MASK]", "a [mask]"};
  TaskReport report;
  report.cut = {99};
  const auto answers = fill(texts, 2, &report);
  ASSERT_EQ(refused(report), (std::vector<size_t>{0, 2, 3}));
  EXPECT_TRUE(report.cut.empty()) << "a call forgets what was there";
  EXPECT_EQ(report.refused[0].why.where(), "text 1 (\"bad \xEF\xBF\xBD [MASK]\")");
  EXPECT_EQ(report.refused[0].why.problem(), "byte 4 (0xFF) is not valid UTF-8");
  EXPECT_EQ(report.refused[1].why.where(), "text 3 (\"no mask\")");
  EXPECT_EQ(report.refused[1].why.problem(), "there is no mask in it");
  EXPECT_EQ(report.refused[2].why.code(), ErrorCode::out_of_range);
  for (size_t i : refused(report)) EXPECT_TRUE(answers[i].empty());
  EXPECT_EQ(answers[4][0][0].sequence, fill(Texts{"a [mask]"}, 2)[0][0][0].sequence);
  EXPECT_THROW(fill(texts, 2), Error) << "without a report the call throws";
}

TEST(TasksReport, AMaskBeyondTheCutIsNamedSo) {
  const FillMask fill(build(model("mlm-tied")), {.truncate = true});
  TaskReport report;
  const auto answers = fill(Texts{many_words() + "[MASK]", "[MASK] " + many_words()}, 1, &report);
  ASSERT_EQ(refused(report), std::vector<size_t>{0});
  EXPECT_NE(report.refused[0].why.problem().find("its mask lies in what is cut off"), std::string::npos);
  EXPECT_EQ(report.cut, std::vector<size_t>{1});
  EXPECT_EQ(answers[1].size(), 1u);
}

TEST(TasksReport, Classify) {
  const Plan plan = build(model("sequence"));
  const std::vector<TextInput> texts = {{many_words(), {}}, {"the king", {}}, {"\xff", {}}, {"", {}}};
  TaskReport report;
  const auto whole = Classifier(plan)(texts, 0, &report);
  EXPECT_EQ(refused(report), (std::vector<size_t>{0, 2}));
  EXPECT_TRUE(whole[0].empty());
  EXPECT_FALSE(whole[3].empty()) << "an empty text is read as its special tokens";
  const auto cut = Classifier(plan, {.truncate = true})(texts, 0, &report);
  EXPECT_EQ(refused(report), std::vector<size_t>{2});
  EXPECT_EQ(report.cut, std::vector<size_t>{0});
  EXPECT_FALSE(cut[0].empty());
}

TEST(TasksReport, NextSentenceNeedsPairs) {
  test::ModelFolder folder("BertForNextSentencePrediction");
  folder.linear("bert.pooler.dense", 8, 8);
  folder.linear("cls.seq_relationship", 2, 8);
  folder.put("vocab.txt", kVocabulary);
  TaskReport report;
  const std::vector<TextInput> texts = {{"a", {}}, {"a", "b"}, {"a", ""}};
  const auto labels = Classifier(build(folder.write()))(texts, 0, &report);
  EXPECT_EQ(refused(report), std::vector<size_t>{0});
  EXPECT_EQ(labels[1].size(), 2u);
  EXPECT_EQ(labels[2].size(), 2u);
}

TEST(TasksReport, Tag) {
  const Plan plan = build(model("token"));
  const Texts texts = {"\xff", "the king opened a door", "", many_words()};
  TagOptions how;
  how.ignore_labels.clear();
  TaskReport report;
  auto found = Tagger(plan)(texts, how, &report);
  EXPECT_EQ(refused(report), std::vector<size_t>{0});
  EXPECT_EQ(report.cut, std::vector<size_t>{3});
  EXPECT_FALSE(found[1].empty());
  EXPECT_TRUE(found[2].empty());
  how.stride = 4;
  found = Tagger(plan)(texts, how, &report);
  EXPECT_TRUE(report.cut.empty()) << "windows read all of it";
  found = Tagger(plan, {.truncate = false})(texts, {}, &report);
  EXPECT_EQ(refused(report), (std::vector<size_t>{0, 3}));
}

TEST(TasksReport, Answer) {
  const Plan plan = build(model("question"));
  const std::vector<Question> questions = {{many_words(), "the king"}, {"who opened", "the king opened a door"},
                                           {"", "the king"},           {"who", ""},
                                           {"who", many_words()},      {"who", "\xff"}};
  TaskReport report;
  auto answers = Answerer(plan)(questions, {}, &report);
  EXPECT_EQ(refused(report), (std::vector<size_t>{0, 2, 3, 5}));
  EXPECT_TRUE(report.cut.empty());
  EXPECT_TRUE(answers[0].empty());
  EXPECT_EQ(answers[1].size(), 1u);
  EXPECT_EQ(answers[4].size(), 1u);
  answers = Answerer(plan, {.truncate = true})(questions, {}, &report);
  EXPECT_EQ(report.cut, std::vector<size_t>{4});
}

TEST(TasksReport, Embed) {
  const Plan plan = build(LATHE_SOURCE_DIR "/tests/goldens/embed/mean-normalized");
  const Texts texts = {"the king", "\xff", many_words(), ""};
  TaskReport report;
  const Embedder::Vectors vectors = Embedder(plan)(texts, &report);
  EXPECT_EQ(refused(report), std::vector<size_t>{1});
  EXPECT_EQ(report.cut, std::vector<size_t>{2});
  for (float v : vectors[1]) EXPECT_TRUE(std::isnan(v));
  for (int64_t i : {0, 2, 3}) EXPECT_TRUE(std::isfinite(vectors[i][0]));
  const Embedder::Vectors none = Embedder(plan)(Texts{"\xff"}, &report);
  EXPECT_EQ(none.values.size(), static_cast<size_t>(none.width));
  EXPECT_TRUE(std::isnan(none.values[0]));
}

/// One type id: a pair's second text cannot be computed, and a single text can.
TEST(TasksReport, ATextWhoseRunFailsCostsItselfAlone) {
  test::ModelFolder folder("BertForSequenceClassification");
  folder.config["type_vocab_size"] = 1;
  folder.add("bert.embeddings.token_type_embeddings.weight", {1, 8});
  folder.put("vocab.txt", kVocabulary);
  const Classifier classify(build(folder.write()));
  const std::vector<TextInput> texts = {{"a", {}}, {"a", "b"}, {"b", {}}, {"b", "a"}, {"b a", {}}};
  TaskReport report;
  const auto labels = classify(texts, 0, &report);
  ASSERT_EQ(refused(report), (std::vector<size_t>{1, 3}));
  EXPECT_EQ(report.refused[0].why.where(), "text 2 (\"a\")");
  for (size_t i : {0u, 2u, 4u}) EXPECT_EQ(labels[i].size(), 2u);
  EXPECT_THROW(classify(texts), Error);
}

TEST(TasksReport, ResultsThatAreNoNumbersAreRefused) {
  test::ModelFolder folder("BertForSequenceClassification");
  auto& bias = folder.weights.at("classifier.bias");
  std::vector<float> values = {NAN, 1};
  bias.data = Blob::copy_of(values.data(), sizeof(float) * 2);
  folder.put("vocab.txt", kVocabulary);
  test::Warnings warnings;
  const std::string path = folder.write();
  const Classifier classify(build(path));
  TaskReport report;
  classify(std::vector<TextInput>{{"a", {}}, {"b", {}}}, 0, &report);
  ASSERT_EQ(refused(report), (std::vector<size_t>{0, 1}));
  EXPECT_NE(report.refused[0].why.problem().find("NaN"), std::string::npos);
  // Minus infinity among others is a label that never is.
  values = {-INFINITY, 1};
  bias.data = Blob::copy_of(values.data(), sizeof(float) * 2);
  folder.write();
  const auto labels = Classifier(build(path))(std::vector<TextInput>{{"a", {}}}, 0, &report);
  EXPECT_TRUE(report.refused.empty());
  EXPECT_EQ(labels[0][0].score, 1);
  EXPECT_EQ(labels[0][1].score, 0);
}

}  // namespace
}  // namespace lathe
