#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/inputs.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/stream.h"
#include "cli/usage.h"
#include "io/npy.h"
#include "lathe/tasks.h"

namespace lathe::cli {
namespace {

struct Flags {
  TaskFlags task;
  InputFlags input;
  EmbedOptions how;
  std::string output;
  bool json = false;
};

void write_npy_output(const std::vector<float>& values, int64_t width, const std::string& path) {
  const Shape shape{width == 0 ? 0 : static_cast<int64_t>(values.size()) / width, width};
  const Blob data{nullptr, reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(float)};
  if (!path.empty()) return write_npy(path, HostTensor{"", DType::f32, shape, data});
  Output output;
  output.write(npy_header(DType::f32, shape));
  output.write(data.data, data.size);
  output.flush();
}

/// JSON knows no NaN: null stands for it. Nine digits bring a float back exactly.
std::string json_of(std::span<const float> vector) {
  std::string text;
  for (float x : vector) {
    text += text.empty() ? "[" : ",";
    text += std::isfinite(x) ? fmt::format("{:.9g}", x) : "null";
  }
  return text.empty() ? "[]" : text + "]";
}

void check(const Flags& flags) {
  if (!flags.json && flags.output.empty() && Output::is_terminal())
    throw UsageError("vectors are binary: redirect the output (> vectors.npy), or give --output FILE or --json");
  if (flags.json && !flags.output.empty()) throw UsageError("--json and --output exclude each other");
  std::error_code ignored;
  if (!flags.output.empty() && !flags.output.ends_with(".npy") &&
      (!std::filesystem::exists(flags.output, ignored) || std::filesystem::is_regular_file(flags.output, ignored)))
    throw UsageError(fmt::format("--output {}: the file is written as npy; name it so", flags.output));
  if (!flags.how.prompt_name.empty() && flags.how.prompt)
    throw UsageError("--prompt and --prompt-text exclude each other");
}

int run(const Flags& flags) {
  check(flags);
  Inputs inputs(flags.input, Pairs::none, "lathe embed --model DIR \"Some text.\" --json");
  const Plan plan = open_model(flags.task);
  const Embedder embed(plan, task_options(flags.task), flags.how);
  const auto width = static_cast<size_t>(embed.width());
  Output output;
  Embedder::Vectors vectors;
  std::vector<float> values;
  const int status = answer_all(
      inputs, output,
      {"embedding",
       [&](std::span<const TextInput> texts, TaskReport& report) { vectors = embed(texts_only(texts), &report); },
       [&](const TextInput&, size_t i) {
         const std::span<const float> v = vectors[static_cast<int64_t>(i)];
         if (flags.json) return output.line(json_of(v));
         values.insert(values.end(), v.begin(), v.end());
       },
       [&](const TextInput&, const Error&) {
         if (flags.json) return output.line("null");
         values.insert(values.end(), width, std::numeric_limits<float>::quiet_NaN());
       },
       !flags.output.empty() || !Output::is_terminal()});
  if (!flags.json) write_npy_output(values, embed.width(), flags.output);
  return status;
}

void add_how(Command& command, EmbedOptions& how) {
  command.text("--prompt", how.prompt_name, "NAME", "Put this prompt of the folder before each text; default: its own");
  command.text("--prompt-text", how.prompt, "TEXT", "Put these words before each text (\"\": none)");
  command.choice("--pooling", how.pooling, {"mean", "cls", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"},
                 "HOW", "How tokens become a vector; default: as the folder says, else mean");
  command.either("normalize", how.normalize, "Bring vectors to length 1; default: as the folder says",
                 "Leave vectors as long as they are");
  command.number("--dimensions", how.dimensions, 1, 1 << 20, "N", "Keep the first N numbers of each vector");
}

}  // namespace

void add_embed(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "embed", "Make vectors of texts, as sentence-transformers does");
  add_input_options(command, flags->input, "TEXT", Pairs::none);
  command.text("--output,-o", flags->output, "FILE", "The npy file to write; default: standard output");
  command.flag("--json", flags->json, "Print a line of JSON a text, a list of numbers, instead of npy");
  add_how(command, flags->how);
  add_task_options(command, flags->task);
  command.footer(
      "Prompts, pooling, length limit, further modules and normalisation are the folder's own; without modules.json\n"
      "the mean over tokens is taken. The result is an array f32 [texts, width]; the row of a text that is refused is\n"
      "NaN (null with --json), and the status is 1. Ctrl-C writes the vectors that are made.\n\n"
      "Examples:\n"
      "  lathe embed --model all-MiniLM-L6-v2 < lines.txt > vectors.npy\n"
      "  lathe embed --model e5-small-v2 --prompt query --json \"How do I knead dough?\"\n"
      "  lathe embed --model bert-base-uncased --pooling cls --normalize --file lines.txt -o vectors.npy");
  command.runs([flags] { return run(*flags); });
}

}  // namespace lathe::cli
