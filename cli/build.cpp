#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/plan_view.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/usage.h"

namespace lathe::cli {
namespace {

struct Flags {
  std::string folder, output, precision = "fp32";
  BuildOptions build;
  OnnxFlags onnx;
  bool json = false;
};

/// Before minutes of work: the folder of the output must be there.
void check_output(const std::string& path) {
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  if (!folder.empty()) need_file(folder.string(), "expected the folder that the output file goes to");
  std::error_code ignored;
  if (path == "-" || std::filesystem::is_fifo(path, ignored))
    fail(ErrorCode::invalid_argument, path, "name a file, such as model.plan", "a plan is a file to map, no stream");
  if (std::filesystem::is_directory(path, ignored))
    fail(ErrorCode::invalid_argument, path, "name a file, such as model.plan", "the output is a folder");
  // One slip of the hand away from a model's only weights.
  if (std::filesystem::is_regular_file(path, ignored) && std::filesystem::file_size(path, ignored) > 0 &&
      !Plan::is_plan(path))
    fail(ErrorCode::invalid_argument, path, "name another file, or delete this one first",
         "the file is there and is no plan");
}

void run(const Flags& flags) {
  if (flags.folder.empty()) throw UsageError("name a model folder or an ONNX file: lathe build DIR -o FILE.plan");
  need_file(flags.folder, "expected a model folder (with config.json and model.safetensors) or an ONNX file");
  if (!std::filesystem::is_directory(flags.folder) && Plan::is_plan(flags.folder))
    fail(ErrorCode::invalid_argument, flags.folder, "name the model folder that it was built from",
         "this is a plan already");
  check_output(flags.output);
  BuildOptions options = flags.build;
  options.precision = parse_precision(flags.precision);
  options.progress = show_progress;
  const auto start = std::chrono::steady_clock::now();
  const Plan plan = build_model(flags.folder, options, flags.onnx);
  plan.save(flags.output);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Progress::instance().clear();

  const PlanView view(plan);
  std::error_code no_file;  // a pipe or device has no size to tell
  const uintmax_t bytes = std::filesystem::file_size(flags.output, no_file);
  Output output;
  if (flags.json) {
    Json o = {{"plan", flags.output},        {"architecture", view.architecture},
              {"precision", view.precision}, {"isa", view.isa},
              {"steps", view.steps.size()},  {"weight_bytes", plan.weight_bytes()},
              {"file_bytes", nullptr},       {"seconds", seconds},
              {"passes", Json::object()},    {"tactics", tactic_counts(view)}};
    if (!no_file) o["file_bytes"] = bytes;
    for (const Json& pass : view.json.at("passes"))
      o["passes"][pass.at("pass").get<std::string>()] = pass.at("rewrites");
    output.line(dump(o));
    output.flush();
    return;
  }
  if (is_quiet()) return;
  output.line(fmt::format("{}: {}, {}, for {}: {} steps, {}, built in {:.2f} s", flags.output,
                          view.architecture.empty() ? view.name : view.architecture, view.precision, view.isa,
                          view.steps.size(), no_file ? "no file" : human_bytes(static_cast<double>(bytes)), seconds));
  using enum Table::Align;
  Table table({left, left});
  for (const std::string& line : pass_lines(view)) table.row({"pass", line});
  for (const auto& [tactic, count] : tactic_counts(view)) table.row({"tactic", fmt::format("{} x {}", count, tactic)});
  output.write(table.str(2));
  output.flush();
}

}  // namespace

void add_build(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "build", "Compile a model folder or ONNX file to a plan file for this machine");
  command.text("DIR|ONNX", flags->folder, "", "Model folder as Hugging Face writes it, or an ONNX file");
  command.required_text("--output,-o", flags->output, "FILE", "The plan file to write");
  command.choice("--precision", flags->precision, {"fp32", "bf16", "best"}, "P",
                 "fp32, bf16, or best for this machine");
  BuildOptions& build = flags->build;
  constexpr int kMost = 1 << 20;
  command.number("--max-batch", build.max_batch, 1, kMost, "N", "Of a folder: most texts a run; default: no limit");
  command.number("--max-seq", build.max_seq, 1, kMost, "N",
                 "Of a folder: most tokens a text; default: the model's limit");
  command.number("--opt-seq", build.opt_seq, 1, kMost, "N", "Of a folder: the length to choose tactics for");
  command.text("--architecture", build.architecture, "CLASS", "The class to build; default: config.json's");
  command.list("--outputs", build.outputs, ',', "NAME,...",
               "Outputs to build, by transformers' names; default: the class's");
  add_onnx_options(command, flags->onnx);
  command.text("--passes", build.passes, "LIST", "Passes to leave out: -fuse_qkv,-fuse_gelu");
  command.text("--dump-passes", build.dump_passes, "DIR", "Print the network after each pass into this folder");
  command.flag("--json", flags->json, "Print the summary as JSON");
  command.footer(
      "A plan holds everything that running needs: packed weights, chosen kernels, tokenizer, labels. It loads in\n"
      "milliseconds; on another machine it chooses and packs again. --verbose shows what each pass merged.\n\n"
      "Examples:\n"
      "  lathe build bert-base-uncased -o bert.plan\n"
      "  lathe build bert-base-uncased -o bert.plan --precision best --max-seq 256 --verbose\n"
      "  lathe build bert.onnx -o exported.plan --shapes input_ids=1x16:8x128:32x512");
  command.runs([flags] {
    run(*flags);
    return 0;
  });
}

}  // namespace lathe::cli
