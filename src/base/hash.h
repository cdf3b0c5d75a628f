#pragma once
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstddef>
#include <cstdint>

namespace lathe {

/// XXH3-64 of bytes that come in parts: checksums of plans, identity of sources.
class Hasher {
 public:
  Hasher() { XXH3_64bits_reset(&state_); }
  void add(const void* data, size_t size) { XXH3_64bits_update(&state_, data, size); }
  uint64_t value() const { return XXH3_64bits_digest(&state_); }

 private:
  XXH3_state_t state_;
};

inline uint64_t hash_of(const void* data, size_t size) { return XXH3_64bits(data, size); }

}  // namespace lathe
