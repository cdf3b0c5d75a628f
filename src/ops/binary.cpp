#include "ops/binary.h"

#include <algorithm>

#include "base/dtype.h"
#include "base/error.h"
#include "ops/rows.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Binary, binary, Traits{})

namespace {

/// Whether there is such a thing for numbers of this type.
bool takes(BinaryKind kind, DType type) {
  switch (kind) {
    case BinaryKind::mod:
    case BinaryKind::fmod:
    case BinaryKind::floor_div: return type != DType::boolean;
    case BinaryKind::and_:
    case BinaryKind::or_:
    case BinaryKind::xor_: return !is_float(type);
    case BinaryKind::shift_left:
    case BinaryKind::shift_right: return is_whole(type);
    default: return true;
  }
}

}  // namespace

Types infer(const Binary& op, const Types& in, Equalities& needed) {
  check_count("binary", in, 2, 2);
  if (in[0].dtype != in[1].dtype) reject("binary", in, "both inputs must have the same type");
  if (!takes(op.kind, in[0].dtype))
    reject("binary", in, fmt::format("there is no {} of {}", to_string(op.kind), lathe::to_string(in[0].dtype)));
  return {{in[0].dtype, broadcast("binary", in, in[0].shape, in[1].shape, needed)}};
}

namespace {

/// What is left of a where b goes into it, rounded down.
Element rest(const Dim& a, const Dim& b) {
  if (!b.is_constant() || b.constant() <= 0) return std::nullopt;
  return a - Dim::floordiv(a, b) * b;
}

Element combine(BinaryKind kind, const Dim& a, const Dim& b) {
  const bool compares = kind == BinaryKind::min || kind == BinaryKind::max;
  if (!compares && (is_saturated(a) || is_saturated(b))) return std::nullopt;
  switch (kind) {
    case BinaryKind::add: return a + b;
    case BinaryKind::sub: return a - b;
    case BinaryKind::mul: return a * b;
    case BinaryKind::min: return Dim::min(a, b);
    case BinaryKind::max: return Dim::max(a, b);
    case BinaryKind::div:
      // The op truncates: the same as rounding down where nothing is negative, or nothing is left. (n * m) / n is m,
      // though for n = 0 the op says 0, and other runtimes stop.
      if (a.is_rising() && b.is_rising()) return Dim::floordiv(a, b);
      return rest(a, b) == Element(Dim(0)) ? Element(Dim::floordiv(a, b)) : std::nullopt;
    case BinaryKind::floor_div:
      return b.is_constant() && b.constant() > 0 ? Element(Dim::floordiv(a, b)) : std::nullopt;
    case BinaryKind::mod: return rest(a, b);
    case BinaryKind::fmod: return a.is_rising() ? rest(a, b) : std::nullopt;
    default: return std::nullopt;
  }
}

/// Of booleans that are known, 0 or 1.
Element combine_flags(BinaryKind kind, const Dim& a, const Dim& b) {
  if (!a.is_constant() || !b.is_constant()) return std::nullopt;
  const bool x = a.constant() != 0, y = b.constant() != 0;
  switch (kind) {
    case BinaryKind::and_: return Dim(x && y);
    case BinaryKind::or_: return Dim(x || y);
    case BinaryKind::xor_: return Dim(x != y);
    default: return std::nullopt;  // true + true is true
  }
}

}  // namespace

Elements elements(const Binary& op, const Types& in, const Contents& known) {
  const auto combine_two = in[0].dtype == DType::boolean ? combine_flags : combine;
  const Elements &a = known_of(known, 0), &b = known_of(known, 1);
  if (!a || !b || a->empty() || b->empty()) return std::nullopt;
  std::vector<Element> result;
  for (size_t i = 0; i < std::max(a->size(), b->size()); ++i) {
    const Element &x = (*a)[a->size() == 1 ? 0 : i], &y = (*b)[b->size() == 1 ? 0 : i];
    result.push_back(x && y ? combine_two(op.kind, *x, *y) : std::nullopt);
  }
  return result;
}

bool row_form(const Binary& op, const RowQuestion& question, RowForm& form) {
  return broadcast_rows(question, op, form);
}

}  // namespace lathe::ops
