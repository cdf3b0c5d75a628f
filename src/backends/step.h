#pragma once
#include <atomic>
#include <span>
#include <string>

#include "base/thread_pool.h"
#include "lathe/error.h"
#include "lathe/format.h"
#include "ops/op.h"

namespace lathe::backends {

/// How the elements of a tensor lie; a tactic takes its inputs up to some layout.
enum class Layout : uint8_t {
  dense,    ///< row-major without gaps
  rows,     ///< row-major with rows further apart than they are wide: columns of a wider tensor
  strided,  ///< any distance between neighbours along each dimension: a transposed tensor
  blocked,  ///< and one dimension in blocks (lathe/format.h)
};
/// Of a tensor that lies in this format and is no part of another.
inline Layout layout_of(const Format& format) {
  return format.is_dense() ? Layout::dense : format.block == 1 ? Layout::strided : Layout::blocked;
}

/// A tensor while a plan runs. Rows (the last dimension) are contiguous; consecutive rows lie `row_stride` elements
/// apart, which is the last dimension's size unless the tensor is a view of a wider one. With `strides`, the distance
/// in elements along each dimension, `row_stride` counts for nothing; along `axis` it is that from block to block, and
/// the `block` elements of each lie side by side, the last ones filled up with zeros by who writes the tensor:
///
///   offset(i) = sum over d != axis of i[d] * strides[d] + i[axis] / block * strides[axis] + i[axis] % block
struct TensorView {
  void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
  int64_t row_stride = 0;
  Shape strides = {};  ///< Layout::strided and blocked; else of rank 0
  int axis = 0;
  int64_t block = 1;  ///< 1: no blocks
  int64_t width() const { return shape.rank() == 0 ? 1 : shape[-1]; }
  int64_t rows() const { return width() == 0 ? 0 : shape.count() / width(); }
  /// Of a whole tensor in its format: what lies in its memory, with what fills blocks up.
  int64_t elements() const { return Format{{}, axis, block}.elements(shape); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

/// Where steps report that the data (not the plan) is at fault; the first report of a run wins.
class Fault {
 public:
  /// `problem` is a literal with up to two "{}" for the numbers; it outlives the run.
  void set(ErrorCode code, const char* problem, int64_t a = 0, int64_t b = 0) noexcept {
    bool expected = false;
    if (!taken_.compare_exchange_strong(expected, true)) return;
    problem_ = problem;
    a_ = a;
    b_ = b;
    code_.store(code, std::memory_order_release);
  }
  bool raised() const noexcept { return code_.load(std::memory_order_acquire) != ErrorCode::ok; }
  ErrorCode code() const noexcept { return code_.load(std::memory_order_acquire); }
  std::string message() const;
  const char* problem() const noexcept { return problem_; }
  int64_t number(int i) const noexcept { return i == 0 ? a_ : b_; }
  void clear() noexcept {
    taken_.store(false);
    code_.store(ErrorCode::ok);
  }

 private:
  std::atomic<bool> taken_{false};
  std::atomic<ErrorCode> code_{ErrorCode::ok};
  const char* problem_ = "";
  int64_t a_ = 0, b_ = 0;
};

/// One run of one step on the processor.
struct Launch {
  std::span<const TensorView> inputs, outputs;
  std::byte* workspace = nullptr;  ///< workspace() bytes, 64-byte aligned, shared by the team
  int64_t* extents = nullptr;      ///< what this op counts (Op::counts), in that order
  Fault* fault = nullptr;
  std::span<const int64_t> sizes = {};  ///< of Op::dims(), where these are not all constants
};

/// The value of a dimension among the op's attributes, the index-th of Op::dims().
inline int64_t size_at(const Launch& launch, size_t index, const Dim& d) {
  return d.is_constant() ? d.constant() : launch.sizes[index];
}

/// An op made ready for an engine: immutable, shared by contexts and threads.
class Step {
 public:
  virtual ~Step() = default;
  /// Bytes of scratch memory for these shapes and at most this many threads.
  virtual size_t workspace(std::span<const TensorView> /*inputs*/, std::span<const TensorView> /*outputs*/,
                           int /*threads*/) const {
    return 0;
  }
};

/// A step that a team of threads runs.
class CpuStep : public Step {
 public:
  /// Called by every member of the team; the caller puts a barrier between steps. Allocates nothing.
  virtual void run(const Launch& launch, Team& team) const noexcept = 0;
};

}  // namespace lathe::backends
