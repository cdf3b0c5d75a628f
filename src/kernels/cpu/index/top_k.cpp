#include <algorithm>
#include <bit>

#include "base/half.h"
#include "kernels/cpu/index/index.h"

namespace lathe::cpu {
namespace {

/// An element by its rank: a larger key comes first, of equal ones the lower place.
struct Ranked {
  uint64_t key;
  int64_t place;
};

bool comes_before(const Ranked& a, const Ranked& b) { return a.key != b.key ? a.key > b.key : a.place < b.place; }

/// Unsigned numbers in the order of floats: NaN is above all others, the zeros are equal.
uint64_t key_of(double x) {
  if (x != x) return UINT64_MAX;
  const auto bits = std::bit_cast<uint64_t>(x + 0.0);
  return bits >> 63 ? ~bits : bits | uint64_t{1} << 63;
}
template <class T>
uint64_t key_of(T x) {
  if constexpr (static_cast<T>(-1) < 0) return static_cast<uint64_t>(static_cast<int64_t>(x)) ^ uint64_t { 1 } << 63;
  return static_cast<uint64_t>(x);
}

template <class T, class Load>
void rank_line(const TopKArgs& args, int64_t first, Ranked* ranked, Load load) {
  const T* x = static_cast<const T*>(args.x);
  const uint64_t turned = args.smallest ? UINT64_MAX : 0;
  for (int64_t i = 0; i < args.n; ++i) ranked[i] = {key_of(load(x[first + i * args.inner])) ^ turned, i};
}

void rank_line(const TopKArgs& args, int64_t first, Ranked* ranked) {
  const auto same = [](auto x) { return x; };
  switch (args.type) {
    case DType::f64: return rank_line<double>(args, first, ranked, same);
    case DType::f32: return rank_line<float>(args, first, ranked, [](float x) { return static_cast<double>(x); });
    case DType::f16:
      return rank_line<uint16_t>(args, first, ranked, [](uint16_t x) { return static_cast<double>(f16_to_f32(x)); });
    case DType::bf16:
      return rank_line<uint16_t>(args, first, ranked, [](uint16_t x) { return static_cast<double>(bf16_to_f32(x)); });
    case DType::i64: return rank_line<int64_t>(args, first, ranked, same);
    case DType::i32: return rank_line<int32_t>(args, first, ranked, same);
    case DType::i16: return rank_line<int16_t>(args, first, ranked, same);
    case DType::i8: return rank_line<int8_t>(args, first, ranked, same);
    case DType::u64: return rank_line<uint64_t>(args, first, ranked, same);
    case DType::u32: return rank_line<uint32_t>(args, first, ranked, same);
    case DType::u16: return rank_line<uint16_t>(args, first, ranked, same);
    default: return rank_line<uint8_t>(args, first, ranked, same);
  }
}

template <class T>
void pick(const TopKArgs& args, int64_t from, int64_t to, const Ranked* ranked) {
  for (int64_t i = 0; i < args.k; ++i) {
    static_cast<T*>(args.values)[to + i * args.inner] =
        static_cast<const T*>(args.x)[from + ranked[i].place * args.inner];
    args.places[to + i * args.inner] = ranked[i].place;
  }
}

/// Few of many are kept in a heap; of many, they are parted from the others first.
void select(Ranked* ranked, int64_t n, int64_t k) {
  constexpr int64_t kFew = 16;
  if (k * kFew > n && k < n) {
    std::nth_element(ranked, ranked + k, ranked + n, comes_before);
    n = k;
  }
  std::partial_sort(ranked, ranked + k, ranked + n, comes_before);
}

}  // namespace

int64_t top_k_bytes(int64_t n) { return n * static_cast<int64_t>(sizeof(Ranked)); }

void top_k(const TopKArgs& args, Team& team) noexcept {
  auto* ranked = reinterpret_cast<Ranked*>(static_cast<char*>(args.scratch) + team.rank() * top_k_bytes(args.n));
  const Team::Range share = team.share(args.outer * args.inner);
  for (int64_t line = share.begin; line < share.end; ++line) {
    const int64_t o = line / args.inner, i = line % args.inner;
    const int64_t from = o * args.n * args.inner + i, to = o * args.k * args.inner + i;
    rank_line(args, from, ranked);
    select(ranked, args.n, args.k);
    switch (bits_of(args.type)) {
      case 8: pick<uint8_t>(args, from, to, ranked); break;
      case 16: pick<uint16_t>(args, from, to, ranked); break;
      case 32: pick<uint32_t>(args, from, to, ranked); break;
      default: pick<uint64_t>(args, from, to, ranked); break;
    }
  }
}

}  // namespace lathe::cpu
