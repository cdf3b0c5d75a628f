#include "ops/pack_index.h"

#include "backends/reference/definition.h"
#include "backends/reference/elements.h"

namespace lathe::backends::reference {
namespace {

void run(const ops::PackIndex& /*op*/, const Launch& launch) {
  const TensorView &mask = launch.inputs[0], &token_index = launch.outputs[0], &cu_seqlens = launch.outputs[1];
  int64_t batch = mask.shape[0], seq = mask.shape[1], tokens = 0;
  for (int64_t b = 0; b < batch; ++b) {
    store_integer(cu_seqlens, b, tokens);
    for (int64_t s = 0; s < seq; ++s)
      if (load(mask, b * seq + s) != 0) store_integer(token_index, tokens++, b * seq + s);
  }
  store_integer(cu_seqlens, batch, tokens);
  launch.extents[0] = tokens;
}

}  // namespace
LATHE_REFERENCE(PackIndex, pack_index, .run = run)
}  // namespace lathe::backends::reference
