#include "ops/embedding.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/embedding/embedding.h"

namespace lathe::backends::cpu {
namespace {
constexpr int64_t kMaxTerms = 3;

class EmbeddingStep : public Step {
 public:
  EmbeddingStep(const ops::Embedding& op, const lathe::cpu::EmbeddingKernel& kernel) : op_(op), kernel_(kernel) {}
  size_t workspace(std::span<const TensorView>, std::span<const TensorView>, int threads) const override {
    return sizeof(lathe::cpu::BadIndex) * static_cast<size_t>(threads);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    const TensorView& y = launch.outputs[0];
    lathe::cpu::EmbeddingArgs args;
    args.term_count = static_cast<int>(op_.terms);
    for (int t = 0; t < args.term_count; ++t) {
      const TensorView &table = launch.inputs[static_cast<size_t>(2 * t)],
                       &ids = launch.inputs[static_cast<size_t>(2 * t + 1)];
      args.terms[t] = {table.data, table.shape[0], table.row_stride, ids.as<const int32_t>()};
    }
    args.normalize = op_.norm;
    if (op_.norm) {
      args.gamma = launch.inputs[launch.inputs.size() - 2].as<const float>();
      args.beta = launch.inputs[launch.inputs.size() - 1].as<const float>();
    }
    args.epsilon = static_cast<float>(op_.epsilon);
    args.y = y.data;
    args.tokens = y.rows();
    args.n = y.width();
    args.y_stride = y.row_stride;
    args.bad = reinterpret_cast<lathe::cpu::BadIndex*>(launch.workspace);
    kernel_.run(args, team);
    const lathe::cpu::BadIndex& bad = args.bad[team.rank()];
    if (bad.token >= 0)
      launch.fault->set(ErrorCode::out_of_range, "id {} is outside its embedding table of {} rows", bad.id,
                        args.terms[bad.term].rows);
  }

 private:
  ops::Embedding op_;
  const lathe::cpu::EmbeddingKernel& kernel_;
};

class EmbeddingTactic : public CpuTactic {
 public:
  explicit EmbeddingTactic(const lathe::cpu::EmbeddingKernel& kernel)
      : CpuTactic("embedding", kernel.name, kernel.isa), kernel_(kernel) {}
  /// Only the rows that are looked up are read, as many as are written a term.
  double cost(const Question& q) const override {
    double elements = static_cast<double>(q.outputs[0].typical.count());
    double bytes =
        elements * static_cast<double>(size_of(kernel_.y) +
                                       size_of(kernel_.table) * static_cast<size_t>(q.op.as<ops::Embedding>()->terms));
    return estimate_us(elements, nominal_rates(isa()).f32_gflops, bytes, q.machine.threads);
  }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<EmbeddingStep>(*q.op.as<ops::Embedding>(), kernel_);
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Embedding>();
    if (op.terms > kMaxTerms) return unsupported_attribute("more than 3 terms");
    for (size_t t = 0; t < static_cast<size_t>(op.terms); ++t) {
      if (q.inputs[2 * t].type.dtype != kernel_.table) return unsupported_type(q.inputs[2 * t].type.dtype);
      if (q.inputs[2 * t + 1].type.dtype != DType::i32) return unsupported_type(q.inputs[2 * t + 1].type.dtype);
    }
    for (size_t i = 2 * static_cast<size_t>(op.terms); i < q.inputs.size(); ++i)
      if (q.inputs[i].type.dtype != DType::f32) return unsupported_type(q.inputs[i].type.dtype);
    if (q.outputs[0].type.dtype != kernel_.y) return unsupported_type(q.outputs[0].type.dtype);
    return q.outputs[0].type.shape.back() == Dim(0) ? unsupported_layout("no columns") : std::string();
  }

 private:
  const lathe::cpu::EmbeddingKernel& kernel_;
};

}  // namespace

void add_embedding(TacticList& list) {
  for (const auto& kernel : lathe::cpu::embedding_kernels()) list.push_back(new EmbeddingTactic(kernel));
}

}  // namespace lathe::backends::cpu
