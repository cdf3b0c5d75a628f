#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/dim.h"
#include "cli/output.h"
#include "lathe/plan.h"
#include "lathe/types.h"

namespace lathe::cli {

/// What `lathe build`, `inspect` and `bench` show of a plan, read from Plan::json().
struct StepView {
  std::string name, op, tactic, detail;  ///< detail: the epilogue, or what else tells steps of one op apart
  std::string type;                      ///< of its first output
  std::string shape;                     ///< of its first output, as text, with its format where it has one
  int depth = 0;                         ///< in how many blocks of other steps it is
  std::vector<std::string> origins;      ///< names in the model that it came from
  double estimate_us = 0;
  std::vector<std::pair<std::string, std::string>> refused;  ///< tactic, reason
  Dim flops;                                                 ///< multiplications and additions of its products
  bool counted = false;                                      ///< whether a run counts what they depend on
};

/// What symbols are.
using Sizes = std::map<std::string, int64_t, std::less<>>;

/// The sizes of a batch of texts, and of each of its texts alone, with how many are like it.
struct BatchSizes {
  Sizes whole;
  std::vector<std::pair<Sizes, int64_t>> texts;
};

struct PlanView {
  explicit PlanView(const Plan& plan);
  /// Of what explain() says.
  explicit PlanView(Json described);
  Json json;
  std::string name, isa, precision, version, architecture;
  std::vector<StepView> steps;
  size_t weights = 0;

  const StepView* find(const std::string& step) const;
  /// What inputs of these shapes say; what a run counts is as much as there may be.
  Sizes sizes(const std::vector<std::pair<std::string, Shape>>& inputs) const;
};

/// Multiplications and additions of a step's products, other work counts as nothing. Of tokens without padding it is
/// the work of each text alone, as texts do not see each other.
double flops(const StepView& step, const BatchSizes& sizes);

/// What `legalise` says of the ops that no kernel takes whole, a line each.
std::vector<std::string> split_lines(const PlanView& view);
/// "fuse_layer_norm 13, fuse_gelu 7, ...": how much each pass rewrote, in lines of readable length.
std::vector<std::string> pass_lines(const PlanView& view);
/// How often each tactic was chosen.
std::map<std::string, int> tactic_counts(const PlanView& view);

}  // namespace lathe::cli
