// The answers of tasks against those of transformers' pipelines (pipeline.json beside the models).
#include <gtest/gtest.h>

#include <cmath>

#include "cli/child.h"

namespace {
using namespace cli_testing;
using nlohmann::json;

constexpr double kTolerance = 2e-5;

/// Equal shape, texts and whole numbers; scores within the tolerance.
void expect_same(const json& actual, const json& expected, const std::string& where) {
  if (expected.is_object()) {
    ASSERT_TRUE(actual.is_object()) << where << ": " << actual;
    ASSERT_EQ(actual.size(), expected.size()) << where << ": " << actual << " instead of " << expected;
    for (const auto& [key, value] : expected.items()) {
      ASSERT_TRUE(actual.contains(key)) << where << ": no " << key;
      expect_same(actual[key], value, where + "." + key);
    }
  } else if (expected.is_array()) {
    ASSERT_TRUE(actual.is_array()) << where << ": " << actual;
    ASSERT_EQ(actual.size(), expected.size()) << where << ": " << actual << " instead of " << expected;
    for (size_t i = 0; i < expected.size(); ++i) expect_same(actual[i], expected[i], where + "." + std::to_string(i));
  } else if (expected.is_number_float()) {
    ASSERT_TRUE(actual.is_number()) << where << ": " << actual;
    EXPECT_NEAR(actual.get<double>(), expected.get<double>(),
                kTolerance * std::max(1.0, std::fabs(expected.get<double>())))
        << where;
  } else {
    EXPECT_EQ(actual, expected) << where;
  }
}

std::string lines_of(const json& examples) {
  std::string lines;
  for (const json& e : examples) lines += e["input"].get<std::string>() + "\n";
  return lines;
}

json answers_of(const json& examples) {
  json answers = json::array();
  for (const json& e : examples) answers.push_back(e["answer"]);
  return answers;
}

void check_lines(const std::string& name, const std::string& pipeline, std::vector<std::string> arguments) {
  const json examples = read_json(model(name) + "/pipeline.json")[pipeline];
  for (const std::string& place : {model(name), plan_of(name)}) {
    std::vector<std::string> words = arguments;
    words.insert(words.end(), {"--model", place, "--json"});
    const Result result = lathe(words, {.input = lines_of(examples)});
    ASSERT_EQ(result.status, 0) << result.err;
    expect_same(result.json_lines(), answers_of(examples), name);
  }
}

TEST(CliTasks, FillMask) { check_lines("mlm-tied", "fill-mask", {"fill-mask", "--top-k", "3"}); }

TEST(CliTasks, ClassifyOneLabelOfSeveral) { check_lines("sequence", "text-classification", {"classify"}); }
TEST(CliTasks, ClassifySeveralLabels) { check_lines("sequence-multi", "text-classification", {"classify"}); }
TEST(CliTasks, ClassifyRegression) { check_lines("sequence-regression", "text-classification", {"classify"}); }

TEST(CliTasks, TagEachAggregation) {
  for (const char* how : {"none", "simple", "first", "average", "max"})
    check_lines("token", std::string("token-classification/") + how, {"tag", "--aggregation", how});
}

// answers.json: what transformers' question-answering pipeline says (its last version that has one, 4.57, in FP32).
TEST(CliTasks, AnswersWithWindowsTopKAndImpossible) {
  for (const json& e : read_json(LATHE_SOURCE_DIR "/tests/cli/answers.json")) {
    std::vector<std::string> words{"answer",      "--model",   plan_of("question"), "--json",
                                   e["question"], "--context", e["context"]};
    for (const json& argument : e["arguments"]) words.push_back(argument);
    const Result result = lathe(words);
    ASSERT_EQ(result.status, 0) << result.err;
    expect_same(result.json(), e["answer"], e.dump());
  }
}

TEST(CliTasks, AnswersToManyQuestions) {
  std::string lines;
  json expected = json::array();
  for (const json& e : read_json(LATHE_SOURCE_DIR "/tests/cli/answers.json")) {
    if (e["arguments"] != json({"--stride", "8"})) continue;
    lines += json::array({e["question"], e["context"]}).dump() + "\n";
    expected.push_back(e["answer"]);
  }
  ASSERT_GE(expected.size(), 2u);
  const Result result =
      lathe({"answer", "--model", plan_of("question"), "--json", "--json-input", "--stride", "8"}, {.input = lines});
  ASSERT_EQ(result.status, 0) << result.err;
  expect_same(result.json_lines(), expected, "lines");
}

/// One context, and questions a line: from standard input, or a file while the context comes that way.
TEST(CliTasks, QuestionsOfOneContext) {
  const std::string context = "The king opened the door.", plan = plan_of("question");
  const std::filesystem::path folder = scratch("questions");
  const std::string questions = (folder / "questions.txt").string(), article = (folder / "article.txt").string();
  write_file(questions, "Who opened the door?\nWhat did he open?\n");
  write_file(article, context);
  const Result expected =
      lathe({"answer", "--model", plan, "--json", "Who opened the door?", "What did he open?", "--context", context});
  ASSERT_EQ(expected.json_lines().size(), 2u) << expected.err;
  const std::vector<std::string> words = {"answer", "--model", plan, "--json"};
  const auto with = [&](std::vector<std::string> more, const std::string& input) {
    more.insert(more.begin(), words.begin(), words.end());
    return lathe(more, {.input = input}).out;
  };
  EXPECT_EQ(with({"--context", context}, read_file(questions)), expected.out);
  EXPECT_EQ(with({"--context-file", article}, read_file(questions)), expected.out);
  EXPECT_EQ(with({"--file", questions, "--context-file", article}, ""), expected.out);
  EXPECT_EQ(with({"--file", questions}, context), expected.out);
  expect_error(lathe(words, {.input = context}), "usage", "there is no question", 2);
}

TEST(CliTasks, AnswersOfPartsOfWords) {
  const Result result = lathe({"answer", "--model", plan_of("question"), "--json", "--part-words", "--top-k", "50",
                               "Who opened the door?", "--context", "The king opened the door."});
  ASSERT_EQ(result.status, 0) << result.err;
  bool part = false;
  for (const json& a : result.json()) part = part || a["answer"].get<std::string>().ends_with(" open");
  EXPECT_TRUE(part) << result.out;
}

TEST(CliTasks, BatchesOfAnySizeGiveTheSameAnswers) {
  const json examples = read_json(model("sequence") + "/pipeline.json")["text-classification"];
  std::string lines;
  json expected = json::array();
  for (int i = 0; i < 40; ++i) {
    const json& e = examples[static_cast<size_t>(i * 7) % examples.size()];
    lines += e["input"].get<std::string>() + "\n";
    expected.push_back(e["answer"]);
  }
  for (const char* budget : {"1", "17", "100", "100000"}) {
    const Result result =
        lathe({"classify", "--model", plan_of("sequence"), "--json", "--batch-tokens", budget}, {.input = lines});
    ASSERT_EQ(result.status, 0) << result.err;
    expect_same(result.json_lines(), expected, budget);
  }
}

TEST(CliTasks, PaddedFormWhereThePlanDoesNotPack) {
  const std::string plan = (scratch("padded") / "token.plan").string();
  ASSERT_EQ(lathe({"build", model("token"), "-o", plan, "--passes=-pack_tokens,-select_rows"}).status, 0);
  const json examples = read_json(model("token") + "/pipeline.json")["token-classification/simple"];
  const Result result = lathe({"tag", "--model", plan, "--json"}, {.input = lines_of(examples)});
  ASSERT_EQ(result.status, 0) << result.err;
  expect_same(result.json_lines(), answers_of(examples), "padded");
}

TEST(CliTasks, SeveralMasksGiveAListEach) {
  const Result result =
      lathe({"fill-mask", "--model", model("mlm-tied"), "--json", "--top-k", "2", "the [MASK] of [mask]."});
  ASSERT_EQ(result.status, 0) << result.err;
  const json lists = result.json();
  ASSERT_EQ(lists.size(), 2u);
  for (const json& answers : lists) {
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_GE(answers[0]["score"], answers[1]["score"]);
    EXPECT_NE(answers[0]["sequence"].get<std::string>().find("[MASK]"), std::string::npos) << "the other mask stays";
  }
}

TEST(CliTasks, PairsOfTexts) {
  const std::string plan = plan_of("sequence");
  const json pair = lathe({"classify", "--model", plan, "--json", "the king", "--pair", "a door"}).json();
  const json line =
      lathe({"classify", "--model", plan, "--json", "--json-input"}, {.input = "[\"the king\", \"a door\"]\n"}).json();
  EXPECT_EQ(pair, line);
  EXPECT_NE(pair, lathe({"classify", "--model", plan, "--json", "the king a door"}).json());
}

TEST(CliTasks, LongContextsAreReadInWindows) {
  std::string context;
  for (int i = 0; i < 60; ++i) context += "The old king of Italy walks in the garden. ";
  const Result result =
      lathe({"answer", "--model", model("question"), "--json", "--top-k", "5", "who?"}, {.input = context});
  ASSERT_EQ(result.status, 0) << result.err;
  const json answers = result.json();
  ASSERT_EQ(answers.size(), 5u);
  for (const json& a : answers) {
    const size_t start = a["start"], end = a["end"];
    EXPECT_EQ(context.substr(start, end - start), a["answer"].get<std::string>());
  }
}

TEST(CliTasks, PositionsCountCodePoints) {
  const Result result =
      lathe({"tag", "--model", model("token"), "--json", "--aggregation", "none", "é Zürich, 東 Paris"});
  ASSERT_EQ(result.status, 0) << result.err;
  const json last = result.json().back();
  EXPECT_EQ(last["word"], "paris");
  EXPECT_EQ(last["start"], 12);
  EXPECT_EQ(last["end"], 17);
}

}  // namespace
