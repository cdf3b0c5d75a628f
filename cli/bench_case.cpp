#include "cli/bench_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>

#include "base/error.h"
#include "cli/model.h"
#include "cli/usage.h"

namespace lathe::cli {
namespace {

bool has(const std::vector<TensorInfo>& list, const std::string& name) {
  return std::any_of(list.begin(), list.end(), [&](const TensorInfo& info) { return info.name == name; });
}

/// A whole number from 1 to `most`, or -1.
int64_t number(std::string_view text, int64_t most) {
  int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9' || value > most) return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() || value < 1 || value > most ? -1 : value;
}
constexpr int64_t kMost = 1 << 16;  ///< texts of a case, and tokens of a text

}  // namespace

std::vector<std::pair<std::string, Shape>> input_shapes(const Engine& engine, const std::vector<int64_t>& lengths) {
  const auto batch = static_cast<int64_t>(lengths.size());
  const std::vector<TensorInfo> inputs = engine.inputs();
  const TensorInfo* packed = find_role(inputs, Role::packed, "input_ids");
  if (const TensorInfo* bounds = packed ? find_role(inputs, Role::bounds, packed->shape.at(0)) : nullptr)
    return {{packed->name, {std::accumulate(lengths.begin(), lengths.end(), int64_t{0})}}, {bounds->name, {batch + 1}}};
  const int64_t longest = *std::max_element(lengths.begin(), lengths.end());
  return {{"input_ids", {batch, longest}}, {"attention_mask", {batch, longest}}};
}

BenchCase::BenchCase(std::string name, std::vector<int64_t> lengths, const Engine& engine,
                     const ContextOptions& options, const std::vector<std::string>& outputs, int64_t vocabulary)
    : name_(std::move(name)), lengths_(std::move(lengths)), context_(engine.context(options)) {
  const int64_t longest = *std::max_element(lengths_.begin(), lengths_.end());
  const std::vector<std::pair<std::string, Shape>> inputs = input_shapes(engine, lengths_);
  const bool packed = inputs[0].second.rank() == 1;
  std::mt19937 random(1);
  std::uniform_int_distribution<int32_t> any(std::min<int32_t>(1000, static_cast<int32_t>(vocabulary) / 2),
                                             static_cast<int32_t>(vocabulary) - 1);
  cu_seqlens_.push_back(0);
  for (int64_t n : lengths_) {
    cu_seqlens_.push_back(cu_seqlens_.back() + static_cast<int32_t>(n));
    for (int64_t t = 0; t < (packed ? n : longest); ++t) {
      ids_.push_back(t < n ? any(random) : 0);
      mask_.push_back(t < n);
    }
  }
  context_.request(outputs);
  context_.set_input(inputs[0].first, {DType::i32, inputs[0].second, ids_.data()});
  context_.set_input(inputs[1].first, {DType::i32, inputs[1].second, packed ? cu_seqlens_.data() : mask_.data()});
}

double BenchCase::run() {
  const auto start = std::chrono::steady_clock::now();
  const Status status = context_.run();
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  status.throw_if_error();
  return seconds * 1e3;
}

int64_t BenchCase::tokens() const { return std::accumulate(lengths_.begin(), lengths_.end(), int64_t{0}); }

NamedLengths parse_shape(const std::string& text, std::string_view option) {
  const size_t x = text.find('x');
  const int64_t texts = x == std::string::npos ? -1 : number(std::string_view(text).substr(0, x), kMost);
  const int64_t tokens = x == std::string::npos ? -1 : number(std::string_view(text).substr(x + 1), kMost);
  if (texts < 0 || tokens < 0)
    throw UsageError(fmt::format("{}: '{}' is no shape; write texts x tokens, such as 8x128, each from 1 to {}", option,
                                 text, kMost));
  return {text, std::vector<int64_t>(static_cast<size_t>(texts), tokens)};
}

NamedLengths read_lengths(const std::string& path) {
  need_file(path, "expected a file with a length (tokens of a text) a line");
  NamedLengths result{std::filesystem::path(path).stem().string(), {}};
  std::ifstream file(path);
  size_t line = 0;
  for (std::string word; std::getline(file, word);) {
    ++line;
    word.erase(std::remove_if(word.begin(), word.end(), [](unsigned char c) { return std::isspace(c); }), word.end());
    if (word.empty()) continue;
    const int64_t length = number(word, kMost);
    if (length < 0)
      fail(ErrorCode::invalid_argument, fmt::format("{}, line {}", path, line),
           fmt::format("write a whole number from 1 to {} a line", kMost), "'{}' is no length", word.substr(0, 40));
    if (result.lengths.size() == static_cast<size_t>(kMost))
      fail(ErrorCode::out_of_range, path, "take a part of it", "it has more than {} lengths", kMost);
    result.lengths.push_back(length);
  }
  if (result.lengths.empty())
    fail(ErrorCode::invalid_argument, path, "write a whole number a line", "there are no lengths in it");
  return result;
}

int64_t model_number(const Plan& plan, const char* key, int64_t fallback) {
  const Json model = Json::parse(plan.model_json(), nullptr, false);
  return model.is_object() && model.contains(key) && model[key].is_number_integer() ? model[key].get<int64_t>()
                                                                                    : fallback;
}

int64_t most_tokens(const PlanView& view, const Engine& engine) {
  int64_t most = model_number(engine.plan(), "max_positions", 0);
  for (const TensorInfo& info : engine.inputs()) {
    if (info.name != "input_ids" || info.shape.size() != 2) continue;
    int64_t built_for = 0;
    for (const Json& profile : view.json.at("profiles"))
      if (profile.contains(info.shape[1]))
        built_for = std::max(built_for, profile[info.shape[1]].at("max").get<int64_t>());
    if (built_for > 0) most = most > 0 ? std::min(most, built_for) : built_for;
  }
  return most;
}

void check_lengths(const NamedLengths& lengths, int64_t most) {
  const int64_t longest = *std::max_element(lengths.lengths.begin(), lengths.lengths.end());
  if (most > 0 && longest > most)
    fail(ErrorCode::out_of_range, lengths.name, "give shorter texts", "{} tokens, the model takes {}", longest, most);
}

std::vector<std::string> bench_outputs(const Engine& engine, const std::string& wanted) {
  const std::vector<TensorInfo> outputs = engine.outputs();
  std::vector<std::string> names;
  if (!wanted.empty())
    names = {wanted};
  else if (has(outputs, "last_hidden_state"))
    names = {"last_hidden_state"};
  else
    for (const TensorInfo& info : outputs)
      if (!info.on_demand) names.push_back(info.name);
  for (std::string& name : names) {
    if (const TensorInfo* packed = find_role(outputs, Role::packed, name)) name = packed->name;
    if (has(outputs, name)) continue;
    std::vector<std::string> known;
    for (const TensorInfo& info : outputs) known.push_back(info.name);
    fail(ErrorCode::not_found, name, fmt::format("the outputs are {}", fmt::join(known, ", ")),
         "the model has no such output");
  }
  return names;
}

}  // namespace lathe::cli
