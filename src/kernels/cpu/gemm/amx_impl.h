#pragma once
// Tiles of 16 rows of X (two), of 32 values of k by 16 columns of W (two) and four of sums: a step of 32 values of k
// is four loads and four products. Sums stay in tiles for a block of k and continue from memory in the next one.
//
// The tile unit leaves the vector unit idle, so the epilogue of the panels before is done between the steps of the
// present ones: sums live in two buffers that take turns.
#include "kernels/cpu/gemm/epilogue_impl.h"

namespace lathe::cpu {
namespace {

using simd::bf16;

constexpr int kTileRows = 16, kTileK = 32, kPanels = 2, kSumsStride = kPanels * kGemmPanel;
constexpr int64_t kStepBytes = kTileK * kGemmPanel * 2;  ///< of a panel

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The compiler takes the tile instructions for ones that read no memory.
LATHE_SIMD void memory_is_written() { __asm__ volatile("" ::: "memory"); }

void configure(int64_t height) {
  struct alignas(64) {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } config;
  __builtin_memset(&config, 0, sizeof config);
  config.palette = 1;
  for (int tile = 0; tile < 8; ++tile) {
    config.row_bytes[tile] = 64;
    config.rows[tile] = tile < 6 ? static_cast<uint8_t>(height) : kTileRows;  // 0-3 sums, 4-5 X, 6-7 W
  }
  __asm__ volatile("" ::"r"(&config) : "memory");
  _tile_loadconfig(&config);
}

/// A block of rows, cut into groups of equally many: the last group begins early enough to be whole, so some rows are
/// in two groups. Group g has its sums at [g height], and the second copy of a row is the one that is used.
struct Rows {
  const char* x;
  int64_t x_stride;  ///< bytes
  int64_t count, groups, height;

  Rows(const char* x_, int64_t x_stride_, int64_t count_)
      : x(x_),
        x_stride(x_stride_),
        count(count_),
        groups(ceil_div(count_, kTileRows)),
        height(ceil_div(count_, groups)) {}
  int64_t passes() const { return ceil_div(groups, 2); }
  const char* group(int64_t g) const {
    const int64_t row = g * height, last = count - height;
    return x + (row < last ? row : last) * x_stride;
  }
};

/// The epilogue of a rectangle of sums, a row at a time.
template <Activation A, class Out>
class Finisher {
 public:
  int64_t left() const { return left_; }
  void begin(const GemmArgs& args, const Rows& rows, const float* sums, int64_t row, int64_t column, int64_t columns,
             Out* out, int64_t out_stride) {
    sums_ = sums;
    bias_ = args.bias != nullptr ? args.bias + column : nullptr;
    residual_stride_ = args.residual_stride;
    residual_ = static_cast<const bf16*>(args.residual);
    if (residual_ != nullptr) residual_ += row * residual_stride_ + column;
    out_ = out;
    out_stride_ = out_stride;
    left_ = rows.count;
    columns_ = static_cast<int>(columns);
    jump_ = (rows.groups * rows.height - rows.count) * kSumsStride;
    left_at_jump_ = rows.count - (rows.groups - 1) * rows.height;
    if (left_at_jump_ == left_) jump_ = 0;
  }
  bool whole() const { return columns_ == kSumsStride; }
  /// Does the next row, of kSumsStride columns.
  inline __attribute__((always_inline)) void row() {
    finish_vector<A>(simd::load(sums_), bias_, residual_, out_, 0, simd::All{});
    finish_vector<A>(simd::load(sums_ + kGemmPanel), bias_, residual_, out_, kGemmPanel, simd::All{});
    advance();
  }
  void finish() {
    if (whole()) {
      while (left_ > 0) row();
      return;
    }
    while (left_ > 0) {
      const float* sums = sums_;
      simd::for_row(
          columns_, [&](int64_t c, auto lanes) __attribute__((always_inline)) {
            finish_vector<A>(simd::load(sums + c), bias_, residual_, out_, c, lanes);
          });
      advance();
    }
  }

 private:
  inline __attribute__((always_inline)) void advance() {
    sums_ += kSumsStride;
    out_ += out_stride_;
    if (residual_ != nullptr) residual_ += residual_stride_;
    if (--left_ == left_at_jump_) sums_ += jump_;
  }

  const float *sums_ = nullptr, *bias_ = nullptr;
  const bf16* residual_ = nullptr;
  Out* out_ = nullptr;
  int64_t residual_stride_ = 0, out_stride_ = 0, left_ = 0, left_at_jump_ = 0, jump_ = 0;
  int columns_ = 0;
};

/// How the loops are arranged; changes no result.
struct AmxPlan {
  int64_t k_block;   ///< values of k whose panels of W stay in the first-level cache
  int64_t x_ahead;   ///< steps of k by which X is asked for before it is read; 0: never
  bool interleaved;  ///< the epilogue runs between the products of the next panels
};

/// Operands of one pass: one or two groups of rows, one or two panels.
struct Pass {
  const char *x0, *x1;
  int64_t x_stride, height;
  const char *w0, *w1;
  int64_t steps;
  float *sums0, *sums1;
  bool resume;                ///< sums continue from memory
  const char *next0, *next1;  ///< W of the next chunk, this pass's part
  int64_t next_lines;         ///< a step and panel
};

template <int groups, int panels, int64_t x_ahead, class F>
void run_pass(const Pass& p, F& finisher, int64_t rows_per_step) {
  constexpr int64_t stride = kSumsStride * static_cast<int64_t>(sizeof(float));
  if (p.resume) {
    _tile_loadd(0, p.sums0, stride);
    if constexpr (panels > 1) _tile_loadd(1, p.sums0 + kGemmPanel, stride);
    if constexpr (groups > 1) _tile_loadd(2, p.sums1, stride);
    if constexpr (groups > 1 && panels > 1) _tile_loadd(3, p.sums1 + kGemmPanel, stride);
  } else {
    _tile_zero(0);
    if constexpr (panels > 1) _tile_zero(1);
    if constexpr (groups > 1) _tile_zero(2);
    if constexpr (groups > 1 && panels > 1) _tile_zero(3);
  }
  const char *x0 = p.x0, *x1 = p.x1, *w0 = p.w0, *w1 = p.w1, *next0 = p.next0, *next1 = p.next1;
  for (int64_t step = 0; step < p.steps; ++step) {
    _tile_loadd(6, w0, 64);
    _tile_loadd(4, x0, p.x_stride);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (panels > 1) {
      _tile_loadd(7, w1, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (groups > 1) {
      _tile_loadd(5, x1, p.x_stride);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (panels > 1) _tile_dpbf16ps(3, 5, 7);
      x1 += 2 * kTileK;
    }
    if constexpr (x_ahead > 0) {
      for (int r = 0; r < p.height; ++r) {
        _mm_prefetch(x0 + r * p.x_stride + x_ahead * 2 * kTileK, _MM_HINT_T0);
        if constexpr (groups > 1) _mm_prefetch(x1 + r * p.x_stride + (x_ahead - 1) * 2 * kTileK, _MM_HINT_T0);
      }
    }
    x0 += 2 * kTileK;
    w0 += kStepBytes;
    if constexpr (panels > 1) w1 += kStepBytes;
    for (int64_t i = 0; i < p.next_lines; ++i, next0 += 64) _mm_prefetch(next0, _MM_HINT_T1);
    if constexpr (panels > 1)
      for (int64_t i = 0; i < p.next_lines; ++i, next1 += 64) _mm_prefetch(next1, _MM_HINT_T1);
    for (int64_t i = 0; i < rows_per_step && finisher.left() > 0; ++i) finisher.row();
  }
  _tile_stored(0, p.sums0, stride);
  if constexpr (panels > 1) _tile_stored(1, p.sums0 + kGemmPanel, stride);
  if constexpr (groups > 1) _tile_stored(2, p.sums1, stride);
  if constexpr (groups > 1 && panels > 1) _tile_stored(3, p.sums1 + kGemmPanel, stride);
}

/// What the epilogue writes: Y, or FP32 for the LayerNorm.
template <class Y, bool norm>
struct OutOf {
  using type = Y;
};
template <class Y>
struct OutOf<Y, true> {
  using type = float;
};

template <AmxPlan plan>
struct Amx {
  static constexpr int64_t k_block = plan.k_block;

  /// sums = X W for one step of panels, and rows of the finisher in between.
  template <class F>
  static void multiply_panels(const GemmTask& task, const Rows& rows, int64_t panel, int panels, float* sums,
                              F& finisher) {
    const int64_t k_steps = ceil_div(task.args->k, kTileK), w_stride = k_steps * kStepBytes;
    if (k_steps == 0) __builtin_memset(sums, 0, static_cast<size_t>(rows.groups * rows.height * stride_bytes));
    const char* w = static_cast<const char*>(task.args->w) + panel * w_stride;
    const int64_t passes = rows.passes();
    const int64_t rows_per_step = finisher.whole() ? ceil_div(finisher.left(), k_steps * passes + 1) : 0;
    memory_is_written();
    for (int64_t begin = 0; begin < k_steps; begin += k_block / kTileK) {
      const int64_t left = k_steps - begin, steps = left < k_block / kTileK ? left : k_block / kTileK;
      const char* chunk = w + begin * kStepBytes;
      const char* next = left > steps ? chunk + steps * kStepBytes : w + panels * w_stride;
      for (int64_t i = 0; i < passes; ++i) {
        const int64_t g = 2 * i, offset = begin * kTileK * 2;
        const bool pair = g + 1 < rows.groups;
        const char* fetch = next + steps * kStepBytes * i / passes;
        float* to = sums + g * rows.height * kSumsStride;
        const Pass pass{rows.group(g) + offset,
                        pair ? rows.group(g + 1) + offset : nullptr,
                        rows.x_stride,
                        rows.height,
                        chunk,
                        chunk + w_stride,
                        steps,
                        to,
                        to + rows.height * kSumsStride,
                        begin > 0,
                        fetch,
                        fetch + w_stride,
                        ceil_div(kStepBytes / 64, passes)};
        if (pair && panels == 2)
          run_pass<2, 2, plan.x_ahead>(pass, finisher, rows_per_step);
        else if (panels == 2)
          run_pass<1, 2, plan.x_ahead>(pass, finisher, rows_per_step);
        else if (pair)
          run_pass<2, 1, plan.x_ahead>(pass, finisher, rows_per_step);
        else
          run_pass<1, 1, plan.x_ahead>(pass, finisher, rows_per_step);
      }
    }
  }

  template <Activation A, class Y, bool norm>
  static void multiply_rows(const GemmTask& task) {
    using Out = typename OutOf<Y, norm>::type;
    const GemmArgs& args = *task.args;
    const int64_t total = task.row_end - task.row_begin, blocks = ceil_div(total, task.block_rows);
    const int64_t buffer = ceil_div(task.block_rows, kTileRows) * kTileRows * kSumsStride;
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t row = task.row_begin + total * i / blocks, end = task.row_begin + total * (i + 1) / blocks;
      const bf16* x = static_cast<const bf16*>(args.x) + row * args.x_stride;
      int64_t x_stride = args.x_stride;
      if (task.x_copy != nullptr) {
        bf16* copy = static_cast<bf16*>(task.x_copy);
        copy_rows(x, x_stride, end - row, args.k, copy, task.x_copy_stride);
        x = copy;
        x_stride = task.x_copy_stride;
      }
      const Rows rows(reinterpret_cast<const char*>(x), x_stride * 2, end - row);
      configure(rows.height);
      Finisher<A, Out> finisher;
      Out* out = nullptr;
      int64_t out_stride = args.y_stride;
      if constexpr (norm) {
        out = sums_of_block(task, row);
        out_stride = task.sums_stride;
      } else {
        out = static_cast<Y*>(args.y) + row * args.y_stride;
      }
      float *sums = task.tile_sums, *other = sums + buffer;
      for (int64_t panel = task.panel_begin; panel < task.panel_end; panel += kPanels) {
        const int64_t left = task.panel_end - panel, column = panel * kGemmPanel;
        const int panels = left < kPanels ? static_cast<int>(left) : kPanels;
        const int64_t width = panels * kGemmPanel, rest = args.n - column;
        multiply_panels(task, rows, panel, panels, sums, finisher);
        finisher.finish();
        finisher.begin(args, rows, sums, row, column, width < rest ? width : rest, out + column, out_stride);
        if (!plan.interleaved) finisher.finish();
        float* swap = sums;
        sums = other;
        other = swap;
      }
      finisher.finish();
      if (task.normalize_here) normalize_rows<Y>(task, row, end, sums_of_block(task, row));
    }
    _tile_release();
  }

  template <class Y, bool norm>
  static void multiply_to(const GemmTask& task) {
    switch (task.args->activation) {
      case Activation::none: return multiply_rows<Activation::none, Y, norm>(task);
      case Activation::relu: return multiply_rows<Activation::relu, Y, norm>(task);
      case Activation::tanh: return multiply_rows<Activation::tanh, Y, norm>(task);
      case Activation::gelu: return multiply_rows<Activation::gelu, Y, norm>(task);
      case Activation::gelu_tanh: return multiply_rows<Activation::gelu_tanh, Y, norm>(task);
    }
  }

  template <class Y>
  static void multiply(const GemmTask& task) {
    if (task.args->layer_norm)
      multiply_to<Y, true>(task);
    else
      multiply_to<Y, false>(task);
  }

  static constexpr int64_t stride_bytes = kSumsStride * static_cast<int64_t>(sizeof(float));
};

}  // namespace
}  // namespace lathe::cpu

#define LATHE_GEMM_AMX(symbol, plan, Y) LATHE_GEMM_FUNCTIONS_OF(symbol, Amx<plan>::multiply<Y>(task), Y)
