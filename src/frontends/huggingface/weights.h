#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "io/weight_store.h"
#include "ir/network.h"

namespace lathe::huggingface {

/// The weights of a folder as constants of a network. Names are asked for in transformers' present spelling with the
/// family's prefix ("bert.embeddings.LayerNorm.weight"); old spellings (gamma, beta; no prefix) are found as well.
class Weights {
 public:
  /// `prefix`: "bert."; `scope` goes before the names of the constants, so that two files may use one name.
  Weights(const std::string& path, std::string_view prefix, ir::Network& network, std::string scope = {});

  bool has(std::string_view name) const { return actual_.find(name) != actual_.end(); }
  /// The constant, followed by a cast where it is not F32; the same value for the same name. A missing weight is noted
  /// and stood in for, so that check() can name them all.
  ///   Error(shape_mismatch)  another shape than `shape`, or elements that are no floats
  ///   Error(not_found)       very many weights are missing already
  ir::ValueId get(std::string_view name, const Shape& shape);
  /// Whether two weights of the file hold the same bytes.
  bool same(std::string_view a, std::string_view b) const;
  /// The name counts as read: it needs no warning.
  void ignore(std::string_view name) { used_.emplace(name); }

  /// Error(not_found) that lists missing weights; `cure` says what the caller can do instead.
  void check(std::string_view cure) const;
  /// One warning line for weights that nobody asked for, but those under `known` prefixes.
  void warn_unused(const std::vector<std::string>& known) const;
  const WeightStore& store() const { return store_; }

 private:
  std::string path_, prefix_, scope_;
  bool prefixed_ = false;  ///< names in the file have the prefix
  WeightStore store_;
  ir::Network& network_;
  std::map<std::string, std::string, std::less<>> actual_;  ///< present spelling -> name in the file
  std::set<std::string, std::less<>> used_;
  std::map<std::string, ir::ValueId, std::less<>> values_;
  std::vector<std::string> missing_;
};

}  // namespace lathe::huggingface
