#include "kernels/cpu/attention/attention.h"

namespace lathe::cpu {

#define LATHE_ATTENTION(type, isa)                                               \
  void attention_##type##_##isa(const AttentionArgs& args, Team& team) noexcept; \
  size_t attention_workspace_##type##_##isa(int64_t max_seq, int head_dim, int team_size) noexcept;
#include "kernels/cpu/attention/kernels.inc"
#undef LATHE_ATTENTION

std::span<const AttentionKernel> attention_kernels() {
  static constexpr AttentionKernel kernels[] = {
#define LATHE_ATTENTION(type, isa) \
  {#type "." #isa, Isa::isa, DType::type, attention_##type##_##isa, attention_workspace_##type##_##isa},
#include "kernels/cpu/attention/kernels.inc"
#undef LATHE_ATTENTION
  };
  return kernels;
}

}  // namespace lathe::cpu
