#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "frontends/onnx/message.h"
#include "frontends/onnx/reader.h"
#include "frontends/onnx/tensor.h"

namespace lathe::onnx {

using Opsets = std::map<std::string, int64_t, std::less<>>;

/// ONNX's own domain has two spellings.
inline std::string_view domain_of(std::string_view name) { return name == "ai.onnx" ? std::string_view() : name; }
Opsets opsets_of(const std::vector<OpsetMessage>& list);

/// All that readers of the parts of one file share.
class Source {
 public:
  Source(const std::string& path, const ModelMessage& model, const ReadOptions& options);

  const std::string& path() const { return path_; }
  const ReadOptions& options() const { return options_; }
  const TensorReader& tensors() const { return tensors_; }
  const Opsets& opsets() const { return opsets_; }
  int64_t ir_version() const { return model_.ir_version; }
  /// The function that this node calls, or null.
  const FunctionMessage* function(const NodeMessage& node) const;
  /// Counts a node that is read: functions and loops that are unrolled could make a small file endless. Error(
  /// out_of_range).
  void count_node();
  /// Whether this attribute of this op was not asked about before: warnings are given once.
  bool is_first(std::string_view op, std::string_view attribute) { return noted_.emplace(op, attribute).second; }

 private:
  std::string path_;
  const ModelMessage& model_;
  const ReadOptions& options_;
  TensorReader tensors_;
  Opsets opsets_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, const FunctionMessage*> functions_;
  std::set<std::pair<std::string_view, std::string_view>> noted_;
  int64_t nodes_ = 0;
};

}  // namespace lathe::onnx
