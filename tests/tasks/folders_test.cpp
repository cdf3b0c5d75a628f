// Random folders, texts and options, each with what transformers and sentence-transformers answer in double precision
// (tests/goldens/folders/SEED, made by scripts/check_models.py --write DIR --seed SEED).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "lathe/lathe.h"
#include "tests/frontends/model_folder.h"

namespace lathe {
namespace {

using nlohmann::json;

const std::string kFolders = LATHE_SOURCE_DIR "/tests/goldens/folders";
constexpr double kTolerance = 2e-5;  ///< beside the number's size
constexpr double kFloor = 1e-6;      ///< where that is nearly zero

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolders))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> texts_of(const json& inputs) { return inputs.get<std::vector<std::string>>(); }

std::vector<TextInput> inputs_of(const json& inputs) {
  std::vector<TextInput> list;
  for (const json& one : inputs)
    one.is_string() ? list.push_back({one, {}}) : list.push_back({one[0], one[1].get<std::string>()});
  return list;
}

/// Null for refused texts.
json answers(const TaskReport& report, size_t count, const std::function<json(size_t)>& answer) {
  json list = json::array();
  for (size_t i = 0; i < count; ++i) {
    const bool refused = std::any_of(report.refused.begin(), report.refused.end(),
                                     [&](const TaskReport::Refusal& r) { return r.text == i; });
    list.push_back(refused ? json() : answer(i));
  }
  return list;
}

json tokenize(const Tokenizer& tokenizer, const json& options, const json& inputs) {
  EncodeOptions how;
  how.max_length = options.value("max_length", 0);
  json list = json::array();
  for (const TextInput& one : inputs_of(inputs)) {
    const Encoding e = one.pair ? tokenizer.encode(one.text, *one.pair, how) : tokenizer.encode(one.text, how);
    list.push_back({{"ids", e.ids}, {"type_ids", e.type_ids}, {"offsets", e.offsets}});
  }
  return list;
}

json classify(const Plan& plan, const json& options, const json& inputs) {
  TaskOptions how;
  if (options.contains("truncation")) how.truncate = true;
  TaskReport report;
  const auto labels = Classifier(plan, how)(inputs_of(inputs), 0, &report);
  return answers(report, labels.size(), [&](size_t i) {
    json list = json::array();
    for (const Label& l : labels[i]) list.push_back({{"label", l.label}, {"score", l.score}});
    return list;
  });
}

json fill_mask(const Plan& plan, const json& options, const json& inputs) {
  TaskReport report;
  const auto texts = texts_of(inputs);
  const auto found = FillMask(plan)(texts, options["top_k"], &report);
  return answers(report, found.size(), [&](size_t i) {
    json masks = json::array();
    for (const auto& mask : found[i]) {
      json list = json::array();
      for (const FillMaskAnswer& a : mask)
        list.push_back({{"score", a.score}, {"token", a.token}, {"token_str", a.token_str}, {"sequence", a.sequence}});
      masks.push_back(list);
    }
    return masks.size() == 1 ? json(masks[0]) : masks;
  });
}

json tag(const Plan& plan, const json& options, const json& inputs) {
  TagOptions how;
  how.aggregation = parse_aggregation(options["aggregation"].get<std::string>());
  how.stride = options.value("stride", -1);
  TaskReport report;
  const auto texts = texts_of(inputs);
  const auto found = Tagger(plan)(texts, how, &report);
  const char* key = how.aggregation == Aggregation::none ? "entity" : "entity_group";
  return answers(report, found.size(), [&](size_t i) {
    json list = json::array();
    for (const Entity& e : found[i])
      list.push_back({{key, e.label}, {"score", e.score}, {"word", e.word}, {"start", e.start}, {"end", e.end}});
    return list;
  });
}

json answer(const Plan& plan, const json& options, const json& inputs) {
  std::vector<Question> questions;
  for (const json& one : inputs) questions.push_back({one[0], one[1]});
  AnswerOptions how;
  how.top_k = options["top_k"];
  TaskReport report;
  const auto found = Answerer(plan)(questions, how, &report);
  return answers(report, found.size(), [&](size_t i) {
    json list = json::array();
    for (const SpanAnswer& a : found[i])
      list.push_back({{"score", a.score}, {"start", a.start}, {"end", a.end}, {"answer", a.answer}});
    return list.size() == 1 ? json(list[0]) : list;
  });
}

json embed(const Plan& plan, const json& options, const json& inputs) {
  EmbedOptions how;
  how.prompt_name = options.value("prompt_name", "");
  if (options.contains("prompt")) how.prompt = options["prompt"].get<std::string>();
  how.pooling = options.value("pooling", "");
  if (options.contains("normalize")) how.normalize = true;
  how.dimensions = options.value("dimensions", 0);
  TaskReport report;
  const auto texts = texts_of(inputs);
  const Embedder embedder(plan, {}, how);
  const Embedder::Vectors vectors = embedder(texts, &report);
  EXPECT_EQ(vectors.width, embedder.width());
  return answers(report, texts.size(), [&](size_t i) {
    const auto v = vectors[static_cast<int64_t>(i)];
    return json(std::vector<float>(v.begin(), v.end()));
  });
}

/// Where two answers differ; empty: nowhere.
std::string difference(const json& expected, const json& found, const std::string& path) {
  if (expected.is_number_float() || found.is_number_float()) {
    const bool close = expected.is_number() && found.is_number() &&
                       std::fabs(expected.get<double>() - found.get<double>()) <=
                           kFloor + kTolerance * std::fabs(expected.get<double>());
    return close ? "" : path + ": " + expected.dump() + " " + found.dump();
  }
  if (expected.is_object() && found.is_object()) {
    size_t keys = 0;
    for (const auto& [key, value] : expected.items()) {
      if (key == "index") continue;
      if (!found.contains(key)) return path + " lacks " + key;
      if (std::string d = difference(value, found[key], path + "." + key); !d.empty()) return d;
      ++keys;
    }
    return found.size() == keys ? "" : path + " has more: " + found.dump();
  }
  if (expected.is_array() && found.is_array() && expected.size() == found.size()) {
    for (size_t i = 0; i < expected.size(); ++i)
      if (std::string d = difference(expected[i], found[i], path + "[" + std::to_string(i) + "]"); !d.empty()) return d;
    return {};
  }
  return expected == found ? "" : path + ": " + expected.dump() + " " + found.dump();
}

class TasksFolders : public testing::TestWithParam<std::string> {};

TEST_P(TasksFolders, EqualsThePeers) {
  const std::string folder = kFolders + "/" + GetParam();
  const test::Warnings quiet;
  const Plan plan = build(folder);
  const Tokenizer tokenizer = Tokenizer::from_json(plan.tokenizer_json());
  for (const json& one : json::parse(read_text_file(folder + "/cases.json", 1 << 24))) {
    const std::string task = one["task"];
    const json &options = one["options"], &inputs = one["inputs"];
    const json found = task == "tokenize"    ? tokenize(tokenizer, options, inputs)
                       : task == "classify"  ? classify(plan, options, inputs)
                       : task == "fill_mask" ? fill_mask(plan, options, inputs)
                       : task == "tag"       ? tag(plan, options, inputs)
                       : task == "answer"    ? answer(plan, options, inputs)
                                             : embed(plan, options, inputs);
    EXPECT_EQ(difference(one["answers"], found, ""), "") << task << " " << options;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TasksFolders, testing::ValuesIn(names()), [](const auto& of) { return of.param; });

}  // namespace
}  // namespace lathe
