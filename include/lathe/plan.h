#pragma once
#include <memory>
#include <string>

#include "lathe/export.h"

namespace lathe {
namespace plan {
struct Plan;
}

struct LoadOptions {
  /// Use the weights where they lie in the file: processes share them, and the system may take their memory back.
  /// Loading reads the file once for its checksum. False: read the whole file into memory of this process.
  bool map = true;
};

/// The compiled form of a model: steps with chosen tactics, packed weights, shape program, tokenizer and labels.
/// Immutable; copies share one plan. The same network, options and machine give the same bytes.
class LATHE_API Plan {
 public:
  /// Error(not_found | io | corrupt_file | unsupported_version).
  ///
  /// While a mapped plan is in use its file may be deleted, renamed, or replaced by another of its name (save() and
  /// `lathe build -o` replace): the plan keeps the old content. Nobody may write into it (cp over it does) or cut it
  /// shorter: answers would change, or the process would get SIGBUS. Without a map the file may change in any way.
  static Plan load(const std::string& path, const LoadOptions& options = {});
  /// Whether the file begins as a plan does.
  static bool is_plan(const std::string& path);
  /// Written beside and renamed: others see the old file or the whole new one. Error(io).
  void save(const std::string& path) const;
  /// Steps, tactics, refused tactics, shapes, weights, passes and options as JSON.
  std::string json() const;
  /// What tasks know of the model (architecture, labels, pooling) as JSON; empty: none.
  const std::string& model_json() const;
  /// The tokenizer's description (Tokenizer::from_json reads it); empty: none.
  const std::string& tokenizer_json() const;
  /// Bytes of all weights.
  size_t weight_bytes() const;

  explicit Plan(std::shared_ptr<const plan::Plan> data) : data_(std::move(data)) {}
  const std::shared_ptr<const plan::Plan>& data() const { return data_; }

 private:
  std::shared_ptr<const plan::Plan> data_;
};

}  // namespace lathe
