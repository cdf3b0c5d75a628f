#pragma once
#include <functional>
#include <string>
#include <utility>

#include "backends/cost.h"
#include "backends/reasons.h"
#include "backends/tactic.h"

namespace lathe::backends::cpu {

/// What the processor's tactics have in common: a name, an op and the instruction set that they need.
class CpuTactic : public Tactic {
 public:
  CpuTactic(std::string_view op_name, std::string_view kernel, Isa isa)
      : name_("cpu." + std::string(op_name) + "." + std::string(kernel)), op_(op_name), isa_(isa) {}
  std::string_view name() const override { return name_; }
  std::string_view op() const override { return op_; }
  std::string refuse(const Question& question) const final {
    // Those that move elements of any type move bytes.
    for (const auto& list : {question.inputs, question.outputs})
      for (const Operand& operand : list)
        if (bits_of(operand.type.dtype) < 8) return unsupported_type(operand.type.dtype);
    return question.machine.features.contains(needs_of(isa_)) ? reject(question) : needs(isa_);
  }
  /// Bandwidth-bound unless a tactic says otherwise; a higher instruction set wins among equals.
  double cost(const Question& question) const override {
    return estimate_us(typical_bytes(question), nominal_rates(isa_).f32_gflops, typical_bytes(question),
                       question.machine.threads);
  }

 protected:
  /// The reason on a machine that has the instruction set; empty: none.
  virtual std::string reject(const Question& question) const = 0;
  Isa isa() const { return isa_; }

 private:
  std::string name_, op_;
  Isa isa_;
};

/// A step made of two functions.
class FunctionStep : public CpuStep {
 public:
  using Run = std::function<void(const Launch&, Team&)>;
  using Workspace = std::function<size_t(std::span<const TensorView>, std::span<const TensorView>, int)>;
  explicit FunctionStep(Run run, Workspace workspace = {}) : run_(std::move(run)), workspace_(std::move(workspace)) {}
  size_t workspace(std::span<const TensorView> in, std::span<const TensorView> out, int threads) const override {
    return workspace_ ? workspace_(in, out, threads) : 0;
  }
  void run(const Launch& launch, Team& team) const noexcept override { run_(launch, team); }

 private:
  Run run_;
  Workspace workspace_;
};

using TacticList = std::vector<const Tactic*>;
// Each appends the tactics of its op or ops; they live as long as the process.
void add_linear(TacticList& list);
void add_matmul(TacticList& list);
void add_conv(TacticList& list);
void add_pool(TacticList& list);
void add_attention(TacticList& list);
void add_rnn(TacticList& list);
void add_layer_norm(TacticList& list);
void add_rotary(TacticList& list);
void add_embedding(TacticList& list);
void add_lines(TacticList& list);
void add_softmax(TacticList& list);
void add_pointwise(TacticList& list);
void add_elementwise(TacticList& list);
void add_moves(TacticList& list);
void add_indexing(TacticList& list);
void add_rows(TacticList& list);
void add_reduce(TacticList& list);
void add_sequence_pool(TacticList& list);

}  // namespace lathe::backends::cpu
