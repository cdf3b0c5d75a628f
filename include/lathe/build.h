#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/engine.h"
#include "lathe/network.h"
#include "lathe/plan.h"

namespace lathe {

enum class Precision : uint8_t {
  fp32,
  bf16,  ///< BF16 storage, FP32 accumulation; Error(unsupported_machine) without AVX512_BF16 or AMX
  best,  ///< bf16 where the machine multiplies it faster, else fp32
};
/// "fp32", "bf16", "best"; Error(invalid_argument) for another word.
LATHE_API Precision parse_precision(std::string_view word);

/// Sizes of an input that a plan is made for.
struct ShapeRange {
  std::vector<int64_t> min, opt, max;
};
/// By the names of inputs.
using ShapeRanges = std::map<std::string, ShapeRange, std::less<>>;
/// "input_ids=1x16:8x128:32x512,mask=...": min, opt and max sizes; one stands for all three, two are min and max, with
/// max for opt. Error(invalid_argument).
LATHE_API ShapeRanges parse_shapes(std::string_view text);

struct BuildOptions {
  std::optional<Precision> precision = {};  ///< unset: fp32
  /// What shapes runs have, a profile each: a run fits one of them. None: any up to 2^20 in each dimension.
  std::vector<ShapeRanges> profiles = {};
  /// Positions that a mask hides are left out of the work and become zeros in outputs, as with model folders, whose
  /// masks are 0 or 1 and of whose padding nobody asks what becomes. Else they are computed wherever an output shows
  /// it.
  bool drop_padding = false;
  // Of model folders:
  int64_t max_batch = 0;  ///< texts a run; 0: no limit
  int64_t max_seq = 0;    ///< tokens a text; 0: the model's position limit
  int64_t opt_seq = 128;  ///< the length that tactics are chosen for
  /// The class to build, such as "BertForMaskedLM"; empty: the first of config.json's architectures.
  std::string architecture;
  /// Outputs to build, by transformers' names; empty: all of the class, and last_hidden_state on demand, so that the
  /// plan serves every task that the folder serves. A folder without the weights of an output that is not asked for is
  /// fine; so is a bare model without its pooling layer, whose pooler_output is left out with a warning.
  std::vector<std::string> outputs;
  /// Passes to leave out, such as "-fuse_qkv,-fuse_gelu" (see Lathe's knob LATHE_PASSES).
  std::string passes;
  /// A folder that gets the printed network after each pass; empty: none.
  std::string dump_passes;
  /// Called as work goes on: the stage and how much of it is done, 0 to 1.
  std::function<void(std::string_view stage, double fraction)> progress;
};

/// Compiles a network for this machine. Error(shape_mismatch | not_found) for profiles that do not fit its inputs.
LATHE_API Plan build(Network network, const BuildOptions& options = {});

/// What build() would make of the network, as Plan::json() says it: steps, tactics and those not taken, passes. Weights
/// are not packed, which is what takes long. Errors as build().
LATHE_API std::string explain(Network network, const BuildOptions& options = {});

/// Reads and compiles an ONNX file (*.onnx), or a Hugging Face model folder (config.json, model.safetensors,
/// tokenizer.json or vocab.txt). A folder without a tokenizer that Lathe knows builds with a warning; its plan takes
/// ids only. A folder of sentence-transformers (modules.json) brings its prompts, length limit and modules along; one
/// with a module or setting that Lathe lacks builds with a warning and without sentence_embedding.
LATHE_API Plan build(const std::string& folder_or_onnx, const BuildOptions& options = {});

/// A plan file is loaded; a model folder or an ONNX file is built. With a plan the options are ignored, except that a
/// precision asked for that is not the plan's gives one warning.
LATHE_API Plan load_or_build(const std::string& path, const BuildOptions& options = {});

}  // namespace lathe
