// com.microsoft: what ONNX Runtime's transformer optimiser writes, spelt in plain ops again.
// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
#include <algorithm>
#include <limits>

#include "base/dtype.h"
#include "frontends/onnx/ops/heads.h"
#include "frontends/onnx/ops/microsoft.h"
#include "frontends/onnx/registry.h"
#include "ir/compose/normalize.h"
#include "ops/compare.h"
#include "ops/gather.h"
#include "ops/matmul.h"
#include "ops/softmax.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::CompareKind;
using ops::ReduceKind;

ValueId compare(NodeReader& n, CompareKind kind, ValueId a, ValueId b) { return n.add(ops::Compare{kind}, {a, b}); }

/// What stands for "no key" in scores.
double lowest(NodeReader& n) { return n.number("mask_filter_value", -10000); }

/// The mask of keys as flags that broadcast over scores [batch, heads, q, k].
ValueId key_flags(NodeReader& n, ValueId mask, const Dim& batch, const Dim& keys) {
  const int64_t rank = n.rank(mask);
  const ValueId wide = n.cast(mask, DType::i64);
  if (rank == 1) {
    // The length of each text, or with a second half where it starts.
    const ValueId place = n.range(keys);
    const auto column = [&](Dim first) {
      return n.reshape(n.slice(wide, 0, std::move(first), batch), {batch, Dim(1), Dim(1), Dim(1)});
    };
    ValueId flags = compare(n, CompareKind::less, place, column(Dim(0)));
    if (n.dim(mask, 0) == batch * Dim(2))
      flags = n.binary(BinaryKind::and_, flags, compare(n, CompareKind::greater_equal, place, column(batch)));
    else if (!(n.dim(mask, 0) == batch))
      n.refuse("a mask_index of this length is not done", "export with a mask [batch, seq]");
    return flags;
  }
  const ValueId flags = n.cast(wide, DType::boolean);
  const std::vector<Dim> s = n.shape(mask);
  if (rank == 2) return n.reshape(flags, {s[0], Dim(1), Dim(1), s[1]});
  if (rank == 3) return n.reshape(flags, {s[0], Dim(1), s[1], s[2]});
  return flags;
}

struct Parts {
  ValueId q, k, v;  ///< [batch, heads, seq, d]
  ValueId mask = ir::kNone, bias = ir::kNone;
};

/// `past`: how many of the keys are before the first query; causal attention starts there.
ValueId attended(NodeReader& n, const Parts& p, const Dim& past) {
  n.ignore({"mask_filter_value"});
  const std::vector<Dim> shape = n.shape(p.q, 4);
  const Dim batch = shape[0], queries = shape[2], keys = n.dim(p.k, 2);
  const DType type = n.dtype(p.q);
  const double given = n.number("scale", 0), scale = given != 0 ? given : usual_scale(n, p.q);
  ValueId scores = n.by_number(BinaryKind::mul, n.add(ops::MatMul{false, true}, {p.q, p.k}), scale);
  if (p.bias != ir::kNone) scores = n.binary(BinaryKind::add, scores, p.bias);
  const auto add_flags = [&](ValueId flags, double otherwise) {
    scores =
        n.binary(BinaryKind::add, scores, n.add(ops::Where{}, {flags, n.scalar(0, type), n.scalar(otherwise, type)}));
  };
  if (p.mask != ir::kNone) add_flags(key_flags(n, p.mask, batch, keys), lowest(n));
  if (n.integer("unidirectional", 0) != 0) {
    // Later keys are hidden, whatever mask_filter_value is.
    const ValueId i = n.binary(BinaryKind::add, n.reshape(n.range(queries), {queries, Dim(1)}), n.size(past));
    add_flags(compare(n, CompareKind::greater_equal, i, n.range(keys)), -std::numeric_limits<double>::infinity());
  }
  return side_by_side(n, n.add(ops::MatMul{}, {n.add(ops::Softmax{-1}, {scores}), p.v}));
}

/// Past and present in one buffer, of which a number says how much is used.
void refuse_shared_past(NodeReader& n, size_t length_input) {
  if (n.has(length_input) || n.integer("past_present_share_buffer", 0) != 0)
    n.refuse("past and present in one buffer are not done", "export it with past_present_share_buffer = 0");
}

}  // namespace

void attention_of_product(NodeReader& n, ValueId all, ValueId mask, ValueId before, ValueId bias) {
  const int64_t heads = n.integer("num_heads");
  const Dim width = n.dim(all, -1);
  std::vector<int64_t> sizes = n.integers("qkv_hidden_sizes");
  if (sizes.empty()) {
    if (!width.is_constant()) n.refuse("a product of unknown width", "fix its width");
    sizes.assign(3, width.constant() / 3);
  }
  if (sizes.size() != 3) n.corrupt("its qkv_hidden_sizes are not 3");
  const int64_t last = n.rank(all) - 1;
  const auto part = [&](int64_t start, int64_t size) {
    return by_heads(n, n.slice(all, last, Dim(start), Dim(size)), heads);
  };
  Parts p{part(0, sizes[0]), part(sizes[0], sizes[1]), part(sizes[0] + sizes[1], sizes[2])};
  Dim past_length(0);
  if (before != ir::kNone) {
    past_length = n.shape(before, 5)[3];
    // past [2, batch, heads, seq, d]
    const auto past = [&](int64_t i) {
      const ValueId one = n.slice(before, 0, Dim(i), Dim(1));
      return n.reshape(one, {n.shape(one).begin() + 1, n.shape(one).end()});
    };
    p.k = n.concat({past(0), p.k}, 2);
    p.v = n.concat({past(1), p.v}, 2);
  }
  if (n.wants(1)) n.give(1, n.concat({n.unsqueeze(p.k, {0}), n.unsqueeze(p.v, {0})}, 0));
  p.mask = mask;
  p.bias = bias;
  if (n.integer("do_rotary", 0) != 0) n.refuse("do_rotary is not done", "export with RotaryEmbedding");
  n.give(0, attended(n, p, past_length));
}

namespace {

void attention(NodeReader& n) {
  refuse_shared_past(n, 6);
  ValueId all = n.add(ops::MatMul{}, {n.in(0), n.in(1)});
  if (n.has(2)) all = n.binary(BinaryKind::add, all, n.in(2));
  attention_of_product(n, all, n.in_or_none(3), n.in_or_none(4), n.in_or_none(5));
}

void multi_head_attention(NodeReader& n) {
  refuse_shared_past(n, 8);
  if (n.has(9)) n.refuse("cache_indirection is not done", "export it without beam search");
  if (!n.has(1)) n.refuse("packed q, k and v are not done", "export them apart");
  const int64_t heads = n.integer("num_heads");
  ValueId q = n.in(0), k = n.in(1), v = n.in_or_none(2);
  if (n.rank(k) == 5) {
    // [batch, seq, heads, 2, d]
    const auto part = [&](int64_t i) {
      const ValueId one = n.slice(k, 3, Dim(i), Dim(1));
      const std::vector<Dim> s = n.shape(one);
      return n.reshape(one, {s[0], s[1], s[2] * s[4]});
    };
    v = part(1);
    k = part(0);
  }
  if (v == ir::kNone) n.corrupt("input 2 is missing");
  if (n.has(3)) {
    const Dim wide = n.dim(q, -1), of_values = n.dim(v, -1);
    const auto part = [&](Dim start, Dim size) { return n.slice(n.in(3), 0, std::move(start), std::move(size)); };
    q = n.binary(BinaryKind::add, q, part(Dim(0), wide));
    if (n.rank(k) == 3) k = n.binary(BinaryKind::add, k, part(wide, wide));
    if (n.rank(v) == 3) v = n.binary(BinaryKind::add, v, part(wide + wide, of_values));
  }
  Parts p{by_heads(n, q, heads), n.rank(k) == 3 ? by_heads(n, k, heads) : k,
          n.rank(v) == 3 ? by_heads(n, v, heads) : v};
  const Dim past = n.has(6) ? n.shape(n.in(6), 4)[2] : Dim(0);
  if (n.has(6)) p.k = n.concat({n.in(6), p.k}, 2);
  if (n.has(7)) p.v = n.concat({n.in(7), p.v}, 2);
  n.give(1, p.k);
  n.give(2, p.v);
  p.mask = n.in_or_none(4);
  p.bias = n.in_or_none(5);
  n.give(0, attended(n, p, past));
}

}  // namespace

void embeddings_normalized(NodeReader& n, ValueId positions, const std::function<ValueId(size_t, ValueId)>& rows,
                           ValueId scale, ValueId bias) {
  const ValueId ids = n.in(0);
  ValueId sum = rows(2, ids);
  if (positions == ir::kNone) positions = n.unsqueeze(n.range(n.dim(ids, 1)), {0});
  sum = n.binary(BinaryKind::add, sum, rows(3, positions));
  if (n.has(1) && n.has(4)) sum = n.binary(BinaryKind::add, sum, rows(4, n.in(1)));
  const ir::Normalized r = ir::normalized(n, sum, {n.rank(sum) - 1}, n.number("epsilon", 1e-12));
  n.give(0, ir::affine(n, r.y, scale, bias));
  // How many keys of each text count.
  if (n.wants(1)) {
    if (n.has(7))
      n.give(1, n.reduce(ReduceKind::sum, n.cast(n.in(7), DType::i32), {1}, false));
    else
      n.give(1, n.expand(n.scalar(0, DType::i32), {n.dim(ids, 0)}));
  }
  n.give(2, sum);
}

namespace {

void embed_layer_normalization(NodeReader& n) {
  const auto rows = [&](size_t table, ValueId ids) {
    return n.add(ops::Gather{.axis = 0, .from_end = true}, {n.in(table), ids});
  };
  embeddings_normalized(n, n.in_or_none(8), rows, n.in(5), n.in(6));
}

constexpr Entry kEntries[] = {
    {"Attention", attention, kMicrosoft, "no do_rotary, no past and present in one buffer"},
    {"EmbedLayerNormalization", embed_layer_normalization, kMicrosoft},
    {"MultiHeadAttention", multi_head_attention, kMicrosoft,
     "no q, k and v packed into one input, no past and present in one buffer"},
};

}  // namespace

std::span<const Entry> microsoft_entries() { return kEntries; }

}  // namespace lathe::onnx
