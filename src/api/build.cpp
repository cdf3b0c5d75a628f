#include "lathe/build.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "api/network_data.h"
#include "api/profiles.h"
#include "api/wishes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/log.h"
#include "compiler/compile.h"
#include "frontends/huggingface/reader.h"
#include "lathe/tokenizer.h"
#include "plan/file.h"

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
  if (options.drop_padding) record["drop_padding"] = "1";
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

namespace {

compiler::CompileOptions compile_options(const BuildOptions& options) {
  compiler::CompileOptions compile;
  compile.precision = compiler::resolve(options.precision.value_or(Precision::fp32));
  compile.padding = options.drop_padding ? passes::Padding::dropped : passes::Padding::exact;
  compile.pass_switches = options.passes;
  compile.dump_folder = options.dump_passes;
  compile.progress = options.progress;
  return compile;
}

/// What the folder says beside its network becomes part of the plan.
void add_folder(plan::Plan& plan, const api::FolderData& folder) {
  plan.source_hash = folder.source_hash;
  int64_t limit = 0;
  if (folder.tokenizer) {
    plan.tokenizer_json = folder.tokenizer->serialize();
    limit = folder.tokenizer->max_length();
  }
  const int64_t most = plan.most("seq");
  plan.model_json = model_json(folder.info, limit > 0 ? std::min(limit, most) : most);
}

}  // namespace

Network read_folder(const std::string& path, const FolderOptions& options) {
  huggingface::Model model = huggingface::read_folder(path, {options.architecture, options.outputs});
  api::FolderData folder;
  folder.source_hash = hash_files(model.info.weight_files);
  folder.tokenizer = read_tokenizer(model.info.encoder_folder);
  if (folder.tokenizer && folder.tokenizer->id_limit() > model.info.vocab_size)
    fail(ErrorCode::shape_mismatch, path, "take the tokenizer that belongs to the model",
         "the tokenizer has ids up to {}, the model {} embeddings", folder.tokenizer->id_limit() - 1,
         model.info.vocab_size);
  folder.info = std::move(model.info);
  auto data = std::make_unique<api::NetworkData>();
  data->network = std::move(model.network);
  data->folder = std::move(folder);
  return Network(std::move(data));
}

namespace {

/// The network gets what is asked of its layers.
compiler::CompileOptions compile_options(api::NetworkData& data, const BuildOptions& options) {
  compiler::CompileOptions compile = compile_options(options);
  api::apply_types(data);
  compile.placement = api::place_layers(data);
  for (const auto& [name, port] : data.inputs) compile.ports.inputs[name] = port.format;
  for (const auto& [name, port] : data.outputs) compile.ports.outputs[name] = port.format;
  compile.profiles = api::profiles_of(data.network, options.profiles);
  if (data.folder) {
    if (compile.profiles.empty()) compile.profiles = {profile_of(data.folder->info, options)};
    // Masks of model folders are 0 or 1, and nobody asks what a model makes of padding.
    compile.padding = passes::Padding::dropped;
  }
  return compile;
}

}  // namespace

std::string explain(Network network, const BuildOptions& options) {
  api::NetworkData& data = network.data();
  compiler::CompileOptions compile = compile_options(data, options);
  compile.packs = false;
  return plan::describe(compiler::compile(std::move(data.network), compile));
}

Plan build(Network network, const BuildOptions& options) {
  api::NetworkData& data = network.data();
  const compiler::CompileOptions compile = compile_options(data, options);
  plan::Plan plan = compiler::compile(std::move(data.network), compile);
  plan.options = record_of(options);
  if (data.folder) add_folder(plan, *data.folder);
  if (options.progress) options.progress("done", 1);
  return Plan(std::make_shared<plan::Plan>(std::move(plan)));
}

Plan build(const std::string& path, const BuildOptions& options) {
  compiler::resolve(options.precision.value_or(Precision::fp32));  // before minutes of reading
  if (options.progress) options.progress("read", 0);
  if (is_onnx(path)) return build(read_onnx(path), options);
  return build(read_folder(path, {options.architecture, options.outputs}), options);
}

Plan load_or_build(const std::string& path, const BuildOptions& options) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored) || is_onnx(path)) return build(path, options);
  Plan plan = Plan::load(path);
  const bool other = options.precision && *options.precision != Precision::best &&
                     (*options.precision == Precision::bf16) != (plan.data()->precision == "bf16");
  if (other)
    log(LogLevel::warning, "{}: the plan is {}; a plan keeps the precision that it was built with", path,
        plan.data()->precision);
  return plan;
}

}  // namespace lathe
