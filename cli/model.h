#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "lathe/build.h"
#include "lathe/network.h"
#include "lathe/tasks.h"

namespace lathe::cli {

/// How an ONNX file becomes a plan.
struct OnnxFlags {
  std::vector<std::string> shapes;  ///< a profile each: parse_shapes()
  std::vector<std::string> fixed;   ///< NAME=FILE
  bool drop_padding = false;
};
void add_onnx_options(Command& command, OnnxFlags& flags);
/// Those of them that are not about shapes.
void add_onnx_reading(Command& command, OnnxFlags& flags);

/// The options that every subcommand with a model shares.
struct ModelOptions {
  std::optional<std::string> model;  ///< unset: the built-in one
  std::string precision;             ///< empty: not asked for
  int threads = 0;
  bool no_map = false;
  OnnxFlags onnx;
  std::string needs;  ///< what the built-in model lacks and must be named for: "one with labels"; empty: nothing
};
void add_model_options(Command& command, ModelOptions& options, bool positional = false);

/// ModelOptions and what tasks need beside.
struct TaskFlags : ModelOptions {
  int64_t batch_tokens = TaskOptions().batch_tokens;
  std::optional<bool> truncate;
  bool replace_invalid = false;
};
void add_task_options(Command& command, TaskFlags& flags);
TaskOptions task_options(const TaskFlags& flags);

/// The folder of the built-in model: the knob LATHE_MODEL, else beside the program, in its installation, or in the
/// source tree. Error(not_found).
std::string built_in_model();

/// The model that `options` name. Error(not_found) for a path that is not there, with the nearest name that is.
std::string model_path(const ModelOptions& options);

/// A plan is loaded, a folder built (with progress on a terminal). `outputs` (folders only): which to build.
Plan open_model(const ModelOptions& options, const std::vector<std::string>& outputs = {});

/// An ONNX file that was read, and how it is to be built.
struct Source {
  Network network;
  BuildOptions options;
};
/// Error(invalid_argument) for what is no ONNX file.
Source read_source(const std::string& path, const ModelOptions& options, OnnxOptions read);

/// The network of a folder or an ONNX file, as it is before it is built. Error(invalid_argument) for a plan.
Network read_network(const ModelOptions& options);

/// A folder or an ONNX file as `options` say. Error(invalid_argument) for flags that are of the other one.
Plan build_model(const std::string& path, BuildOptions options, const OnnxFlags& flags);

/// BuildOptions::progress that shows the stage on a terminal.
void show_progress(std::string_view stage, double fraction);

/// Error(invalid_argument) where `output` is the same file as `read`, which a command is about to read.
void check_not_read(const std::string& output, const std::string& read);

/// Error(not_found) for a missing file, saying what was `expected` and which file has a similar name.
void need_file(const std::string& path, std::string_view expected);

}  // namespace lathe::cli
