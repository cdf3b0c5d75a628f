#include "ops/reshape.h"

#include <algorithm>

#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"
#include "ops/signed_sizes.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Reshape, reshape, Traits{.reshapes = true, .narrow = true})

Types infer(const Reshape& op, const Types& in, Equalities& needed) {
  check_count("reshape", in, 1, 1);
  need_equal("reshape", in, count_of(in[0].shape), count_of(op.shape),
             fmt::format("cannot become {}: the counts differ", lathe::to_string(op.shape)), needed);
  return {{in[0].dtype, op.shape}};
}

bool row_form(const Reshape& op, const RowQuestion& question, RowForm& form) {
  return all_rows(question, Reshape{question.on_rows(op.shape)}, form);
}

size_t resolve(Reshape& op, const Types& in, const Contents& known) {
  check_count("reshape", in, 1, 2);
  if (in.size() == 2) {
    if (!op.shape.empty()) reject("reshape", in, "the shape is an attribute and an input");
    op.shape = sizes_from("reshape", in, known, 1, "shape");
    for (size_t i = 0; i < op.shape.size(); ++i) {
      if (!(op.shape[i] == Dim(0))) continue;
      if (i >= in[0].shape.size()) reject("reshape", in, fmt::format("x has no dimension {} to keep", i));
      op.shape[i] = in[0].shape[i];
    }
    op.shape = reshaped(in[0].shape, std::move(op.shape), true);
  }
  const auto open = std::find(op.shape.begin(), op.shape.end(), Dim(-1));
  if (open == op.shape.end()) return 1;
  *open = Dim(1);
  *open = Dim::floordiv(count_of(in[0].shape), count_of(op.shape));
  if (std::find(op.shape.begin(), op.shape.end(), Dim(-1)) != op.shape.end())
    reject("reshape", in, "two dimensions are -1");
  return 1;
}

Elements elements(const Reshape& /*op*/, const Types& /*in*/, const Contents& known) { return known_of(known, 0); }

}  // namespace lathe::ops
