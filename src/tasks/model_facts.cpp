#include "tasks/model_facts.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace lathe::tasks {
namespace {
using nlohmann::json;

std::string text(const json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

int64_t number(const json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<int64_t>() : 0;
}

bool flag(const json& object, const char* key, bool absent) {
  auto found = object.find(key);
  return found != object.end() && found->is_boolean() ? found->get<bool>() : absent;
}

SentenceFacts sentence_facts(const json& object) {
  SentenceFacts facts;
  if (auto modes = object.find("pooling"); modes != object.end() && modes->is_array())
    for (const json& mode : *modes)
      if (mode.is_string()) facts.pooling.push_back(mode.get<std::string>());
  facts.include_prompt = flag(object, "include_prompt", true);
  facts.changes_tokens = flag(object, "changes_tokens", false);
  facts.changes_vectors = flag(object, "changes_vectors", false);
  facts.normalize = flag(object, "normalize", false);
  facts.lowercase = flag(object, "lowercase", false);
  facts.max_seq_length = number(object, "max_seq_length");
  facts.dimensions = number(object, "dimensions");
  facts.default_prompt_name = text(object, "default_prompt_name");
  if (auto prompts = object.find("prompts"); prompts != object.end() && prompts->is_object())
    for (const auto& [name, prompt] : prompts->items())
      if (prompt.is_string()) facts.prompts[name] = prompt.get<std::string>();
  return facts;
}

}  // namespace

std::string ModelFacts::label(size_t i) const {
  return i < labels.size() && labels[i] ? *labels[i] : "LABEL_" + std::to_string(i);
}

ModelFacts ModelFacts::parse(std::string_view source) {
  ModelFacts facts;
  const json object = json::parse(source, nullptr, false);
  if (!object.is_object()) return facts;
  facts.model_type = text(object, "model_type");
  facts.architecture = text(object, "architecture");
  facts.problem_type = text(object, "problem_type");
  facts.max_positions = number(object, "max_positions");
  facts.max_seq_length = number(object, "max_seq_length");
  facts.sentence_problem = text(object, "sentence_problem");
  if (auto sentence = object.find("sentence"); sentence != object.end() && sentence->is_object())
    facts.sentence = sentence_facts(*sentence);
  auto names = object.find("id2label");
  if (names == object.end()) return facts;
  constexpr size_t kMostLabels = 1 << 20;
  auto set = [&](size_t i, const json& name) {
    if (i >= kMostLabels || !name.is_string()) return;
    if (facts.labels.size() <= i) facts.labels.resize(i + 1);
    facts.labels[i] = name.get<std::string>();
  };
  if (names->is_array())
    for (size_t i = 0; i < names->size(); ++i) set(i, (*names)[i]);
  if (names->is_object())
    for (const auto& [key, name] : names->items()) {
      size_t i = 0;
      auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), i);
      if (error == std::errc() && end == key.data() + key.size()) set(i, name);
    }
  return facts;
}

}  // namespace lathe::tasks
