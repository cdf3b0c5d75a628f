#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/device.h"
#include "backends/step.h"
#include "base/cpu.h"

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

/// The device's name where there is none: steps run on the processor, tensors lie in the process's own memory.
inline constexpr std::string_view kHost = "cpu";

/// "Can you run this op on this machine (on `device`), and how?"
struct Question {
  const ops::Op& op;
  std::span<const Operand> inputs, outputs;
  const Machine& machine;
  std::string_view device = kHost;
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
  /// The format in which it reads an input, and nothing else then. Row-major stands for no wish: it reads all layouts
  /// up to input_layout(). What lies otherwise a plan copies before (ops/copy.h).
  virtual Format input_format(const Question& /*question*/, size_t /*input*/) const { return {}; }
  /// The most general layout of an input that it reads.
  virtual Layout input_layout(size_t /*input*/) const { return Layout::dense; }
  /// The format in which it gives an output, with zeros where blocks are filled up. Row-major: it gives any format of a
  /// layout up to output_layout() that a plan has there.
  virtual Format output_format(const Question& /*question*/, size_t /*output*/) const { return {}; }
  virtual Layout output_layout(size_t /*output*/) const { return Layout::dense; }
  /// A CpuStep where the tactic's backend is the processor's, else a DeviceStep.
  virtual std::unique_ptr<Step> prepare(const Question& question) const = 0;
};

/// A layout of constant matrices that tactics read; k of [.., n] counts all leading dimensions.
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
  /// What its steps run on; null: the processor.
  virtual Device* device() const { return nullptr; }
  virtual const std::vector<const Tactic*>& tactics() const = 0;
  virtual std::span<const WeightFormat> weight_formats() const { return {}; }
};

/// The backends of a device, the preferred first; of the processor: cpu, reference. Opens what is not open yet
/// (backends/library.h). Error(unsupported_machine) where the device cannot be had, with the reason.
const std::vector<const Backend*>& backends_of(std::string_view device);
/// Null where none of the device's backends has it.
const Tactic* find_tactic(std::string_view name, std::string_view device = kHost);
const WeightFormat* find_weight_format(std::string_view name, std::string_view device = kHost);

}  // namespace lathe::backends
