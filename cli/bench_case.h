#pragma once
#include <string>
#include <vector>

#include "cli/bench_inputs.h"
#include "cli/plan_view.h"

namespace lathe::cli {

/// A batch to time: tensors that are bound to a context of its own.
class BenchCase {
 public:
  /// `outputs`: as requested from the context; `tensors`: as bench_inputs() makes them.
  BenchCase(CaseSpec spec, const Engine& engine, const ContextOptions& options, const std::vector<std::string>& outputs,
            std::vector<HostTensor> tensors);
  /// One run; milliseconds.
  double run();

  const std::string& name() const { return spec_.name; }
  const CaseSpec& spec() const { return spec_; }
  /// Texts, or the first size of the first input.
  int64_t rows() const;
  int64_t tokens() const;
  const Context& context() const { return context_; }
  Context& context() { return context_; }

 private:
  CaseSpec spec_;
  std::vector<HostTensor> tensors_;
  Context context_;
};

/// A whole number that the plan says of its model, or `fallback`.
int64_t model_number(const Plan& plan, const char* key, int64_t fallback);
/// Most tokens of a text that the plan takes: the model's positions, or what it was built for; 0: no limit.
int64_t most_tokens(const PlanView& view, const Engine& engine);
/// Error(out_of_range) where a text has more than `most`.
void check_lengths(const CaseSpec& spec, int64_t most);

/// What to time in an engine: `wanted` when given, else the hidden states or the class's own outputs, of all tokens,
/// in packed form where the plan has it and the case binds it. Error(not_found).
std::vector<std::string> bench_outputs(const Engine& engine, const std::string& wanted, const CaseSpec& spec);

}  // namespace lathe::cli
