#include "ops/rotary.h"

#include <algorithm>

#include "base/error.h"
#include "ops/concat.h"
#include "ops/expander.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"
#include "ops/slice.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Rotary, rotary, Traits{.narrow = true})

namespace {

/// Leading dimensions of the table are 1, the others before the last are x's.
bool repeats_over(const std::vector<Dim>& table, const std::vector<Dim>& x) {
  if (table.size() != x.size()) return false;
  size_t d = 0;
  while (d + 1 < x.size() && table[d] == Dim(1)) ++d;
  return std::equal(table.begin() + static_cast<int64_t>(d), table.end() - 1, x.begin() + static_cast<int64_t>(d));
}

}  // namespace

Types infer(const Rotary& op, const Types& in) {
  check_count("rotary", in, 3, 3);
  for (size_t i = 0; i < 3; ++i) check_float("rotary", in, i);
  if (in[0].rank() < 1) reject("rotary", in, "x needs a dimension");
  const Dim& all = in[0].shape.back();
  if (op.heads < 1 || !all.is_constant() || op.heads > std::max<int64_t>(all.constant(), 1) ||
      all.constant() % op.heads != 0)
    reject("rotary", in, fmt::format("width {} does not divide into {} heads", all.str(), op.heads));
  if (op.width < 2 || op.width % 2 != 0 || op.width > all.constant() / op.heads)
    reject("rotary", in,
           fmt::format("of a head's {} elements, {} cannot turn in pairs", all.constant() / op.heads, op.width));
  const Dim& columns = in[1].shape.empty() ? all : in[1].shape.back();
  if (!(in[1] == in[2]) || !repeats_over(in[1].shape, in[0].shape) ||
      !(columns == Dim(op.width) || columns == Dim(op.width / 2)))
    reject("rotary", in, "cosine and sine need one type: [.., width or width / 2], with x's rows");
  return {in[0]};
}

/// Angles are precise.
bool takes_narrow(const Rotary&, size_t input) { return input == 0; }

bool row_form(const Rotary& op, const RowQuestion& question, RowForm& form) {
  if (question.output.rank() != question.leading() + 1 || !question.rows(0)) return false;
  const RowOperand table = question.rows(1) ? RowOperand::rows : RowOperand::repeated;
  form = {op, {RowOperand::rows, table, table}};
  return true;
}

namespace {
using Value = ExpanderValue;

/// Columns first, first + stride, .. of the last dimension.
Value columns(Expander& to, Value x, int64_t first, int64_t count, int64_t stride = 1) {
  const std::vector<Dim>& shape = to.type(x).shape;
  Slice op{std::vector<Dim>(shape.size(), Dim(0)), shape, {}};
  op.start.back() = Dim(first);
  op.size.back() = Dim(count);
  if (stride != 1) {
    op.stride.assign(shape.size(), 1);
    op.stride.back() = stride;
  }
  return to.add(op, {x});
}

/// The shape with its last dimensions, `drop` of them, replaced.
std::vector<Dim> with_last(std::vector<Dim> shape, size_t drop, std::initializer_list<Dim> last) {
  shape.resize(shape.size() - drop);
  shape.insert(shape.end(), last);
  return shape;
}

}  // namespace

ExpanderValue expand(const Rotary& op, Expander& to, std::span<const ExpanderValue> in) {
  const TensorType stored = to.type(in[0]);
  const DType working = to.working_type(in);
  const std::vector<Value> wide = to.widened(in, working);
  if (!std::equal(wide.begin(), wide.end(), in.begin())) return to.cast(to.add(op, wide), stored.dtype);
  const int64_t head_dim = stored.shape.back().constant() / op.heads, half = op.width / 2;
  const Value x = to.reshape(in[0], with_last(stored.shape, 1, {Dim(op.heads), Dim(head_dim)}));
  const int64_t apart = op.interleaved ? 1 : half, stride = op.interleaved ? 2 : 1;
  const auto part = [&](Value v, bool second) { return columns(to, v, second ? apart : 0, half, stride); };
  const auto table = [&](size_t i, bool second) {
    const TensorType type = to.type(in[i]);
    const Value v = to.reshape(in[i], with_last(type.shape, 1, {Dim(1), type.shape.back()}));
    return type.shape.back() == Dim(half) ? v : part(v, second);
  };
  const auto times = [&](Value a, Value b) { return to.binary(BinaryKind::mul, a, b); };
  const Value a = part(x, false), b = part(x, true);
  const Value first = to.binary(BinaryKind::sub, times(a, table(1, false)), times(b, table(2, false)));
  const Value second = to.binary(BinaryKind::add, times(b, table(1, true)), times(a, table(2, true)));
  Value turned;
  if (op.interleaved) {
    const std::vector<Dim> pairs = with_last(to.type(first).shape, 0, {Dim(1)});
    turned = to.add(Concat{-1}, {to.reshape(first, pairs), to.reshape(second, pairs)});
    turned = to.reshape(turned, with_last(pairs, 2, {Dim(op.width)}));
  } else {
    turned = to.add(Concat{-1}, {first, second});
  }
  if (op.width < head_dim) turned = to.add(Concat{-1}, {turned, columns(to, x, op.width, head_dim - op.width)});
  return to.reshape(turned, stored.shape);
}

}  // namespace lathe::ops
