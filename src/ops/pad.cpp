#include "ops/pad.h"

#include <algorithm>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Pad, pad, Traits{})

Types infer(const Pad& op, const Types& in) {
  check_count("pad", in, 1, 1);
  TensorType out = in[0];
  if (op.before.size() != out.shape.size() || op.after.size() != out.shape.size())
    reject("pad", in, "before and after need one value a dimension");
  for (size_t i = 0; i < out.shape.size(); ++i) {
    for (const Dim& d : {op.before[i], op.after[i]})
      if (d.is_constant() && d.constant() < 0) reject("pad", in, "takes nothing away: use slice");
    out.shape[i] = op.before[i] + out.shape[i] + op.after[i];
    const bool adds = out.shape[i].is_constant() && out.shape[i].constant() > 0;
    if (op.mode != PadMode::constant && in[0].shape[i] == Dim(0) && adds)
      reject("pad", in, fmt::format("dimension {} has nothing to repeat", i));
  }
  return {out};
}

size_t resolve(Pad& op, const Types& in, const Contents& known) {
  check_count("pad", in, 1, 3);
  if (in.size() == 1) return 1;
  if (!op.before.empty() || !op.after.empty()) reject("pad", in, "sizes are attributes and an input");
  const std::vector<Dim> sizes = sizes_from("pad", in, known, 1, "pads");
  std::vector<int64_t> axes;
  if (in.size() == 3)
    axes = numbers_from("pad", in, known, 2, "axes");
  else
    for (int64_t d = 0; d < in[0].rank(); ++d) axes.push_back(d);
  if (sizes.size() != 2 * axes.size()) reject("pad", in, "pads need two values an axis");
  op.before.assign(in[0].shape.size(), Dim(0));
  op.after = op.before;
  for (size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<size_t>(normalize_axis("pad", in, axes[i], in[0].rank()));
    op.before[axis] = sizes[i];
    op.after[axis] = sizes[axes.size() + i];
  }
  return 1;
}

int64_t pad_source(PadMode mode, int64_t i, int64_t n) {
  const auto modulo = [](int64_t a, int64_t b) { return (a % b + b) % b; };
  switch (mode) {
    case PadMode::edge: return std::clamp<int64_t>(i, 0, n - 1);
    case PadMode::wrap: return modulo(i, n);
    case PadMode::reflect: {
      if (n == 1) return 0;
      const int64_t there_and_back = 2 * (n - 1), at = modulo(i, there_and_back);
      return std::min(at, there_and_back - at);
    }
    case PadMode::constant: break;
  }
  return i >= 0 && i < n ? i : -1;
}

}  // namespace lathe::ops
