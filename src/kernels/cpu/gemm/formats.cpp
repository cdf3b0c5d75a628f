#include <algorithm>
#include <cstring>

#include "base/dim.h"
#include "base/error.h"
#include "base/half.h"
#include "kernels/cpu/gemm/gemm.h"

namespace lathe::cpu {
namespace {

constexpr int64_t kPanel = 16;

int64_t panels(int64_t n) { return (n + kPanel - 1) / kPanel; }
int64_t padded_k(int64_t k) { return (k + 31) / 32 * 32; }

size_t panel_bytes(int64_t rows, int64_t n, size_t element) {
  return static_cast<size_t>(saturating_mul(saturating_mul(panels(n), rows), kPanel * static_cast<int64_t>(element)));
}
size_t f32_bytes(int64_t k, int64_t n) { return panel_bytes(k, n, sizeof(float)); }
size_t bf16_bytes(int64_t k, int64_t n) { return panel_bytes(padded_k(k), n, sizeof(uint16_t)); }

struct F32 {
  using Storage = float;
  static float widen(float v) { return v; }
  static float narrow(float v) { return v; }
};
struct F16 {
  using Storage = uint16_t;
  static float widen(uint16_t v) { return f16_to_f32(v); }
};
struct Bf16 {
  using Storage = uint16_t;
  static float widen(uint16_t v) { return bf16_to_f32(v); }
  static uint16_t narrow(float v) { return f32_to_bf16(v); }
};

/// One panel: `pairs` = 1 writes [k][16], 2 writes [k' / 2][16][2].
template <class Source, class Target, int pairs>
void pack_panel(const typename Source::Storage* source, bool transposed, int64_t k, int64_t n, int64_t column,
                typename Target::Storage* out) {
  int64_t width = std::min(kPanel, n - column);
  int64_t rows = pairs == 1 ? k : padded_k(k);
  if (width < kPanel || rows != k) std::memset(out, 0, static_cast<size_t>(rows * kPanel) * sizeof *out);
  auto place = [&](int64_t row, int64_t c) { return (row / pairs * kPanel + c) * pairs + row % pairs; };
  // Tiles of 16 rows keep both the source's and the panel's cache lines in use when W is transposed.
  for (int64_t row = 0; row < k; row += kPanel) {
    int64_t end = std::min(row + kPanel, k);
    if (transposed) {
      for (int64_t c = 0; c < width; ++c)
        for (int64_t r = row; r < end; ++r)
          out[place(r, c)] = Target::narrow(Source::widen(source[(column + c) * k + r]));
    } else {
      for (int64_t r = row; r < end; ++r)
        for (int64_t c = 0; c < width; ++c)
          out[place(r, c)] = Target::narrow(Source::widen(source[r * n + column + c]));
    }
  }
}

template <class Source, class Target, int pairs>
void pack_all(const void* source, bool transposed, int64_t k, int64_t n, void* out, Team& team) {
  auto* target = static_cast<typename Target::Storage*>(out);
  int64_t panel_size = (pairs == 1 ? k : padded_k(k)) * kPanel;
  auto [begin, end] = team.share(panels(n));
  for (int64_t p = begin; p < end; ++p)
    pack_panel<Source, Target, pairs>(static_cast<const typename Source::Storage*>(source), transposed, k, n,
                                      p * kPanel, target + p * panel_size);
}

template <class Target, int pairs>
void pack(const void* source, DType type, bool transposed, int64_t k, int64_t n, void* out, Team& team) {
  switch (type) {
    case DType::f32: return pack_all<F32, Target, pairs>(source, transposed, k, n, out, team);
    case DType::f16: return pack_all<F16, Target, pairs>(source, transposed, k, n, out, team);
    case DType::bf16: return pack_all<Bf16, Target, pairs>(source, transposed, k, n, out, team);
    default:
      fail(ErrorCode::unsupported, "packing a weight", "convert it to f32, f16 or bf16 first", "elements of type {}",
           to_string(type));
  }
}

template <class Target, int pairs>
void unpack(const void* packed, bool transposed, int64_t k, int64_t n, void* out) {
  using T = typename Target::Storage;
  const T* source = static_cast<const T*>(packed);
  T* target = static_cast<T*>(out);
  int64_t panel_size = (pairs == 1 ? k : padded_k(k)) * kPanel;
  for (int64_t r = 0; r < k; ++r)
    for (int64_t c = 0; c < n; ++c)
      target[transposed ? c * k + r : r * n + c] =
          source[c / kPanel * panel_size + (r / pairs * kPanel + c % kPanel) * pairs + r % pairs];
}

constexpr GemmFormat formats[] = {
    {"panel16.f32", DType::f32, f32_bytes, pack<F32, 1>, unpack<F32, 1>},
    {"panel16.bf16", DType::bf16, bf16_bytes, pack<Bf16, 2>, unpack<Bf16, 2>},
};

}  // namespace

std::span<const GemmFormat> gemm_formats() { return formats; }

int64_t panel_elements(DType w, int64_t k) { return (w == DType::bf16 ? padded_k(k) : k) * kPanel; }

const GemmFormat& gemm_format(DType w) { return formats[w == DType::bf16 ? 1 : 0]; }

}  // namespace lathe::cpu
