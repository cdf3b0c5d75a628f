#include "kernels/cpu/embedding/embedding.h"

#include <iterator>

namespace lathe::cpu {

BadIndex first_bad(std::span<const BadIndex> members) {
  BadIndex first;
  for (const BadIndex& bad : members)
    if (bad.token >= 0 && (first.token < 0 || bad.token < first.token)) first = bad;
  return first;
}

size_t gathered_bytes(DType table, int64_t n, int team_size) {
  return size_of(table) * static_cast<size_t>(n) * std::size(EmbeddingArgs{}.terms) * static_cast<size_t>(team_size);
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
