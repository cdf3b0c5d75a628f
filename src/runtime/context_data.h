#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/pages.h"
#include "lathe/engine.h"
#include "runtime/arena.h"
#include "runtime/engine_data.h"

namespace lathe::runtime {

/// One execution of an engine: what is bound, the sizes that follow, where each tensor lies, and the walk over the
/// steps. prepare() does what depends on shapes and on the requested outputs alone and is skipped while those stay.
class ContextData {
 public:
  ContextData(std::shared_ptr<const EngineData> engine, const ContextOptions& options);

  void set_input(std::string_view name, const ConstTensorRef& tensor);
  void clear_inputs();
  void request(const std::vector<std::string>& names);
  void set_output(std::string_view name, const TensorRef& tensor);
  Status run() noexcept;
  ConstTensorRef output(std::string_view name) const;
  size_t required_bytes();
  size_t arena_bytes() const { return arena_.size(); }
  int threads() const { return threads_; }
  std::vector<Context::StepTime> step_times() const;

 private:
  struct InputSlot {
    bool bound = false, needed = false, filled = false;  ///< filled: by its default
    bool own = false;  ///< steps read `memory`, not what the caller bound: defaults, converted values, bounds of
                       ///< sequences (which nobody may change between their check and their use)
    ConstTensorRef user;
    Pages memory;
  };
  struct OutputSlot {
    bool requested = false;
    bool direct = false;    ///< a step writes it where the caller reads it; else it is copied there after the steps
    bool computed = false;  ///< `result` holds what the last run computed
    TensorRef user;
    Pages memory;      ///< where it lies unless the caller bound memory
    size_t bytes = 0;  ///< of the largest possible result
    ConstTensorRef result;
  };
  struct ActiveStep {
    const PreparedStep* step = nullptr;
    size_t first_view = 0;  ///< its inputs, then its outputs, in views_
    std::byte* workspace = nullptr;
    size_t first_size = 0;  ///< in sizes_
    int64_t extents[ops::kMostCounts] = {};
    double microseconds = 0;
  };

  /// Of a tensor of no elements, which may be null: steps copy rows of no bytes too, and memcpy wants addresses.
  static const void* addressable(const void* data) {
    alignas(64) static constexpr std::byte kNothing[1] = {};
    return data == nullptr ? kNothing : data;
  }
  size_t port_index(std::string_view name) const;
  size_t output_index(std::string_view name) const;

  void prepare();
  void bind_symbols();
  bool solve_symbol(const Dim& dim, int64_t size);
  const plan::Tensor& tensor_of(size_t port) const {
    return plan_.tensors[static_cast<size_t>(plan_.inputs[port].tensor)];
  }
  void mark_needed();
  void need_tensor(int tensor, std::string_view output);
  void measure();
  void measure_outputs();
  void measure_arena();
  size_t missing_bytes() const;
  void place_tensors();
  void check_counts() const;
  void check_overlaps() const;
  void check_profile() const;
  void check_equalities() const;
  void check_declared() const;
  template <class F>
  void for_each_declared(F visit) const;
  bool counts_agree(const PreparedStep& step) const;
  [[noreturn]] void tell_unequal(const PreparedStep& step) const;
  [[noreturn]] void tell_unequal(const plan::Equality& equality) const;
  int outside(const plan::Profile& profile) const;
  std::string source_of(int symbol) const;
  void evaluate_dims();
  void refresh_views();
  void fill_inputs();
  void fill_default(size_t port);
  void fill_positions(size_t port);
  void convert_input(size_t port);
  void check_sequences(const BoundsPort& bounds) const;
  int source_port(int tensor) const;
  void check_ids(int ids, int64_t rows) const;
  [[noreturn]] void tell_fault() const;
  void execute(Team& team) noexcept;
  void run_steps();
  void finish_outputs();
  std::byte* place_of(OutputSlot& slot) const;
  Shape shape_of(int tensor) const;
  size_t bytes_of(int tensor) const;
  backends::TensorView view_of(int tensor) const;
  int64_t value_of(std::string_view symbol) const;

  std::shared_ptr<const EngineData> engine_;
  const plan::Plan& plan_;
  int threads_;
  bool profile_;

  std::vector<InputSlot> inputs_;
  std::vector<OutputSlot> outputs_;
  bool stale_ = true;    ///< prepare() is due
  bool packed_ = false;  ///< the packed form is bound

  std::vector<int64_t> symbols_;  ///< values; -1: unknown
  std::vector<bool> given_;       ///< per symbol: the shape of a bound input says its value
  std::vector<int64_t> dim_values_;
  std::vector<bool> needed_;   ///< per tensor
  std::vector<bool> active_;   ///< per step
  std::vector<bool> outside_;  ///< per tensor: lies outside of the arena
  std::vector<void*> memory_;  ///< per tensor
  std::vector<ActiveStep> steps_;
  std::vector<backends::TensorView> views_;
  std::vector<int> view_tensors_;
  std::vector<int64_t> sizes_;  ///< Launch::sizes of the active steps
  std::vector<Lifetime> lifetimes_;
  std::vector<int> lifetime_tensors_, lifetime_of_, walk_;
  std::vector<uint32_t> order_;
  size_t arena_needed_ = 0;
  Pages arena_;
  backends::Fault fault_;
  std::atomic<const plan::Step*> faulty_{nullptr};  ///< the first step of the run that raised it
  const PreparedStep* unequal_ = nullptr;           ///< the step before which the run stopped: its counts do not agree
  std::vector<Context::StepTime> times_;
};

}  // namespace lathe::runtime
