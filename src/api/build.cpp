#include "lathe/build.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "compiler/compile.h"
#include "frontends/huggingface/reader.h"
#include "lathe/tokenizer.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;
using nlohmann::json;

/// The network's inputs are [batch, seq].
plan::Profile profile_of(const huggingface::ModelInfo& info, const BuildOptions& options) {
  constexpr int64_t kNoLimit = int64_t{1} << 20;
  for (const auto& [name, value, least] : {std::tuple("max_batch", options.max_batch, 0),
                                           {"max_seq", options.max_seq, 0},
                                           {"opt_seq", options.opt_seq, 1}})
    if (value < least)
      fail(ErrorCode::invalid_argument, name, fmt::format("give a number from {}", least), "it is {}", value);
  if (options.max_seq > info.max_positions)
    fail(ErrorCode::out_of_range, "max-seq", fmt::format("ask for at most {}", info.max_positions),
         "{} tokens a text, the model has positions for {}", options.max_seq, info.max_positions);
  int64_t seq = options.max_seq > 0 ? options.max_seq : info.max_positions;
  return {{"batch", {1, 1, options.max_batch > 0 ? options.max_batch : kNoLimit}},
          {"seq", {1, std::min(options.opt_seq, seq), seq}}};
}

json sentence_json(const huggingface::SentenceInfo& info) {
  return {{"pooling", info.pooling},
          {"include_prompt", info.include_prompt},
          {"changes_tokens", info.changes_tokens},
          {"changes_vectors", info.changes_vectors},
          {"normalize", info.normalize},
          {"lowercase", info.lowercase},
          {"max_seq_length", info.max_seq_length},
          {"dimensions", info.dimensions},
          {"prompts", info.prompts},
          {"default_prompt_name", info.default_prompt_name}};
}

/// `max_seq`: where tasks cut texts; embed has a limit of its own in "sentence".
std::string model_json(const huggingface::ModelInfo& info, int64_t max_seq) {
  json o = {{"model_type", info.model_type},
            {"architecture", info.architecture},
            {"hidden_size", info.hidden_size},
            {"layers", info.layers},
            {"heads", info.heads},
            {"intermediate_size", info.intermediate_size},
            {"max_positions", info.max_positions},
            {"vocab_size", info.vocab_size},
            {"num_labels", info.num_labels()},
            {"problem_type", info.problem_type}};
  o["id2label"] = json::object();
  for (size_t i = 0; i < info.id2label.size(); ++i) o["id2label"][std::to_string(i)] = info.id2label[i];
  if (info.sentence) o["sentence"] = sentence_json(*info.sentence);
  if (!info.sentence_problem.empty()) o["sentence_problem"] = info.sentence_problem;
  o["max_seq_length"] = max_seq;
  return o.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Nothing, with a warning, where the folder has none that Lathe knows.
std::optional<Tokenizer> read_tokenizer(const std::string& folder) {
  try {
    return Tokenizer::from_folder(folder);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::unsupported && error.code() != ErrorCode::not_found) throw;
    log(LogLevel::warning, "{}: {}; the plan takes ids, not texts", error.where(), error.problem());
    return std::nullopt;
  }
}

std::string hash_files(const std::vector<std::string>& files) {
  constexpr size_t kPart = size_t{16} << 20;
  Hasher hasher;
  for (const std::string& path : files) {
    const FileMap file(path);
    for (size_t at = 0; at < file.size(); at += kPart) {
      const Blob part = file.blob().sub(at, std::min(kPart, file.size() - at));
      hasher.add(part.data, part.size);
      part.forget();
    }
  }
  return fmt::format("{:016x}", hasher.value());
}

std::map<std::string, std::string> record_of(const BuildOptions& options) {
  std::map<std::string, std::string> record;
  if (options.max_batch > 0) record["max_batch"] = std::to_string(options.max_batch);
  if (options.max_seq > 0) record["max_seq"] = std::to_string(options.max_seq);
  record["opt_seq"] = std::to_string(options.opt_seq);
  if (!options.architecture.empty()) record["architecture"] = options.architecture;
  if (!options.outputs.empty()) record["outputs"] = fmt::format("{}", fmt::join(options.outputs, ","));
  if (!options.passes.empty()) record["passes"] = options.passes;
  return record;
}

}  // namespace

Precision parse_precision(std::string_view word) {
  if (word == "fp32") return Precision::fp32;
  if (word == "bf16") return Precision::bf16;
  if (word == "best") return Precision::best;
  fail(ErrorCode::invalid_argument, "precision", "use fp32, bf16 or best", "'{}' is not known", word);
}

Plan build(const std::string& folder, const BuildOptions& options) {
  compiler::CompileOptions compile_options;
  compile_options.precision = compiler::resolve(options.precision.value_or(Precision::fp32));
  if (options.progress) options.progress("read", 0);
  huggingface::Model model = huggingface::read_folder(folder, {options.architecture, options.outputs});
  compile_options.profiles = {profile_of(model.info, options)};
  // Masks of model folders are 0 or 1, and nobody asks what a model makes of padding.
  compile_options.padding = passes::Padding::dropped;
  compile_options.pass_switches = options.passes;
  compile_options.dump_folder = options.dump_passes;
  compile_options.progress = options.progress;
  std::string source_hash = hash_files(model.info.weight_files);
  plan::Plan plan = compiler::compile(std::move(model.network), compile_options);
  plan.source_hash = source_hash;
  plan.options = record_of(options);
  int64_t limit = 0;
  if (const auto tokenizer = read_tokenizer(model.info.encoder_folder)) {
    if (tokenizer->id_limit() > model.info.vocab_size)
      fail(ErrorCode::shape_mismatch, folder, "take the tokenizer that belongs to the model",
           "the tokenizer has ids up to {}, the model {} embeddings", tokenizer->id_limit() - 1, model.info.vocab_size);
    plan.tokenizer_json = tokenizer->serialize();
    limit = tokenizer->max_length();
  }
  const int64_t most = plan.most("seq");
  const int64_t max_seq = limit > 0 ? std::min(limit, most) : most;
  plan.model_json = model_json(model.info, max_seq);
  if (options.progress) options.progress("done", 1);
  return Plan(std::make_shared<plan::Plan>(std::move(plan)));
}

Plan load_or_build(const std::string& folder_or_plan, const BuildOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(folder_or_plan, ignored)) return build(folder_or_plan, options);
  Plan plan = Plan::load(folder_or_plan);
  const bool other = options.precision && *options.precision != Precision::best &&
                     (*options.precision == Precision::bf16) != (plan.data()->precision == "bf16");
  if (other)
    log(LogLevel::warning, "{}: the plan is {}; a plan keeps the precision that it was built with", folder_or_plan,
        plan.data()->precision);
  return plan;
}

}  // namespace lathe
