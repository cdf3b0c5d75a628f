#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/interrupt.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/usage.h"
#include "io/npy.h"
#include "lathe/tasks.h"

namespace lathe::cli {
namespace {

struct Flags {
  TaskFlags task;
  InputFlags input;
  std::string output;
  bool json = false;
};

/// A folder of sentence-transformers gives vectors; of any other the tokens' states are averaged.
std::vector<std::string> outputs_of(const std::string& path) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(path)) return {};
  return {fs::exists(fs::path(path) / "modules.json") ? "sentence_embedding" : "last_hidden_state"};
}

void write_npy_output(const std::vector<float>& values, int64_t count, int64_t width, const std::string& path) {
  const Shape shape{count, width};
  const Blob data{nullptr, reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(float)};
  if (!path.empty()) {
    guard_output(path);
    return write_npy(path, HostTensor{"", DType::f32, shape, data});
  }
  Output output;
  output.write(npy_header(DType::f32, shape));
  output.write(data.data, data.size);
  output.flush();
}

void run(const Flags& flags) {
  if (!flags.json && flags.output.empty() && Output::is_terminal())
    throw UsageError("vectors are binary: redirect the output (> vectors.npy), or give --output FILE or --json");
  if (flags.json && !flags.output.empty()) throw UsageError("--json and --output exclude each other");
  if (!flags.output.empty() && !flags.output.ends_with(".npy"))
    throw UsageError(fmt::format("--output {}: the file is written as npy; name it so", flags.output));
  Inputs inputs(flags.input, "lathe embed --model DIR \"Some text.\" --json");
  const Embedder embed(open_model(flags.task, outputs_of(model_path(flags.task))), task_options(flags.task));
  std::vector<TextInput> chunk = inputs.next();
  Output output;
  JsonList list(output, inputs.single());
  std::vector<float> values;
  int64_t count = 0, width = embed.width();
  for (; !chunk.empty(); chunk = inputs.next()) {
    const Embedder::Vectors vectors = embed(texts_only(chunk, "embed"));
    count += vectors.count;
    width = vectors.width;
    Progress::instance().show(fmt::format("embedding: {} texts", count));
    if (!flags.json) values.insert(values.end(), vectors.values.begin(), vectors.values.end());
    for (int64_t i = 0; flags.json && i < vectors.count; ++i) {
      const std::span<const float> v = vectors[i];
      std::string text;
      // Nine digits bring a float back exactly.
      for (float x : v) text += fmt::format("{}{:.9g}", text.empty() ? "" : ",", x);
      list.add_text("[" + text + "]");
    }
    output.flush();
  }
  Progress::instance().clear();
  if (flags.json)
    list.end(), output.flush();
  else
    write_npy_output(values, count, width, flags.output);
}

}  // namespace

void add_embed(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("embed", "Make vectors of texts, as sentence-transformers does");
  add_input_options(*command, flags->input, "TEXT", false);
  command->add_option("--output,-o", flags->output, "The npy file to write; default: standard output")
      ->type_name("FILE");
  command->add_flag("--json", flags->json, "Print a list of numbers a text instead of npy");
  add_task_options(*command, flags->task);
  command->footer(
      "Pooling, length limit and normalisation are the folder's own; without modules.json the mean over tokens is\n"
      "taken. The result is an array f32 [texts, width].\n\n"
      "Examples:\n"
      "  lathe embed --model all-MiniLM-L6-v2 < lines.txt > vectors.npy\n"
      "  lathe embed --model all-MiniLM-L6-v2 --json \"A text.\"");
  command->callback([&action, flags] { action = [flags] { run(*flags); }; });
}

}  // namespace lathe::cli
