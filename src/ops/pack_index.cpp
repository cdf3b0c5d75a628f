#include "ops/pack_index.h"

#include <algorithm>

#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(PackIndex, pack_index, Traits{.defines_symbols = true})

Types infer(const PackIndex& op, const Types& in) {
  check_count("pack_index", in, 1, 1);
  if (in[0].rank() != 2) reject("pack_index", in, "the mask must be [batch, seq]");
  // "batch*seq" would read as a product of other symbols.
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  auto in_names = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  if (op.symbol.empty() || !letter(op.symbol[0]) || !std::all_of(op.symbol.begin(), op.symbol.end(), in_names))
    reject("pack_index", in, "the symbol must be a name: letters, digits, underscores");
  return {{DType::i32, {Dim::symbol(op.symbol)}}, {DType::i32, {in[0].shape[0] + Dim(1)}}};
}

}  // namespace lathe::ops
