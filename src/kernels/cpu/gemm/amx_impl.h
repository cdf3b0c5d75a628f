#pragma once
// Tiles of 16 rows of X (two), of 32 values of k by 16 columns of W (two) and four of sums. A step of 32 values of k is
// four loads and four products; a pass is all steps of k, so that sums never leave the tiles half done. Two panels of W
// stay in the caches while the rows of a block pass, two groups of 16 at a time; meanwhile each pass asks for its part
// of the next two panels and for the lines of Y that its epilogue will write.
//
// The tile unit leaves the vector unit idle: where the activation is costly, the epilogue of a pass is done between the
// steps of the next one. A cheap one costs less right after its pass, while the sums are at hand.
#include "base/round.h"
#include "kernels/cpu/amx.h"
#include "kernels/cpu/gemm/epilogue_impl.h"

namespace lathe::cpu {
namespace {

using simd::bf16;

constexpr int kTileRows = 16, kTileK = 32, kPanels = 2, kSumsStride = kPanels * kGemmPanel;
constexpr int64_t kStepBytes = kTileK * kGemmPanel * 2;  ///< of a panel

/// A block of rows, cut into groups of equally many: the last group begins early enough to be whole, so some rows are
/// in two groups, and are finished only once.
struct Rows {
  const char* x;
  int64_t x_stride;  ///< bytes
  int64_t count, groups, height;

  Rows(const bf16* x_, int64_t x_stride_, int64_t count_)
      : x(reinterpret_cast<const char*>(x_)),
        x_stride(2 * x_stride_),
        count(count_),
        groups(ceil_div(count_, kTileRows)),
        height(ceil_div(count_, groups)) {}
  int64_t passes() const { return ceil_div(groups, 2); }
  /// The rows that the pass over the groups g and g + 1 finishes.
  Team::Range finished_by(int64_t g) const { return {g * height, g + 2 < groups ? (g + 2) * height : count}; }
  const char* group(int64_t g) const {
    const int64_t row = g * height, last = count - height;
    return x + (row < last ? row : last) * x_stride;
  }
  /// Rows of the last group that the one before has, too.
  int64_t twice() const { return groups * height - count; }
};

LATHE_SIMD void store_row(float* out, f32v low, f32v high) {
  store(out, low);
  store(out + kGemmPanel, high);
}
/// A whole cache line at once.
LATHE_SIMD void store_row(bf16* out, f32v low, f32v high) {
  _mm512_storeu_si512(out, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
}

/// The epilogue of the rows of one pass, a row at a time.
template <Activation A, class Out>
class Finisher {
 public:
  /// Where the columns from `column` on of the block of rows from `row` on go: Y, or what the LayerNorm reads.
  void columns(const GemmArgs& args, int64_t row, int64_t column, int64_t count, Out* out, int64_t out_stride) {
    next_ = {args.bias != nullptr ? args.bias + column : nullptr, static_cast<const bf16*>(args.residual), out,
             static_cast<int>(count)};
    residual_stride_ = next_.residual != nullptr ? args.residual_stride : 0;
    if (next_.residual != nullptr) next_.residual += row * residual_stride_ + column;
    out_stride_ = out_stride;
  }
  /// What a pass over the groups g and g + 1 has left in `sums`.
  void begin(const Rows& rows, int64_t g, const float* sums) {
    const int64_t last = rows.groups - 1;
    const Team::Range range = rows.finished_by(g);
    at_ = next_;
    if (at_.residual != nullptr) at_.residual += range.begin * residual_stride_;
    at_.out += range.begin * out_stride_;
    sums_ = sums + (g == last ? rows.twice() * kSumsStride : 0);
    left_ = range.end - range.begin;
    jump_ = g + 1 == last ? rows.twice() * kSumsStride : 0;
    left_at_jump_ = left_ - rows.height;
  }
  int64_t left() const { return left_; }
  bool whole() const { return at_.columns == kSumsStride; }
  /// The next rows, of kSumsStride columns.
  inline __attribute__((always_inline)) void rows(int64_t count) {
    for (int64_t i = 0; i < count && left_ > 0; ++i) {
      store_row(at_.out, finished<A, Out>(load(sums_), at_.bias, at_.residual, 0, All{}),
                finished<A, Out>(load(sums_ + kGemmPanel), at_.bias, at_.residual, kGemmPanel, All{}));
      advance();
    }
  }
  void finish() {
    if (whole()) return rows(left_);
    while (left_ > 0) {
      const Place at = at_;
      const float* sums = sums_;
      for_row(
          at.columns, [=](int64_t c, auto lanes) __attribute__((always_inline)) {
            finish_vector<A>(load(sums + c), at.bias, at.residual, at.out, c, lanes);
          });
      advance();
    }
  }

 private:
  struct Place {
    const float* bias = nullptr;
    const bf16* residual = nullptr;
    Out* out = nullptr;
    int columns = 0;
  };

  inline __attribute__((always_inline)) void advance() {
    sums_ += kSumsStride;
    at_.out += out_stride_;
    at_.residual += residual_stride_;
    if (--left_ == left_at_jump_) sums_ += jump_;
  }

  Place next_, at_;
  const float* sums_ = nullptr;
  int64_t residual_stride_ = 0, out_stride_ = 0, left_ = 0, left_at_jump_ = 0, jump_ = 0;
};

/// How the loops are arranged; changes no result.
struct AmxPlan {
  enum class Overlap { never, costly, always };
  Overlap overlap;  ///< which activations run between the products of the next pass
  bool claim;       ///< lines of Y are fetched for writing before the epilogue comes to them
  int64_t ahead;    ///< where W is read only once, it is asked for so many bytes ahead; 0: in the next panels
};

/// Operands of one pass: one or two groups of rows, one or two panels.
struct Pass {
  const char *x0, *x1;
  int64_t x_stride, height;
  const char *w0, *w1;
  int64_t steps;
  float* sums;                ///< [groups height][kSumsStride]
  const char *next0, *next1;  ///< W of the next panels, this pass's part
  int64_t next_lines;         ///< a step and panel
  const char* claim;          ///< the first of claim_rows lines of Y, claim_stride bytes apart
  int64_t claim_stride, claim_rows;
};

/// `once`: no other pass reads the same W, so it is asked for into the first-level cache.
template <int groups, int panels, bool once, class F>
void run_pass(const Pass& p, F& finisher) {
  constexpr int64_t stride = kSumsStride * static_cast<int64_t>(sizeof(float));
  const char *x0 = p.x0, *x1 = p.x1, *w0 = p.w0, *w1 = p.w1, *next0 = p.next0, *next1 = p.next1, *claim = p.claim;
  constexpr auto hint = once ? _MM_HINT_T0 : _MM_HINT_T1;
  const int64_t x_stride = p.x_stride, steps = p.steps, lines = p.next_lines;
  const int64_t rows_a_step = finisher.whole() ? ceil_div(finisher.left(), steps + 1) : 0;
  const int64_t claims_a_step = ceil_div(p.claim_rows, steps + 1);
  int64_t claims = p.claim_rows;
  memory_is_written();
  _tile_zero(0);
  if constexpr (panels > 1) _tile_zero(1);
  if constexpr (groups > 1) _tile_zero(2);
  if constexpr (groups > 1 && panels > 1) _tile_zero(3);
  for (int64_t step = 0; step < steps; ++step) {
    _tile_loadd(6, w0, 64);
    _tile_loadd(4, x0, x_stride);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (panels > 1) {
      _tile_loadd(7, w1, 64);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (groups > 1) {
      _tile_loadd(5, x1, x_stride);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (panels > 1) _tile_dpbf16ps(3, 5, 7);
      x1 += 2 * kTileK;
    }
    x0 += 2 * kTileK;
    w0 += kStepBytes;
    if constexpr (panels > 1) w1 += kStepBytes;
    for (int64_t i = 0; i < lines; ++i, next0 += 64) _mm_prefetch(next0, hint);
    if constexpr (panels > 1)
      for (int64_t i = 0; i < lines; ++i, next1 += 64) _mm_prefetch(next1, hint);
    for (int64_t i = 0; i < claims_a_step && claims > 0; ++i, --claims, claim += p.claim_stride)
      __asm__ volatile("prefetchw %0" ::"m"(*claim));
    finisher.rows(rows_a_step);
  }
  finisher.finish();
  _tile_stored(0, p.sums, stride);
  if constexpr (panels > 1) _tile_stored(1, p.sums + kGemmPanel, stride);
  if constexpr (groups > 1) _tile_stored(2, p.sums + p.height * kSumsStride, stride);
  if constexpr (groups > 1 && panels > 1) _tile_stored(3, p.sums + p.height * kSumsStride + kGemmPanel, stride);
  memory_is_written();
}

template <int panels, bool once, class F>
void run_groups(const Pass& pass, bool pair, F& finisher) {
  pair ? run_pass<2, panels, once>(pass, finisher) : run_pass<1, panels, once>(pass, finisher);
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
  static constexpr bool overlaps(Activation activation) {
    const bool costly = activation != Activation::none && activation != Activation::relu;
    return plan.overlap == AmxPlan::Overlap::always || (plan.overlap == AmxPlan::Overlap::costly && costly);
  }

  /// A step of panels for a block of rows. `columns` points the finisher at them, once it is done with those before;
  /// out: where they go, null if those lines need no claim.
  template <bool overlap, class F, class Columns>
  static void multiply_panels(const GemmTask& task, const Rows& rows, int64_t panel, int panels, const char* out,
                              int64_t out_stride, F& finisher, Columns columns) {
    const int64_t steps = ceil_div(task.args->k, kTileK), w_stride = steps * kStepBytes, passes = rows.passes();
    const char *w = static_cast<const char*>(task.args->w) + panel * w_stride, *next = w + panels * w_stride;
    for (int64_t i = 0; i < passes; ++i) {
      const int64_t g = 2 * i;
      const bool pair = g + 1 < rows.groups;
      const bool once = plan.ahead > 0 && passes == 1;
      const char* fetch = once ? w + plan.ahead : next + w_stride * i / passes;
      const Team::Range range = rows.finished_by(g);
      Pass pass{};
      pass.x0 = rows.group(g);
      pass.x1 = pair ? rows.group(g + 1) : nullptr;
      pass.x_stride = rows.x_stride;
      pass.height = rows.height;
      pass.w0 = w;
      pass.w1 = w + w_stride;
      pass.steps = steps;
      pass.sums = task.tile_sums + i % 2 * 2 * kTileRows * kSumsStride;
      pass.next0 = fetch;
      pass.next1 = fetch + w_stride;
      pass.next_lines = ceil_div(kStepBytes / 64, passes);
      if (plan.claim && out != nullptr) {
        pass.claim = out + range.begin * out_stride;
        pass.claim_stride = out_stride;
        pass.claim_rows = range.end - range.begin;
      }
      if (panels == 2)
        once ? run_groups<2, true>(pass, pair, finisher) : run_groups<2, false>(pass, pair, finisher);
      else
        once ? run_groups<1, true>(pass, pair, finisher) : run_groups<1, false>(pass, pair, finisher);
      if (i == 0) columns();
      finisher.begin(rows, g, pass.sums);
      if (!overlap) finisher.finish();
    }
  }

  template <Activation A, class Y, bool norm>
  static void multiply_rows(const GemmTask& task) {
    using Out = typename OutOf<Y, norm>::type;
    const GemmArgs& args = *task.args;
    const int64_t total = task.row_end - task.row_begin, blocks = ceil_div(total, task.block_rows);
    for (int64_t i = 0; i < blocks; ++i) {
      const int64_t row = task.row_begin + total * i / blocks, end = task.row_begin + total * (i + 1) / blocks;
      const auto [x, x_stride] = rows_of_x<bf16>(task, row, end);
      const Rows rows(x, x_stride, end - row);
      // 0-3 sums and 4-5 X, as high as a group; 6-7 W.
      load_tile_heights(
          {{rows.height, rows.height, rows.height, rows.height, rows.height, rows.height, kTileRows, kTileRows}});
      Finisher<A, Out> finisher;
      Out* out = nullptr;
      int64_t out_stride = args.y_stride;
      if constexpr (norm) {
        out = sums_of_block(task, row);
        out_stride = task.sums_stride;
      } else {
        out = static_cast<Y*>(args.y) + row * args.y_stride;
      }
      for (int64_t panel = task.panel_begin; panel < task.panel_end; panel += kPanels) {
        const int64_t left = task.panel_end - panel, column = panel * kGemmPanel;
        const int panels = left < kPanels ? static_cast<int>(left) : kPanels;
        const int64_t width = panels * kGemmPanel, rest = args.n - column;
        // The sums before a LayerNorm lie in the cache already.
        const char* claim = norm ? nullptr : reinterpret_cast<const char*>(out + column);
        multiply_panels<overlaps(A)>(
            task, rows, panel, panels, claim, out_stride * static_cast<int64_t>(sizeof(Out)), finisher,
            [&] { finisher.columns(args, row, column, width < rest ? width : rest, out + column, out_stride); });
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
      default: return;  // GemmKernel::takes() refuses the others
    }
  }

  template <class Y>
  static void multiply(const GemmTask& task) {
    if (task.args->layer_norm)
      multiply_to<Y, true>(task);
    else
      multiply_to<Y, false>(task);
  }
};

}  // namespace
}  // namespace lathe::cpu

#define LATHE_GEMM_AMX(symbol, plan, Y) LATHE_GEMM_FUNCTIONS_OF(symbol, Amx<plan>::multiply<Y>(task), Y)
