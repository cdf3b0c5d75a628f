#include "ops/embedding.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/embedding/embedding.h"
#include "kernels/cpu/gemm/gemm.h"

namespace lathe::backends::cpu {
namespace {
constexpr int64_t kMaxTerms = 3;

class EmbeddingStep : public CpuStep {
 public:
  /// `panels`: per table, the elements of a panel where it lies in panels, else 0.
  EmbeddingStep(const ops::Embedding& op, const lathe::cpu::EmbeddingKernel& kernel, std::vector<int64_t> panels)
      : op_(op), kernel_(kernel), panels_(std::move(panels)) {
    for (int64_t elements : panels_) any_panels_ = any_panels_ || elements > 0;
  }
  size_t workspace(std::span<const TensorView>, std::span<const TensorView> outputs, int threads) const override {
    return reports_bytes(threads) +
           (any_panels_ ? lathe::cpu::gathered_bytes(kernel_.table, outputs[0].width(), threads) : 0);
  }
  void run(const Launch& launch, Team& team) const noexcept override {
    const TensorView& y = launch.outputs[0];
    lathe::cpu::EmbeddingArgs args;
    args.term_count = static_cast<int>(op_.terms);
    for (int t = 0; t < args.term_count; ++t) {
      const TensorView &table = launch.inputs[static_cast<size_t>(2 * t)],
                       &ids = launch.inputs[static_cast<size_t>(2 * t + 1)];
      const int64_t panel = panels_[static_cast<size_t>(t)];
      args.terms[t] = {table.data,  table.shape[0],          panel > 0 ? panel : table.row_stride,
                       ids.data,    ids.dtype == DType::i64, panel > 0,
                       op_.from_end};
    }
    if (any_panels_) args.gathered = launch.workspace + reports_bytes(team.size());
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
  static size_t reports_bytes(int threads) { return sizeof(lathe::cpu::BadIndex) * static_cast<size_t>(threads); }
  ops::Embedding op_;
  const lathe::cpu::EmbeddingKernel& kernel_;
  std::vector<int64_t> panels_;
  bool any_panels_ = false;
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
  /// A table that is the transposed W of a product as well is read from the product's panels.
  std::string_view weight_format(const Question& q, size_t input) const override {
    const bool table = input % 2 == 0 && input < 2 * static_cast<size_t>(q.op.as<ops::Embedding>()->terms);
    const Operand& operand = q.inputs[input];
    const lathe::cpu::GemmFormat& panels = lathe::cpu::gemm_format(kernel_.table);
    const bool readable = table && operand.transposed && operand.type.dtype == kernel_.table &&
                          panels.type == kernel_.table && operand.format == panels.name;
    return readable ? operand.format : std::string_view();
  }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    const auto& op = *q.op.as<ops::Embedding>();
    std::vector<int64_t> panels;
    for (size_t t = 0; t < static_cast<size_t>(op.terms); ++t) {
      const Operand& table = q.inputs[2 * t];
      const bool packed = !weight_format(q, 2 * t).empty();
      panels.push_back(packed ? lathe::cpu::panel_elements(kernel_.table, table.type.shape[1].constant()) : 0);
    }
    return std::make_unique<EmbeddingStep>(op, kernel_, std::move(panels));
  }

 protected:
  std::string reject(const Question& q) const override {
    const auto& op = *q.op.as<ops::Embedding>();
    if (op.terms > kMaxTerms) return unsupported_attribute("more than 3 terms");
    for (size_t t = 0; t < static_cast<size_t>(op.terms); ++t) {
      if (q.inputs[2 * t].type.dtype != kernel_.table) return unsupported_type(q.inputs[2 * t].type.dtype);
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
