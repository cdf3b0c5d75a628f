#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/model.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/say.h"
#include "cli/usage.h"

namespace lathe::cli {
namespace {
namespace fs = std::filesystem;

struct Flags {
  std::string model, output;
  FolderOptions folder;
  std::vector<std::string> fixed;
  OnnxWriteOptions write;
};

/// One slip of the hand away from a model's only weights: files that are there are left alone.
void check_output(const Flags& flags) {
  const fs::path folder = fs::path(flags.output).parent_path();
  if (!folder.empty()) need_file(folder.string(), "expected the folder that the output file goes to");
  if (fs::path(flags.output).extension() != ".onnx")
    fail(ErrorCode::invalid_argument, flags.output, "name a file such as model.onnx", "the name does not end in .onnx");
  std::error_code ignored;
  for (const std::string& path : {flags.output, flags.output + ".data"})
    if (fs::exists(path, ignored))
      fail(ErrorCode::invalid_argument, path, "name another file, or delete this one first", "the file is there");
}

Network read(const Flags& flags) {
  std::error_code ignored;
  if (fs::is_directory(flags.model, ignored)) {
    if (!flags.fixed.empty()) fail(ErrorCode::invalid_argument, flags.model, "leave it out", "--fix is for ONNX files");
    return read_folder(flags.model, flags.folder);
  }
  if (Plan::is_plan(flags.model))
    fail(ErrorCode::invalid_argument, flags.model, "name the model that it was built from",
         "a plan has no network any more");
  ModelOptions options;
  options.onnx.fixed = flags.fixed;
  return read_source(flags.model, options, {}).network;
}

void run(const Flags& flags) {
  need_file(flags.model, "expected a model folder (with config.json and model.safetensors) or an ONNX file");
  check_output(flags);
  show_progress("read", 0);
  const Network network = read(flags);
  show_progress("write", 0.5);
  write_onnx(network, flags.output, flags.write);
  Progress::instance().clear();
  if (is_quiet()) return;
  std::error_code none;
  const auto bytes = [&](const std::string& path) {
    const uintmax_t size = fs::file_size(path, none);
    return none ? 0.0 : static_cast<double>(size);
  };
  Output output;
  output.line(fmt::format("{}: {}, {}, {}", flags.output, network.name(),
                          flags.write.optimised ? "optimised" : "as it is",
                          human_bytes(bytes(flags.output) + bytes(flags.output + ".data"))));
  output.flush();
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto flags = std::make_shared<Flags>();
  Command command(app, action, "export", "Write a model folder or ONNX file as an ONNX file, optimised or as it is");
  command.text("MODEL", flags->model, "", "Model folder as Hugging Face writes it, or an ONNX file");
  command.required_text("--output,-o", flags->output, "FILE", "The ONNX file to write");
  command.flag("--optimised", flags->write.optimised,
               "Fuse attention, embeddings, LayerNorm and products first; each becomes the call of a function");
  command.text("--passes", flags->write.passes, "LIST", "Passes to leave out: -fuse_qkv,-fuse_gelu");
  command.flag("--external-data", flags->write.external_data,
               "Put the weights into FILE.data; models of 2 GB and more have them there in any case");
  command.text("--architecture", flags->folder.architecture, "CLASS",
               "Of a folder: the class to write; default: config.json's");
  command.list("--outputs", flags->folder.outputs, ',', "NAME,...",
               "Of a folder: outputs to write, by transformers' names; default: the class's");
  command.list("--leave-out", flags->write.left_out, ',', "NAME,...",
               "Of a folder: inputs that the file has not; it computes what they are when nobody gives them");
  command.list("--fix", flags->fixed, 0, "NAME=FILE",
               "Of an ONNX file: this input has the value of an npy file from now on (sizes, axes)");
  command.footer(
      "Any runtime of ONNX runs the file: functions have bodies of plain ops. Netron shows each fused op as one node,\n"
      "with its body a click away. Inputs and outputs keep their names. A file that is there is never written over.\n\n"
      "Examples:\n"
      "  lathe export bert-base-uncased -o bert-base.onnx --leave-out position_ids\n"
      "  lathe export bert.onnx -o bert-fused.onnx --optimised\n"
      "  lathe export bert.onnx -o bert-plain.onnx --optimised --passes=-fuse_attention");
  command.runs([flags] {
    if (flags->model.empty()) throw UsageError("name a model folder or an ONNX file: lathe export MODEL -o FILE.onnx");
    run(*flags);
    return 0;
  });
}

}  // namespace lathe::cli
