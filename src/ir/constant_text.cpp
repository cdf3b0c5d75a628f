#include "ir/constant_text.h"

#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/half.h"
#include "ir/text.h"

namespace lathe::ir {

Blob pseudo_random(std::string_view name, DType type, size_t bytes) {
  uint64_t state = 0xcbf29ce484222325u;
  for (char c : name) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  auto next = [&] {
    state += 0x9e3779b97f4a7c15u;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  };
  std::byte* out = nullptr;
  Blob blob = Blob::zeros(bytes, &out);
  size_t size = size_of(type);
  for (size_t at = 0; at + size <= bytes; at += size) {
    uint64_t bits = next();
    float real = static_cast<float>(static_cast<int64_t>(bits >> 40) - (1 << 23)) / static_cast<float>(1 << 27);
    uint16_t half = type == DType::f16 ? f32_to_f16(real) : f32_to_bf16(real);
    double wide = static_cast<double>(real);
    uint64_t whole = bits & 1;
    const void* from = &whole;
    if (type == DType::f64) from = &wide;
    if (type == DType::f32) from = &real;
    if (type == DType::f16 || type == DType::bf16) from = &half;
    std::memcpy(out + at, from, size);
  }
  return blob;
}

namespace {

template <class T>
void put_number(std::string_view text, std::byte* out) {
  T value{};
  if constexpr (std::is_same_v<T, float>) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) bad_text("an element is no number");
  } else if constexpr (std::is_same_v<T, double>) {
    value = read_number(text);
  } else {
    int64_t whole = read_integer(text);
    value = static_cast<T>(whole);
    if (value != whole) bad_text("an element does not fit its type");
  }
  std::memcpy(out, &value, sizeof(T));
}

}  // namespace

Blob read_content(Line& line, DType type, size_t bytes) {
  size_t size = size_of(type), at = 0;
  if (line.take("0x")) {
    std::string digits = bytes == 0 ? std::string() : line.name();
    if (digits.size() != 2 * bytes) bad_text(fmt::format("{} hex digits stand for {} bytes", digits.size(), bytes));
    std::byte* out = nullptr;
    Blob blob = Blob::zeros(bytes, &out);
    for (; at < bytes; ++at) {
      unsigned byte = 0;
      const char* begin = digits.data() + 2 * at;
      auto [end, error] = std::from_chars(begin, begin + 2, byte, 16);
      if (error != std::errc() || end != begin + 2) bad_text("a constant has bytes that are no hex digits");
      out[at] = static_cast<std::byte>(byte);
    }
    return blob;
  }
  std::vector<std::string_view> items = split_list(line.bracketed('[', ']'));
  if (items.size() * size != bytes) bad_text(fmt::format("{} elements stand for {} bytes", items.size(), bytes));
  std::byte* out = nullptr;
  Blob blob = Blob::zeros(bytes, &out);
  for (std::string_view item : items) {
    if (type == DType::f32)
      put_number<float>(item, out + at);
    else if (type == DType::f64)
      put_number<double>(item, out + at);
    else if (type == DType::i32)
      put_number<int32_t>(item, out + at);
    else if (type == DType::i64)
      put_number<int64_t>(item, out + at);
    else
      bad_text("elements of this type are given as bytes, 0x..");
    at += size;
  }
  return blob;
}

}  // namespace lathe::ir
