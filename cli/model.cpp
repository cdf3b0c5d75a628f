#include "cli/model.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.h"
#include "base/knobs.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/usage.h"
#include "io/tensor_file.h"

namespace lathe::cli {
namespace {
namespace fs = std::filesystem;

const Knob model_knob("LATHE_MODEL", "model folder or plan that commands use when none is named", "");

bool present(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

}  // namespace

void add_onnx_options(Command& command, OnnxFlags& flags) {
  command.list(
      "--shapes", flags.shapes, 0, "LIST",
      "Of an ONNX file: sizes of inputs as input_ids=1x16:8x128:32x512 (smallest, typical, largest), parted by "
      "commas; again for another profile");
  add_onnx_reading(command, flags);
}

void add_onnx_reading(Command& command, OnnxFlags& flags) {
  command.list("--fix", flags.fixed, 0, "NAME=FILE",
               "Of an ONNX file: this input has the value of an npy file in every run (sizes, axes)");
  command.flag("--drop-padding", flags.drop_padding,
               "Of an ONNX file: leave out positions that a mask of 0 and 1 hides; outputs have zeros there");
}

void add_model_options(Command& command, ModelOptions& options, bool positional) {
  command.text(
      positional ? "MODEL,--model,-m" : "--model,-m", options.model, "DIR|ONNX|PLAN",
      options.needs.empty()
          ? "Model folder (config.json, model.safetensors, ...), ONNX file or plan; default: LATHE_MODEL, else the "
            "built-in fill-mask model"
          : fmt::format("Model folder or plan, {}; default: LATHE_MODEL", options.needs));
  command.choice("--precision", options.precision, {"fp32", "bf16", "best"}, "P",
                 "For a folder or ONNX file: fp32 (default), bf16, or best for this machine");
  command.number("--threads,-t", options.threads, 1, 256, "N", "Threads to compute with; default: one for each core");
  command.flag("--no-map", options.no_map,
               "Read a plan into memory, so that its file may be written over while it is in use");
}

void add_task_options(Command& command, TaskFlags& flags) {
  add_model_options(command, flags);
  command.number("--batch-tokens", flags.batch_tokens, 1, 1 << 24, "N", "Most tokens computed at once");
  command.either("truncate", flags.truncate, "Cut texts that are longer than the model takes",
                 "Refuse them; default: embed and tag cut, answer reads windows, others refuse");
  command.flag("--replace-invalid", flags.replace_invalid, "Read invalid UTF-8 as U+FFFD instead of refusing it");
}

TaskOptions task_options(const TaskFlags& flags) {
  return {flags.threads, flags.batch_tokens, flags.truncate, flags.replace_invalid};
}

std::string built_in_model() {
  if (const std::string path = model_knob.value(); !path.empty()) {
    need_file(path, "LATHE_MODEL names a model folder or a plan");
    return path;
  }
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const fs::path places[] = {program / "../models", program / "../share/lathe/models", LATHE_SOURCE_DIR "/models"};
  for (const fs::path& place : places)
    if (present(place / "minilm-fill-mask" / "config.json")) return (place / "minilm-fill-mask").lexically_normal();
  fail(ErrorCode::not_found, "built-in model", "name a model with --model, or set LATHE_MODEL",
       "models/minilm-fill-mask is not beside {}", (program / "lathe").string());
}

std::string model_path(const ModelOptions& options) {
  if (!options.model && !options.needs.empty() && model_knob.value().empty())
    throw UsageError(fmt::format("name a model, {}: --model DIR", options.needs));
  if (!options.model) return built_in_model();
  // As of an unset variable of a script: the built-in model would answer in another's place.
  if (options.model->empty()) throw UsageError("--model is empty; name a folder or a plan, or leave it out");
  need_file(*options.model,
            "expected a model folder (with config.json and model.safetensors), an ONNX file or a plan file");
  return *options.model;
}

void check_not_read(const std::string& output, const std::string& read) {
  std::error_code ignored;
  if (fs::is_regular_file(output, ignored) && fs::equivalent(output, read, ignored))
    fail(ErrorCode::invalid_argument, output, "name another file for the output", "it is what this command reads");
}

Plan open_model(const ModelOptions& options, const std::vector<std::string>& outputs) {
  const std::string path = model_path(options);
  BuildOptions build;
  if (!options.precision.empty()) build.precision = parse_precision(options.precision);
  build.outputs = outputs;
  build.progress = show_progress;
  name_mapped_file(path);
  if (options.no_map && Plan::is_plan(path)) return Plan::load(path, {.map = false});
  const bool plan_file = Plan::is_plan(path);
  Plan plan = plan_file ? load_or_build(path, build) : build_model(path, build, options.onnx);
  Progress::instance().clear();
  return plan;
}

namespace {

Source read_source(const std::string& path, BuildOptions options, const OnnxFlags& flags, OnnxOptions read) {
  for (const std::string& text : flags.shapes) options.profiles.push_back(parse_shapes(text));
  options.drop_padding = flags.drop_padding;
  std::vector<HostTensor> keep;
  keep.reserve(flags.fixed.size());
  for (const std::string& text : flags.fixed) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) throw UsageError(fmt::format("--fix {}: write NAME=FILE", text));
    std::vector<HostTensor> tensors = read_tensor_file(text.substr(equals + 1));
    if (tensors.size() != 1)
      fail(ErrorCode::invalid_argument, text, "give a file of one tensor", "it has {} tensors", tensors.size());
    keep.push_back(std::move(tensors[0]));
    const std::string name = text.substr(0, equals);
    if (read.fixed.contains(name)) throw UsageError(fmt::format("--fix gives {} twice", name));
    read.fixed[name] = {keep.back().dtype, keep.back().shape, keep.back().data.data};
  }
  if (options.progress) options.progress("read", 0);
  return {read_onnx(path, read), std::move(options)};
}

}  // namespace

Source read_source(const std::string& path, const ModelOptions& options, OnnxOptions read) {
  if (!is_onnx(path)) fail(ErrorCode::invalid_argument, path, "name a file that ends in .onnx", "it is no ONNX file");
  BuildOptions build;
  if (!options.precision.empty()) build.precision = parse_precision(options.precision);
  return read_source(path, build, options.onnx, std::move(read));
}

Network read_network(const ModelOptions& options) {
  const std::string path = model_path(options);
  if (Plan::is_plan(path))
    fail(ErrorCode::invalid_argument, path, "name the model that it was built from", "a plan has steps, no layers");
  return is_onnx(path) ? read_source(path, {}, options.onnx, {}).network : read_folder(path);
}

Plan build_model(const std::string& path, BuildOptions options, const OnnxFlags& flags) {
  if (is_onnx(path)) {
    Source source = read_source(path, std::move(options), flags, {});
    return build(std::move(source.network), source.options);
  }
  if (!flags.shapes.empty() || !flags.fixed.empty() || flags.drop_padding)
    fail(ErrorCode::invalid_argument, path, "give --max-batch and --max-seq for folders",
         "--shapes, --fix and --drop-padding are for ONNX files");
  return build(path, options);
}

void show_progress(std::string_view stage, double fraction) {
  Progress::instance().show(fmt::format("building: {:3.0f} %  {}", fraction * 100, stage));
}

void need_file(const std::string& path, std::string_view expected) {
  if (present(path)) return;
  fs::path folder = fs::path(path).parent_path();
  if (folder.empty()) folder = ".";
  std::vector<std::string> names;
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end; entry.increment(ignored))
    names.push_back((fs::path(path).parent_path() / entry->path().filename()).string());
  throw Error(ErrorCode::not_found, path,
              fmt::format("there is no such file; {}{}", expected, did_you_mean(path, names)));
}

}  // namespace lathe::cli
