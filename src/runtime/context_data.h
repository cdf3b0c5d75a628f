#pragma once
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/pages.h"
#include "lathe/engine.h"
#include "plan/arena.h"
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
  size_t arena_bytes() const { return arena_.size(); }
  int threads() const { return threads_; }
  std::vector<Context::StepTime> step_times() const;

 private:
  struct InputSlot {
    bool bound = false, needed = false, filled = false;  ///< filled: by its default
    ConstTensorRef user;
    Pages own;  ///< converted or default values
  };
  struct OutputSlot {
    bool requested = false;
    TensorRef user;
    Pages own;
  };
  struct ActiveStep {
    const PreparedStep* step = nullptr;
    size_t first_view = 0;  ///< its inputs, then its outputs, in views_
    std::byte* workspace = nullptr;
    int64_t extents[4] = {};
    double microseconds = 0;
  };

  size_t port_index(std::string_view name) const;
  size_t output_index(std::string_view name) const;

  void prepare();
  void bind_symbols();
  void mark_needed();
  void need_tensor(int tensor, std::string_view output);
  void place_tensors();
  void check_profile() const;
  void evaluate_dims();
  void refresh_views();
  void fill_inputs();
  void fill_default(size_t port);
  void convert_input(size_t port);
  void check_sequences(const int32_t* cu_seqlens, int64_t count, int64_t tokens) const;
  void execute(Team& team) noexcept;
  Shape shape_of(int tensor) const;
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
  std::vector<int64_t> dim_values_;
  std::vector<bool> needed_;   ///< per tensor
  std::vector<bool> active_;   ///< per step
  std::vector<void*> memory_;  ///< per tensor
  std::vector<ActiveStep> steps_;
  std::vector<backends::TensorView> views_;
  std::vector<int> view_tensors_;
  std::vector<plan::Lifetime> lifetimes_;
  std::vector<int> lifetime_tensors_, lifetime_of_, walk_;
  std::vector<uint32_t> order_;
  Pages arena_;
  backends::Fault fault_;
  std::atomic<const plan::Step*> faulty_{nullptr};  ///< the first step of the run that raised it
  std::vector<Context::StepTime> times_;
};

}  // namespace lathe::runtime
