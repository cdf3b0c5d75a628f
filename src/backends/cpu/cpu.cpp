#include "backends/cpu/cpu.h"

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/gemm/gemm.h"

namespace lathe::backends {
namespace {

class CpuBackend : public Backend {
 public:
  CpuBackend() {
    cpu::add_linear(tactics_);
    cpu::add_matmul(tactics_);
    cpu::add_conv(tactics_);
    cpu::add_pool(tactics_);
    cpu::add_attention(tactics_);
    cpu::add_rnn(tactics_);
    cpu::add_layer_norm(tactics_);
    cpu::add_rotary(tactics_);
    cpu::add_embedding(tactics_);
    // Before kernels of single ops, which win where both cost the same.
    cpu::add_pointwise(tactics_);
    cpu::add_lines(tactics_);
    cpu::add_indexing(tactics_);
    cpu::add_softmax(tactics_);
    cpu::add_elementwise(tactics_);
    cpu::add_moves(tactics_);
    cpu::add_rows(tactics_);
    cpu::add_reduce(tactics_);
    cpu::add_sequence_pool(tactics_);
    for (const lathe::cpu::GemmFormat& f : lathe::cpu::gemm_formats())
      formats_.push_back({f.name, f.bytes, f.pack, f.unpack, f.type});
  }
  std::string_view name() const override { return "cpu"; }
  const std::vector<const Tactic*>& tactics() const override { return tactics_; }
  std::span<const WeightFormat> weight_formats() const override { return formats_; }

 private:
  std::vector<const Tactic*> tactics_;
  std::vector<WeightFormat> formats_;
};

}  // namespace

const Backend& cpu_backend() {
  // Never destroyed, as its tactics: engines may outlive any order of destruction at exit.
  static const CpuBackend& backend = *new CpuBackend;
  return backend;
}

}  // namespace lathe::backends
