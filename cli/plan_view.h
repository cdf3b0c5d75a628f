#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/dim.h"
#include "cli/output.h"
#include "lathe/plan.h"

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
  std::vector<Dim> input_shape, output_shape;                ///< of the first ones
};

struct PlanView {
  explicit PlanView(const Plan& plan);
  Json json;
  std::string name, isa, precision, version, architecture;
  std::vector<StepView> steps;
  size_t weights = 0;

  const StepView* find(const std::string& step) const;
};

/// Multiplications and additions of a step's products for texts of these lengths; other work counts as nothing.
double flops(const StepView& step, const std::vector<int64_t>& lengths);

/// What `legalise` says of the ops that no kernel takes whole, a line each.
std::vector<std::string> split_lines(const PlanView& view);
/// "fuse_layer_norm 13, fuse_gelu 7, ...": how much each pass rewrote, in lines of readable length.
std::vector<std::string> pass_lines(const PlanView& view);
/// How often each tactic was chosen.
std::map<std::string, int> tactic_counts(const PlanView& view);

}  // namespace lathe::cli
