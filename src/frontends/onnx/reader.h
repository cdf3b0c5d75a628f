#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "io/tensor.h"
#include "ir/evaluator.h"
#include "ir/network.h"

namespace lathe::onnx {

/// What became of a node of the file.
struct NodeReport {
  std::string name, op, domain;
  int64_t opset = 0;
  std::vector<std::string> inputs;  ///< types
  std::string problem, cure;        ///< empty: it was read
};

struct ReadOptions {
  /// Computes on constants: attributes of ops that files give as tensors.
  const ir::Evaluator* evaluator = nullptr;
  /// Inputs that are given now and are constants of the network, by name: sizes and axes that ops need to be known.
  std::map<std::string, HostTensor, std::less<>> fixed = {};
  /// Shapes to take inputs for, by name, where the file's own are unknown or too general. -1: as the file says.
  std::map<std::string, std::vector<int64_t>, std::less<>> shapes = {};
  /// Called for every node, refused ones too, after which reading goes on where it can; unset: the first refusal ends
  /// the reading.
  std::function<void(const NodeReport&)> report = {};
};

/// Reads an ONNX file (https://onnx.ai, opsets 7 and later) into a network of plain ops. Inputs and outputs have the
/// graph's names, dimensions those of its dim_param; one without is "<input>_<axis>". What local functions and
/// branches of constant conditions hold becomes part of the network; other branches and loops are blocks. Sizes may be
/// elements of inputs; axes, and what else a network is built by, are not (ReadOptions::fixed).
///   Error(not_found | io)       no such file
///   Error(corrupt_file)         bytes that are no ONNX model, names that nothing makes, missing opsets, ...
///   Error(unsupported)          an op, domain, type or version that Lathe lacks: node, op, opset and types are named
///   Error(shape_mismatch)       types that an op does not take
ir::Network read_onnx(const std::string& path, const ReadOptions& options = {});
/// The same of a file's bytes. `path`: its name for messages, in whose folder external data lies.
ir::Network read_model(const Blob& file, const std::string& path, const ReadOptions& options = {});

/// An initializer of the file's graph; nothing else of it is read. Error(not_found) where it has none of this name,
/// else as read_onnx().
HostTensor read_initializer(const std::string& path, std::string_view name);

/// Whether a path is to be read as ONNX: its name ends in .onnx, and it is no folder.
bool is_onnx(const std::string& path);

}  // namespace lathe::onnx
