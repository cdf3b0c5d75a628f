#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/dim.h"

namespace lathe::ops {

struct TensorType;

/// An element of a small tensor of whole numbers as an expression over sizes; empty: only a run knows it.
using Element = std::optional<Dim>;
/// All elements of one tensor; empty: nothing is known of them.
using Elements = std::optional<std::vector<Element>>;
/// Those of several tensors.
using Contents = std::vector<Elements>;

/// The most elements that are followed.
inline constexpr int64_t kMostElements = 64;

/// How many elements the rules follow in tensors of this type: i32, i64 or bool, of rank 0 or 1, and few; -1: none.
int64_t followed(const TensorType& type);
/// Elements as they lie in memory, of a type that is followed and contiguous.
Elements elements_of(const TensorType& type, const void* data);

/// Two dimensions that an op needs to be equal while nothing shows that they are: a run finds out.
struct Equality {
  Dim a, b;
  bool operator==(const Equality&) const = default;
};
using Equalities = std::vector<Equality>;

}  // namespace lathe::ops
