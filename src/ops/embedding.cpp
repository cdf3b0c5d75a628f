#include "ops/embedding.h"

#include "base/error.h"
#include "ops/expander.h"
#include "ops/gather.h"
#include "ops/layer_norm.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Embedding, embedding, Traits{.narrow = true})

Types infer(const Embedding& op, const Types& in) {
  size_t terms = op.terms < 1 || op.terms > 8 ? 0 : static_cast<size_t>(op.terms);
  if (terms == 0) reject("embedding", in, "takes 1 to 8 terms");
  check_count("embedding", in, 2 * terms + (op.norm ? 2 : 0), 2 * terms + (op.norm ? 2 : 0));
  for (size_t t = 0; t < terms; ++t) {
    check_float("embedding", in, 2 * t);
    check_index_type("embedding", in, 2 * t + 1);
    if (in[2 * t].rank() != 2 || !(in[2 * t].shape[1] == in[0].shape[1]))
      reject("embedding", in, "tables need one width");
    if (!(in[2 * t + 1].shape == in[1].shape)) reject("embedding", in, "all ids need one shape");
  }
  for (size_t i = 2 * terms; i < in.size(); ++i) {
    check_float("embedding", in, i);
    if (in[i].rank() != 1 || !(in[i].shape[0] == in[0].shape[1]))
      reject("embedding", in, "gamma and beta must be [width]");
  }
  TensorType out{op.out, in[1].shape};
  out.shape.push_back(in[0].shape[1]);
  return {out};
}

/// The ids have rows; tables, gamma and beta are weights.
bool row_form(const Embedding& op, const RowQuestion& question, RowForm& form) {
  const size_t terms = static_cast<size_t>(op.terms);
  return content_rows(
      question, op, [&](size_t i) { return i < 2 * terms && i % 2 == 1; }, form);
}

/// gamma and beta stay f32.
bool takes_narrow(const Embedding& op, size_t input) { return input < 2 * static_cast<size_t>(op.terms); }

ExpanderValue expand(const Embedding& op, Expander& to, std::span<const ExpanderValue> in) {
  const size_t terms = static_cast<size_t>(op.terms);
  DType working = to.working_type(in);
  if (op.out == DType::f64) working = DType::f64;
  ExpanderValue sum = kNoExpansion;
  for (size_t t = 0; t < terms; ++t) {
    const ExpanderValue row = to.cast(to.add(Gather{0, op.from_end}, {in[2 * t], in[2 * t + 1]}), working);
    sum = t == 0 ? row : to.binary(BinaryKind::add, sum, row);
  }
  if (op.norm) sum = to.add(LayerNorm{op.epsilon, false}, {sum, in[2 * terms], in[2 * terms + 1]});
  return to.cast(sum, op.out);
}

std::vector<Lookup> lookups(const Embedding& op) {
  std::vector<Lookup> list;
  if (op.from_end) return list;  // as of Gather
  for (size_t t = 0; t < static_cast<size_t>(op.terms); ++t) list.push_back({2 * t + 1, 2 * t, 0});
  return list;
}

}  // namespace lathe::ops
