#include "ir/compose/composer.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "ops/cast.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/range.h"
#include "ops/reshape.h"
#include "ops/slice.h"
#include "ops/transpose.h"

namespace lathe::ir {

void Composer::refuse(std::string_view problem, std::string_view cure) const {
  throw Error(ErrorCode::unsupported, "", problem, cure);
}

ValueId Composer::vector_of(std::span<const int64_t> numbers) {
  return constant({"", DType::i64, {static_cast<int64_t>(numbers.size())}, Blob::copy_of(std::as_bytes(numbers))});
}

ValueId Composer::size(const Dim& d) { return reshape(add(ops::Range{DType::i64, d, d + Dim(1), 1}, {}), {}); }

const std::vector<Dim>& Composer::shape(ValueId v, int64_t wanted) const {
  if (rank(v) != wanted) corrupt(fmt::format("{} has {} dimensions, not {}", to_string(type(v)), rank(v), wanted));
  return shape(v);
}

ValueId Composer::cast(ValueId x, DType to) { return dtype(x) == to ? x : add(ops::Cast{to}, {x}); }

ValueId Composer::reshape(ValueId x, std::vector<Dim> to) {
  return shape(x) == to ? x : add(ops::Reshape{std::move(to)}, {x});
}

ValueId Composer::transpose(ValueId x, std::vector<int64_t> perm) {
  std::vector<int64_t> places(static_cast<size_t>(rank(x)));
  std::iota(places.begin(), places.end(), int64_t{0});
  if (perm == places) return x;
  if (!std::is_permutation(perm.begin(), perm.end(), places.begin(), places.end()))
    corrupt(fmt::format("the order [{}] does not name each dimension of {} once", fmt::join(perm, ", "),
                        to_string(type(x))));
  return add(ops::Transpose{std::move(perm)}, {x});
}

ValueId Composer::expand(ValueId x, std::vector<Dim> to) {
  return shape(x) == to ? x : add(ops::Expand{std::move(to)}, {x});
}

ValueId Composer::slice(ValueId x, int64_t along, Dim start, Dim size) {
  along = axis(along, rank(x));
  ops::Slice op;
  op.start.assign(static_cast<size_t>(rank(x)), Dim(0));
  op.size = shape(x);
  op.start[static_cast<size_t>(along)] = std::move(start);
  op.size[static_cast<size_t>(along)] = std::move(size);
  return add(op, {x});
}

ValueId Composer::with_size(ValueId x, int64_t along, const Dim& size) {
  std::vector<Dim> to = shape(x);
  Dim& own = to[static_cast<size_t>(axis(along, rank(x)))];
  if (own.is_constant() && size.is_constant() && !(own == size))
    corrupt(fmt::format("dimension {} of {} is not {}", along, to_string(type(x)), size.str()));
  own = size;
  return reshape(x, std::move(to));
}

ValueId Composer::concat(std::vector<ValueId> parts, int64_t along) {
  return parts.size() == 1 ? parts[0] : add(ops::Concat{along}, std::move(parts));
}

ValueId Composer::range(Dim count) { return add(ops::Range{DType::i64, Dim(0), std::move(count), 1}, {}); }

ValueId Composer::unsqueeze(ValueId x, std::vector<int64_t> list) {
  const int64_t full = rank(x) + static_cast<int64_t>(list.size());
  list = axes(std::move(list), full);
  std::vector<Dim> to = shape(x);
  if (static_cast<int64_t>(to.size() + list.size()) != full) corrupt("its axes name a place twice");
  for (int64_t place : list) to.insert(to.begin() + place, Dim(1));
  return reshape(x, std::move(to));
}

int64_t Composer::axis(int64_t number, int64_t rank) const {
  if (number < -rank || number >= rank)
    corrupt(fmt::format("axis {} is none of a tensor with {} dimensions", number, rank));
  return number < 0 ? number + rank : number;
}

std::vector<int64_t> Composer::axes(std::vector<int64_t> list, int64_t rank) const {
  for (int64_t& number : list) number = axis(number, rank);
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

}  // namespace lathe::ir
