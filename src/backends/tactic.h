#pragma once
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu.h"
#include "base/thread_pool.h"
#include "lathe/error.h"
#include "ops/op.h"

namespace lathe::backends {

/// The machine that tactics are asked about.
struct Machine {
  Features features;
  int threads = 1;
  int64_t l1d_bytes = 0, l2_bytes = 0, l3_bytes = 0;
};
/// This machine, with active_features().
Machine this_machine(int threads);

/// An input or output of an op while a plan is made.
struct Operand {
  ops::TensorType type;
  Shape typical;          ///< sizes at the profile's `opt` shapes
  bool constant = false;  ///< a weight: its data can be packed
  /// Of a constant that another step reads in a packed format: that format, and how it was packed. Empty: row-major.
  std::string_view format{};
  bool transposed = false;
};

/// "Can you run this op on this machine, and how?"
struct Question {
  const ops::Op& op;
  std::span<const Operand> inputs, outputs;
  const Machine& machine;
};

/// A tensor while a plan runs. Rows (the last dimension) are contiguous; consecutive rows lie `row_stride` elements
/// apart, which is the last dimension's size unless the tensor is a view of a wider one.
struct TensorView {
  void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
  int64_t row_stride = 0;
  int64_t width() const { return shape.rank() == 0 ? 1 : shape[-1]; }
  int64_t rows() const { return width() == 0 ? 0 : shape.count() / width(); }
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

/// One run of one step.
struct Launch {
  std::span<const TensorView> inputs, outputs;
  std::byte* workspace = nullptr;  ///< workspace() bytes, 64-byte aligned, shared by the team
  int64_t* extents = nullptr;      ///< what this op counts (Op::counts), in that order
  Fault* fault = nullptr;
  std::span<const int64_t> sizes = {};  ///< of Op::dims(), where these are not all constants
};

/// An op made ready for an engine: immutable, shared by contexts and threads.
class Step {
 public:
  virtual ~Step() = default;
  /// Bytes of scratch memory for these shapes and at most this many threads.
  virtual size_t workspace(std::span<const TensorView> /*inputs*/, std::span<const TensorView> /*outputs*/,
                           int /*threads*/) const {
    return 0;
  }
  /// Called by every member of the team; the caller puts a barrier between steps. Allocates nothing.
  virtual void run(const Launch& launch, Team& team) const noexcept = 0;
};

/// One way to run one op on one kind of machine.
class Tactic {
 public:
  virtual ~Tactic() = default;
  /// Stable: plans and logs name it. "cpu.linear.f32.avx2"
  virtual std::string_view name() const = 0;
  virtual std::string_view op() const = 0;
  /// Empty when it can; else the reason, from the vocabulary in reasons.h.
  virtual std::string refuse(const Question& question) const = 0;
  /// Estimated microseconds at the typical shapes, from the fixed model in cost.h.
  virtual double cost(const Question& question) const = 0;
  /// The format in which this constant input is to be stored ("" = row-major). All tactics of one op and type that
  /// may replace each other on another machine answer the same. One that reads the operand's present format as well as
  /// row-major answers that, so that the weight is stored once.
  virtual std::string_view weight_format(const Question& /*question*/, size_t /*input*/) const { return {}; }
  /// Whether rows of this input or output may lie further apart than they are wide.
  virtual bool strided_input(size_t /*input*/) const { return false; }
  virtual std::unique_ptr<Step> prepare(const Question& question) const = 0;
};

/// A layout of constant matrices that tactics read.
struct WeightFormat {
  std::string_view name;
  /// Bytes for a [k, n] matrix.
  size_t (*bytes)(int64_t k, int64_t n);
  /// From row-major [k, n], or [n, k] when transposed, elements of `type`. `out` has bytes(k, n).
  void (*pack)(const void* source, DType type, bool transposed, int64_t k, int64_t n, void* out, Team& team);
  /// The inverse: to row-major f32 or bf16 elements (the format's own type).
  void (*unpack)(const void* packed, bool transposed, int64_t k, int64_t n, void* out);
  DType type;
};

/// A set of tactics and the formats that they read.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string_view name() const = 0;
  virtual const std::vector<const Tactic*>& tactics() const = 0;
  virtual std::span<const WeightFormat> weight_formats() const { return {}; }
};

/// The backends of this build, the preferred first: cpu, reference.
const std::vector<const Backend*>& all_backends();
/// Null where no backend has it.
const Tactic* find_tactic(std::string_view name);
const WeightFormat* find_weight_format(std::string_view name);

}  // namespace lathe::backends
