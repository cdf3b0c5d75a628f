#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

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
  /// Whether reading goes on behind a node that is refused: report() then says why.
  bool goes_on() const { return options_.report && trials_ == 0; }
  void report(NodeReport node);
  const TensorReader& tensors() const { return tensors_; }
  const Opsets& opsets() const { return opsets_; }
  int64_t ir_version() const { return model_.ir_version; }
  /// The function that this node calls, or null.
  const FunctionMessage* function(const NodeMessage& node) const;
  /// Counts a node that is read: functions and loops that are unrolled could make a small file endless. Error(
  /// out_of_range).
  void count_node();
  /// The same of an op that stands for a node, or for part of one.
  void count_op();
  /// Whether this attribute of this op was not asked about before: warnings are given once.
  bool is_first(std::string_view op, std::string_view attribute) { return noted_.emplace(op, attribute).second; }

 private:
  friend class Trial;
  std::string path_;
  const ModelMessage& model_;
  const ReadOptions& options_;
  TensorReader tensors_;
  Opsets opsets_;
  std::map<std::tuple<std::string_view, std::string_view, std::string_view>, const FunctionMessage*> functions_;
  std::set<std::pair<std::string_view, std::string_view>> noted_;
  int64_t nodes_ = 0, ops_ = 0;
  int trials_ = 0;                ///< within each other
  std::vector<NodeReport> held_;  ///< what they have reported
};

/// A graph is read in one of several ways: while it lasts, the first node that is refused ends the reading, and reports
/// count once it is kept.
class Trial {
 public:
  explicit Trial(Source& source) : source_(source), first_(source.held_.size()) { ++source_.trials_; }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();
  void keep();

 private:
  Source& source_;
  size_t first_;
  bool open_ = true;
};

}  // namespace lathe::onnx
