#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "io/tensor_file.h"
#include "lathe/engine.h"

namespace lathe::cli {
namespace {

struct Flags {
  ModelOptions model;
  std::vector<std::string> inputs, request;
  std::string output;
};

/// "name=file" binds the file's tensor of that name, or its only one; a file alone binds all its tensors by name.
std::vector<HostTensor> read_inputs(const std::vector<std::string>& words) {
  std::vector<HostTensor> tensors;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const std::string name = equals == std::string::npos ? "" : word.substr(0, equals);
    const std::string path = equals == std::string::npos ? word : word.substr(equals + 1);
    need_file(path, "expected NAME=FILE or FILE with tensors (npy, npz, safetensors)");
    std::vector<HostTensor> found = read_tensor_file(path);
    if (name.empty()) {
      for (HostTensor& t : found) {
        if (t.name.empty()) throw UsageError(fmt::format("--input {}: an npy has no name; write NAME={}", path, path));
        tensors.push_back(std::move(t));
      }
      continue;
    }
    HostTensor* chosen = found.size() == 1 ? &found[0] : nullptr;
    for (HostTensor& t : found)
      if (t.name == name) chosen = &t;
    if (chosen == nullptr)
      fail(ErrorCode::not_found, path, "name one of its tensors, or give the file alone",
           "it has {} tensors and none is named '{}'", found.size(), name);
    chosen->name = name;
    tensors.push_back(std::move(*chosen));
  }
  return tensors;
}

/// Outputs that the bound form cannot give are not asked for: with packed inputs the padded ones stay away.
std::vector<std::string> default_request(const Engine& engine, const std::vector<HostTensor>& inputs) {
  bool packed = false;
  for (const TensorInfo& info : engine.inputs())
    for (const HostTensor& t : inputs) packed = packed || (info.packed && info.name == t.name);
  std::vector<std::string> names, packed_names;
  for (const TensorInfo& info : engine.outputs()) {
    if (!info.on_demand) names.push_back(info.name);
    if (info.name.starts_with("packed.")) packed_names.push_back(info.name);
  }
  if (!packed) return names;
  for (const std::string& name : names) {
    bool unpacked = false;
    for (const std::string& p : packed_names) unpacked = unpacked || p == "packed." + name;
    if (!unpacked) packed_names.push_back(name);
  }
  return packed_names;
}

std::string summary(const std::vector<HostTensor>& outputs) {
  using enum Table::Align;
  Table table({left, left, left, right, right, right});
  table.row({"output", "type", "shape", "min", "mean", "max"});
  for (const HostTensor& t : outputs) {
    const HostTensor wide = converted(t, DType::f64);
    double low = INFINITY, high = -INFINITY, sum = 0;
    for (double v : wide.as<double>()) low = std::min(low, v), high = std::max(high, v), sum += v;
    const auto n = static_cast<double>(t.shape.count());
    table.row({t.name, std::string(to_string(t.dtype)), to_string(t.shape), n > 0 ? fmt::format("{:.5g}", low) : "",
               n > 0 ? fmt::format("{:.5g}", sum / n) : "", n > 0 ? fmt::format("{:.5g}", high) : ""});
  }
  return table.str();
}

void run(const Flags& flags) {
  if (flags.inputs.empty()) throw UsageError("name the inputs: lathe run MODEL --input input_ids=ids.npy");
  if (!flags.output.empty()) check_tensor_file_name(flags.output, std::max<size_t>(flags.request.size(), 1));
  const std::vector<HostTensor> inputs = read_inputs(flags.inputs);
  const Engine engine(open_model(flags.model));
  Context context = engine.context({.threads = flags.model.threads});
  for (const HostTensor& t : inputs) context.set_input(t.name, {t.dtype, t.shape, t.data.data});
  const std::vector<std::string> names = flags.request.empty() ? default_request(engine, inputs) : flags.request;
  if (!flags.output.empty()) check_tensor_file_name(flags.output, names.size());
  context.request(names);
  context.run().throw_if_error();
  std::vector<HostTensor> outputs;
  for (const std::string& name : names) {
    const ConstTensorRef result = context.output(name);
    const size_t bytes = static_cast<size_t>(result.shape.count()) * size_of(result.dtype);
    outputs.push_back({name, result.dtype, result.shape, Blob::copy_of(result.data, bytes)});
  }
  if (!flags.output.empty()) write_tensor_file(flags.output, outputs);
  Output output;
  output.write(summary(outputs));
  output.flush();
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("run", "Run a model on tensors from files");
  add_model_options(*command, flags->model, true);
  command->add_option("--input,-i", flags->inputs, "A tensor, or a file whose tensors have the inputs' names")
      ->allow_extra_args(false)
      ->type_name("NAME=FILE");
  command->add_option("--output,-o", flags->output, "File for the outputs: .npz, .safetensors, or .npy for one")
      ->type_name("FILE");
  command->add_option("--request", flags->request, "Outputs to compute; default: all that are not on demand")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  command->footer(
      "Files are npy, npz or safetensors. `lathe inspect` lists a model's inputs and outputs.\n\n"
      "Examples:\n"
      "  lathe run bert.plan --input input_ids=ids.npy --input attention_mask=mask.npy --output out.npz\n"
      "  lathe run bert.plan --input batch.npz --request last_hidden_state --output hidden.npy");
  command->callback([&action, flags] {
    action.run = [flags] {
      run(*flags);
      return 0;
    };
  });
}

}  // namespace lathe::cli
