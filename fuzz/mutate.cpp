#include "fuzz/mutate.h"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace lathe::fuzz {
namespace {

constexpr uint64_t kSizes[] = {0,          1,          7,          8,         63,         255,
                               256,        65535,      65536,      INT32_MAX, 1ull << 31, UINT32_MAX,
                               1ull << 32, 1ull << 40, 1ull << 62, INT64_MAX, 1ull << 63, UINT64_MAX - 7,
                               UINT64_MAX};
constexpr const char* kNumbers[] = {"0",
                                    "-1",
                                    "1",
                                    "2",
                                    "16777217",
                                    "2147483648",
                                    "1e9",
                                    "-0.5",
                                    "1e999",
                                    "99999999999",
                                    "9223372036854775807",
                                    "18446744073709551615",
                                    "null"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string Mutator::next() {
  std::string bytes = seeds_[below(seeds_.size())];
  for (size_t changes = 1 + below(4); changes > 0; --changes) change(bytes);
  return bytes;
}

void Mutator::change(std::string& bytes) {
  const size_t at = below(bytes.size()), length = 1 + below(std::min<size_t>(bytes.size() - at, 64));
  const auto begin = bytes.begin() + static_cast<ptrdiff_t>(at);
  switch (below(9)) {
    case 0:
      if (!bytes.empty()) *begin = static_cast<char>(*begin ^ (1 << below(8)));
      break;
    case 1:
      if (!bytes.empty()) *begin = static_cast<char>(random_());
      break;
    case 2: bytes.resize(at); break;
    case 3: bytes.erase(at, length); break;
    case 4: bytes.insert(at, bytes.substr(below(bytes.size()), length)); break;
    case 5: bytes.insert(at, std::string(1 + below(40), static_cast<char>(random_()))); break;
    case 6: {
      const std::string& other = seeds_[below(seeds_.size())];
      bytes = bytes.substr(0, at) + other.substr(below(other.size()));
      break;
    }
    case 7: overwrite_size(bytes); break;
    default: replace_number(bytes);
  }
}

/// Binary headers keep their sizes near the front, archives near the end.
void Mutator::overwrite_size(std::string& bytes) {
  const uint64_t value = kSizes[below(std::size(kSizes))];
  const size_t width = size_t{1} << below(4);
  if (bytes.size() < width) return;
  const size_t places = bytes.size() - width + 1;
  size_t at = below(places);
  if (below(2) == 0) at = below(std::min<size_t>(places, 64));
  if (below(4) == 0) at = places - 1 - below(std::min<size_t>(places, 64));
  std::memcpy(bytes.data() + at, &value, width);
}

void Mutator::replace_number(std::string& bytes) {
  const auto from = bytes.begin() + static_cast<ptrdiff_t>(below(bytes.size()));
  const auto begin = std::find_if(from, bytes.end(), is_digit);
  const auto end = std::find_if_not(begin, bytes.end(), is_digit);
  bytes.replace(begin, end, kNumbers[below(std::size(kNumbers))]);
}

}  // namespace lathe::fuzz
