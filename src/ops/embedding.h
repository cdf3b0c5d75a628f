#pragma once
#include "ops/op.h"

namespace lathe::ops {

/// y[i..] = LayerNorm(sum_t table_t[ids_t[i..]]): `terms` pairs of a table [rows_t, width] and ids [i..] (i32), then,
/// with `norm`, gamma and beta [width]. Ids outside their table stop the run with an error; with `from_end`, an id i <
/// 0 means rows_t + i. `out` is the type of y.
struct Embedding {
  int64_t terms{1};
  bool norm{false};
  double epsilon{1e-12};
  DType out{DType::f32};
  bool from_end{false};

  template <class V>
  void fields(V& v) {
    v.field("terms", terms);
    v.field("norm", norm);
    v.field("epsilon", epsilon);
    v.field("out", out);
    v.field("from_end", from_end);
  }
  LATHE_OP_STRUCT(Embedding);
};
Types infer(const Embedding& op, const Types& in);
bool row_form(const Embedding& op, const RowQuestion& question, RowForm& form);
bool takes_narrow(const Embedding& op, size_t input);
ExpanderValue expand(const Embedding& op, Expander& to, std::span<const ExpanderValue> in);
std::vector<Lookup> lookups(const Embedding& op);

}  // namespace lathe::ops
