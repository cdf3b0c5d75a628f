#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::tasks {

/// What a plan's model_json says, each member optional there:
///   {"model_type", "architecture", "max_positions", "num_labels", "id2label": {"0": ...}, "problem_type",
///    "max_seq_length", "pooling", ...}
struct ModelFacts {
  std::string model_type, architecture, problem_type;
  int64_t max_positions = 0;   ///< 0: unknown
  int64_t max_seq_length = 0;  ///< sentence-transformers' limit; 0: none given
  std::vector<std::string> labels;

  /// The folder's name of a class, or transformers' stand-in "LABEL_3".
  std::string label(size_t i) const;

  /// Members of another type than expected count as absent; text that is no JSON gives nothing at all.
  static ModelFacts parse(std::string_view json);
};

}  // namespace lathe::tasks
