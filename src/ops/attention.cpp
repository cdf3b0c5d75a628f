#include "ops/attention.h"

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Attention, attention, Traits{})

Types infer(const Attention& op, const Types& in) {
  size_t extra = op.mask == AttentionMask::none ? 0 : 1;
  check_count("attention", in, 3 + extra, 3 + extra);
  for (size_t i = 0; i < 3; ++i) {
    check_float("attention", in, i);
    if (in[i].rank() != (op.mask == AttentionMask::packed ? 2 : 3) || !(in[i] == in[0]))
      reject("attention", in, "q, k and v need one type: [tokens, width] when packed, [batch, seq, width] else");
  }
  const Dim& width = in[0].shape.back();
  if (op.heads < 1 || !width.is_constant() || width.constant() % op.heads != 0)
    reject("attention", in, fmt::format("width {} does not divide into {} heads", width.str(), op.heads));
  if (op.mask == AttentionMask::packed && (in[3].dtype != DType::i32 || in[3].rank() != 1))
    reject("attention", in, "cu_seqlens must be i32 [batch + 1]");
  if (op.mask == AttentionMask::keys &&
      (in[3].rank() != 2 || !(in[3].shape[0] == in[0].shape[0]) || !(in[3].shape[1] == in[0].shape[1])))
    reject("attention", in, "the mask must be [batch, seq]");
  return {in[0]};
}

}  // namespace lathe::ops
