#include "kernels/cpu/embedding/embedding.h"

namespace lathe::cpu {

BadIndex first_bad(std::span<const BadIndex> members) {
  BadIndex first;
  for (const BadIndex& bad : members)
    if (bad.token >= 0 && (first.token < 0 || bad.token < first.token)) first = bad;
  return first;
}

#define LATHE_EMBEDDING(table, y, isa) \
  void embedding_##table##_##y##_##isa(const EmbeddingArgs& args, Team& team) noexcept;
#include "kernels/cpu/embedding/kernels.inc"
#undef LATHE_EMBEDDING

std::span<const EmbeddingKernel> embedding_kernels() {
  static constexpr EmbeddingKernel kernels[] = {
#define LATHE_EMBEDDING(table, y, isa) \
  {#table "." #y "." #isa, Isa::isa, DType::table, DType::y, embedding_##table##_##y##_##isa},
#include "kernels/cpu/embedding/kernels.inc"
#undef LATHE_EMBEDDING
  };
  return kernels;
}

}  // namespace lathe::cpu
