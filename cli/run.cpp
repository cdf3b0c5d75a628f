#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_inputs.h"
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

/// Outputs that the bound form cannot give are not asked for: with packed inputs the padded ones stay away.
std::vector<std::string> default_request(const Engine& engine, const std::vector<HostTensor>& inputs) {
  bool packed = false;
  for (const TensorInfo& info : engine.inputs())
    for (const HostTensor& t : inputs) packed = packed || (info.packed && info.name == t.name);
  std::vector<std::string> names, packed_names;
  const std::vector<TensorInfo> outputs = engine.outputs();
  for (const TensorInfo& info : outputs) {
    if (!info.on_demand) names.push_back(info.name);
    if (info.role == Role::packed) packed_names.push_back(info.name);
  }
  if (!packed) return names;
  for (const std::string& name : names) {
    if (find_role(outputs, Role::packed, name) == nullptr) packed_names.push_back(name);
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
    for (double v : wide.as<double>()) {
      sum += v;
      // All three are NaN where one element is.
      low = std::isnan(v) || v < low ? v : low;
      high = std::isnan(v) || v > high ? v : high;
    }
    const auto n = static_cast<double>(t.shape.count());
    table.row({t.name, std::string(to_string(t.dtype)), to_string(t.shape), n > 0 ? fmt::format("{:.5g}", low) : "",
               n > 0 ? fmt::format("{:.5g}", sum / n) : "", n > 0 ? fmt::format("{:.5g}", high) : ""});
  }
  return table.str();
}

/// Runs the rows [begin, begin + count) of all inputs; `count` 0: whole tensors.
void run_rows(Context& context, const std::vector<HostTensor>& inputs, int64_t begin, int64_t count) {
  for (const HostTensor& t : inputs) {
    Shape shape = t.shape;
    const std::byte* data = t.data.data;
    if (count > 0) {
      data += t.data.size / static_cast<size_t>(shape[0]) * static_cast<size_t>(begin);
      shape[0] = count;
    }
    context.set_input(t.name, {t.dtype, shape, data});
  }
  context.run().throw_if_error();
}

/// The piece's rows are `count` rows of an output of this shape.
void check_piece(const std::string& name, const Shape& piece, Shape whole, int64_t count) {
  whole[0] = count;
  if (!(piece == whole))
    fail(ErrorCode::internal, name, "report it with the model", "{} rows of the batch give {}, not {}", count,
         to_string(piece), to_string(whole));
}

/// The outputs of all rows, computed `rows` at a time.
std::vector<HostTensor> run_pieces(Context& context, const std::vector<HostTensor>& inputs,
                                   const std::vector<std::string>& names, int64_t rows) {
  const int64_t batch = inputs[0].shape[0];
  std::vector<HostTensor> outputs;
  std::vector<std::byte*> targets(names.size());
  for (int64_t begin = 0; begin < batch; begin += rows) {
    const int64_t count = std::min(rows, batch - begin);
    run_rows(context, inputs, begin, count);
    for (size_t i = 0; i < names.size(); ++i) {
      const ConstTensorRef piece = context.output(names[i]);
      const size_t bytes = static_cast<size_t>(piece.shape.count()) * size_of(piece.dtype);
      if (begin == 0) {
        Shape shape = piece.shape;
        check_piece(names[i], piece.shape, shape, count);
        shape[0] = batch;
        const size_t all = bytes / static_cast<size_t>(count) * static_cast<size_t>(batch);
        outputs.push_back({names[i], piece.dtype, shape, Blob::zeros(all, &targets[i])});
      }
      check_piece(names[i], piece.shape, outputs[i].shape, count);
      std::memcpy(targets[i], piece.data, bytes);
      targets[i] += bytes;
    }
    Progress::instance().show(fmt::format("running: {:9} of {} rows", begin + count, batch));
  }
  Progress::instance().clear();
  return outputs;
}

std::vector<HostTensor> run_whole(Context& context, const std::vector<HostTensor>& inputs,
                                  const std::vector<std::string>& names) {
  run_rows(context, inputs, 0, 0);
  std::vector<HostTensor> outputs;
  for (const std::string& name : names) {
    const ConstTensorRef result = context.output(name);
    const size_t bytes = static_cast<size_t>(result.shape.count()) * size_of(result.dtype);
    outputs.push_back({name, result.dtype, result.shape, Blob::copy_of(result.data, bytes)});
  }
  return outputs;
}

/// Before the run would refuse the first one that is missing. A model may have none.
void check_inputs_named(const std::vector<std::string>& words, const Engine& engine) {
  if (!words.empty()) return;
  for (const TensorInfo& info : engine.inputs())
    if (!info.optional && !info.packed)
      throw UsageError(fmt::format("name the inputs: lathe run MODEL --input {0}={0}.npy", info.name));
}

void run(const Flags& flags) {
  if (!flags.output.empty()) check_tensor_file_name(flags.output, std::max<size_t>(flags.request.size(), 1));
  if (!flags.output.empty()) {
    check_not_read(flags.output, model_path(flags.model));
    for (const std::string& word : flags.inputs) check_not_read(flags.output, word.substr(word.find('=') + 1));
  }
  std::vector<GivenTensor> given = read_inputs(flags.inputs);
  const Engine engine(open_model(flags.model));
  check_inputs_named(flags.inputs, engine);
  std::vector<HostTensor> inputs = choose_inputs(std::move(given), engine.inputs());
  fit_inputs(inputs, engine.inputs());
  Context context = engine.context({.threads = flags.model.threads});
  const std::vector<std::string> names = flags.request.empty() ? default_request(engine, inputs) : flags.request;
  if (!flags.output.empty()) check_tensor_file_name(flags.output, names.size());
  context.request(names);
  for (const TensorInfo& info : engine.outputs())
    if (!info.format.is_dense() && std::find(names.begin(), names.end(), info.name) != names.end())
      fail(ErrorCode::unsupported, info.name, "read it with a program of your own",
           "its elements lie {}, which files of tensors cannot say", to_string(info.format));
  name_interrupted("running the model; no output is written");
  const int64_t rows = rows_of_piece(inputs, names, engine);
  const std::vector<HostTensor> outputs =
      rows > 0 ? run_pieces(context, inputs, names, rows) : run_whole(context, inputs, names);
  name_interrupted(nullptr);
  if (!flags.output.empty()) write_tensor_file(flags.output, outputs);
  Output output;
  output.write(summary(outputs));
  output.flush();
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "run", "Run a model on tensors from files");
  add_model_options(command, flags->model, true);
  add_onnx_options(command, flags->model.onnx);
  command.list("--input,-i", flags->inputs, 0, "NAME=FILE", "A tensor, or a file whose tensors have the inputs' names");
  command.text("--output,-o", flags->output, "FILE", "File for the outputs: .npz, .safetensors, or .npy for one");
  command.list("--request", flags->request, ',', "NAME,...", "Outputs to compute; default: all that are not on demand");
  command.footer(
      "Files are npy, npz or safetensors. `lathe inspect` lists a model's inputs and outputs. Ids may have any type "
      "of\n"
      "whole numbers; position_ids [1, seq] serve a whole batch. Of a model folder, or a plan of one, a large batch "
      "is\n"
      "computed a part at a time; tokens that attention_mask hides (0) are not computed, and a vector a text comes "
      "from\n"
      "its first token that counts. An ONNX file is computed as its graph says (--drop-padding leaves hidden ones "
      "out).\n"
      "\n"
      "Examples:\n"
      "  lathe run bert.plan --input input_ids=ids.npy --input attention_mask=mask.npy --output out.npz\n"
      "  lathe run bert.plan --input batch.safetensors --request logits --output logits.npy");
  command.runs([flags] {
    run(*flags);
    return 0;
  });
}

}  // namespace lathe::cli
