#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "lathe/export.h"

namespace lathe {

/// Element types. Values are stored in plan files and never change.
enum class DType : uint8_t {
  f64 = 0,
  f32 = 1,
  f16 = 2,   ///< IEEE 754 binary16
  bf16 = 3,  ///< bfloat16: the upper half of a binary32
  i64 = 4,
  i32 = 5,
  i16 = 6,
  i8 = 7,
  u64 = 8,
  u32 = 9,
  u16 = 10,
  u8 = 11,
  boolean = 12,  ///< one byte, 0 or 1
  f8e4m3 = 13,   ///< OCP FP8 E4M3: no infinity, up to 448
  f8e5m2 = 14,   ///< OCP FP8 E5M2: as IEEE 754 would have it, up to 57344
  i4 = 15,       ///< two's complement, two a byte, the first in the lower half
  u4 = 16,       ///< likewise, unsigned
};

/// Bits an element.
LATHE_API int bits_of(DType type);
/// Bytes an element; 1 for those of less than a byte, which lie side by side: see bytes_of.
LATHE_API size_t size_of(DType type);
/// Bytes of so many elements one behind the other, a last one of less than a byte filled up; INT64_MAX for more.
LATHE_API int64_t bytes_of(DType type, int64_t count);
/// "f32", "bf16", "i64", "bool", ...
LATHE_API std::string_view to_string(DType type);
/// The inverse of to_string; throws Error(invalid_argument) for another name.
LATHE_API DType parse_dtype(std::string_view name);

/// What an input or output means beside its values. Stored in plan files like DType.
enum class Role : uint8_t {
  plain = 0,   ///< nothing
  mask = 1,    ///< input: the elements that are not zero count; where it is left out, all do
  packed = 2,  ///< the packed form of another input or output: of [batch, seq, ..] the rows that count, [tokens, ..]
  bounds = 3,  ///< input i32 [batch + 1]: where each sequence of packed rows begins, and where the last ends
  rows = 4,    ///< input i32 [n]: some packed rows; output: another one at these rows alone, [n, ..]
};
/// "plain", "mask", "packed", "bounds", "rows"
LATHE_API std::string_view to_string(Role role);
/// The inverse of to_string; throws Error(invalid_argument) for another name.
LATHE_API Role parse_role(std::string_view name);

/// The sizes of a tensor's dimensions, outermost first: at most 8, held inline (copying one allocates nothing).
class Shape {
 public:
  static constexpr int kMaxRank = 8;
  Shape() = default;
  Shape(std::initializer_list<int64_t> dims) {
    for (int64_t d : dims) push_back(d);
  }
  int rank() const { return rank_; }
  int64_t operator[](int i) const { return dims_[i < 0 ? i + rank_ : i]; }
  int64_t& operator[](int i) { return dims_[i < 0 ? i + rank_ : i]; }
  const int64_t* begin() const { return dims_; }
  const int64_t* end() const { return dims_ + rank_; }
  /// Error(out_of_range) beyond kMaxRank.
  void push_back(int64_t d) {
    if (rank_ == kMaxRank) refuse_rank();
    dims_[rank_++] = d;
  }
  /// The product of all dimensions; 1 for a scalar, INT64_MAX where the product is larger. The dimensions must not be
  /// negative.
  int64_t count() const {
    int64_t n = 1;
    bool saturated = false;
    for (int64_t d : *this) {
      if (d == 0) return 0;
      saturated = saturated || __builtin_mul_overflow(n, d, &n);
    }
    return saturated ? INT64_MAX : n;
  }
  bool operator==(const Shape& other) const {
    if (rank_ != other.rank_) return false;
    for (int i = 0; i < rank_; ++i)
      if (dims_[i] != other.dims_[i]) return false;
    return true;
  }

 private:
  [[noreturn]] LATHE_API static void refuse_rank();
  int64_t dims_[kMaxRank] = {};
  int rank_ = 0;
};

/// "[8, 128, 768]"
LATHE_API std::string to_string(const Shape& shape);

}  // namespace lathe
