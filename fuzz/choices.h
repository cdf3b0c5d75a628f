#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace lathe::fuzz {

/// Decisions: taken from the bytes under test, one byte each, or from a number where the bytes say something else.
class Choices {
 public:
  Choices(const uint8_t* bytes, size_t size) : bytes_(bytes), left_(size) {}
  explicit Choices(uint64_t seed) : state_(seed) {}

  /// 0 .. limit - 1, limit at most 256; 0 when no byte is left.
  size_t below(size_t limit) { return limit == 0 ? 0 : next() % limit; }
  bool one_in(size_t limit) { return below(limit) == limit - 1; }
  template <class T>
  T of(std::initializer_list<T> list) {
    return list.begin()[below(list.size())];
  }
  template <class List>
  auto& any(List& list) {
    return list[below(list.size())];
  }
  bool done() const { return bytes_ != nullptr && left_ == 0; }

 private:
  uint8_t next() {
    if (bytes_ == nullptr) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      return static_cast<uint8_t>(state_ >> 56);
    }
    if (left_ == 0) return 0;
    --left_;
    return *bytes_++;
  }
  const uint8_t* bytes_ = nullptr;
  size_t left_ = 0;
  uint64_t state_ = 0;
};

}  // namespace lathe::fuzz
