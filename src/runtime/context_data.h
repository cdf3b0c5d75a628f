#pragma once
#include <array>
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

/// A status without a message where there is no memory for one.
Status status_of(ErrorCode code, const char* message) noexcept;

/// Memory of the host; pinned where a device copies from or to it while the host goes on.
class HostMemory {
 public:
  /// At least this many bytes, and one; the content is lost when it grows. `pins`: the device that gives it, always the
  /// same; null: none does. Error(out_of_memory).
  void reserve(size_t bytes, backends::Device* pins) {
    if (pins) return pinned_.reserve_pinned(*pins, bytes);
    bytes = std::max<size_t>(bytes, 1);
    if (bytes > pages_.size()) pages_ = Pages();  // what it held goes back first
    pages_.reserve(bytes);
  }
  std::byte* data() const { return pinned_.data() ? pinned_.data() : pages_.data(); }
  size_t size() const { return pinned_.size() + pages_.size(); }

 private:
  Pages pages_;
  backends::DeviceMemory pinned_;
};

/// The elements of `from` at `to`, row-major without gaps; in blocks and other orders as they lie.
void copy_elements(const backends::TensorView& from, void* to) noexcept;

/// One execution of an engine: what is bound, the sizes that follow, where each tensor lies, and the walk over the
/// steps. prepare() does what depends on shapes and on the requested outputs alone and is skipped while those stay.
class ContextData {
 public:
  ContextData(std::shared_ptr<const EngineData> engine, const ContextOptions& options);

  void set_input(std::string_view name, const ConstTensorRef& tensor);
  void clear_inputs();
  void request(const std::vector<std::string>& names);
  void set_output(std::string_view name, const TensorRef& tensor);
  void set_output_allocator(std::string_view name, OutputAllocator allocate);
  Status run() noexcept;
  Status run(std::shared_ptr<backends::Queue> queue) noexcept;
  Status wait() noexcept;
  ~ContextData();
  ConstTensorRef output(std::string_view name) const;
  size_t required_bytes();
  size_t arena_bytes();
  int threads() const { return threads_; }
  std::vector<Context::StepTime> step_times() const;

 private:
  struct InputSlot {
    bool bound = false, needed = false, filled = false;  ///< filled: by its default
    bool own = false;      ///< steps read `memory`, not what the caller bound: defaults, converted values, bounds of
                           ///< sequences (which nobody may change between their check and their use)
    bool strided = false;  ///< what the caller bound is not row-major without gaps
    ConstTensorRef user;
    HostMemory memory;
    HostMemory rows;                       ///< of a strided input of another type: row-major
    backends::DeviceMemory device_memory;  ///< what steps of a device read instead
  };
  struct OutputSlot {
    bool requested = false;
    bool direct = false;    ///< a step writes it where the caller reads it; else it is copied there after the steps
    bool computed = false;  ///< `result` holds what the last run computed
    TensorRef user;
    OutputAllocator allocate;
    HostMemory memory;  ///< where it lies unless the caller bound memory
    size_t bytes = 0;   ///< of the largest possible result
    ConstTensorRef result;
  };
  /// What activations and workspaces on one device share.
  struct Arena {
    std::vector<Lifetime> lifetimes;  ///< of tensors, then of the workspaces of steps
    std::vector<int> tensors;
    std::vector<size_t> steps;  ///< in steps_
    ArenaLayout layout;
    std::vector<size_t> bytes, offsets;  ///< of each buffer, for the sizes of this run
    size_t needed = 0;
    HostMemory host;
    backends::DeviceMemory device;
    std::byte* data() const { return device.data() ? device.data() : host.data(); }
  };
  static constexpr size_t kMostDevices = 8;
  using PerDevice = std::array<int, kMostDevices>;
  /// Steps in a row that one device runs.
  struct Segment {
    int device = plan::kHost;
    size_t first = 0, last = 0;              ///< of steps_, half-open
    PerDevice waits{};                       ///< per device: the latest segment that must be done before; -1: none
    uint64_t event = 0;                      ///< of this run: its end, on a device's queue
    bool enqueued = false, awaited = false;  ///< in this run
  };
  /// What a run has on one device. The block is a FaultRecord, then kMostCounts numbers a step that counts; each
  /// segment brings a copy of it back to a place of its own.
  struct DeviceRun {
    backends::DeviceMemory block;
    std::vector<int> segments;                    ///< that it runs, in order
    std::vector<size_t> counters;                 ///< steps that count (in steps_), in order
    HostMemory copies;                            ///< blocks as segments left them
    std::shared_ptr<backends::Queue> own, queue;  ///< queue: of the run in flight
    uint64_t event = 0;                           ///< the end of that run
    size_t bytes() const {
      return sizeof(backends::FaultRecord) + counters.size() * ops::kMostCounts * sizeof(int64_t);
    }
  };
  /// A block of an active step.
  struct ActiveBlock {
    size_t first = 0, last = 0;  ///< of steps_, half-open; those of nested blocks included
    size_t first_view = 0;       ///< its inputs, then its outputs, in views_
    size_t inputs = 0;
  };
  struct ActiveStep {
    const PreparedStep* step = nullptr;
    size_t first_view = 0;  ///< its inputs, then its outputs, in views_
    std::byte* workspace = nullptr;
    size_t first_size = 0;  ///< in sizes_
    int64_t extents[ops::kMostCounts] = {};
    size_t count_slot = 0;   ///< of a step of a device that counts: which part of its block
    size_t end = 0;          ///< in steps_: behind it and what its blocks run
    size_t first_block = 0;  ///< in blocks_
    int at = 0;              ///< its place in the order that lifetimes are counted in
    double microseconds = 0;
    bool ran = false;  ///< in this run: a step of a block may not
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
  // Elements of inputs that are sizes: context_elements.cpp.
  bool elements_changed();
  bool read_elements(size_t port, int64_t* to) const;
  void bind_elements();
  void define_sizes();
  void check_elements() const;
  void need_elements() const;
  bool solve_symbol(const Dim& dim, int64_t size);
  bool solve_joint(const JointDim& joint);
  bool learn(size_t symbol, int64_t value);
  const plan::Tensor& tensor_of(size_t port) const {
    return plan_.tensors[static_cast<size_t>(plan_.inputs[port].tensor)];
  }
  void mark_needed();
  void need_tensor(int tensor, std::string_view output);
  void measure_again();
  void measure();
  void measure_outputs();
  void measure_buffers();
  void arrange();
  void collect_lifetimes();
  size_t workspace_of(const ActiveStep& active) const;
  void measure_arena();
  size_t missing_bytes() const;
  size_t rows_bytes(size_t port) const;
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
  void rebind(int tensor, const void* data);
  void rebind_outputs();
  void fill_default(size_t port);
  void fill_positions(size_t port);
  void convert_input(size_t port);
  void gather_input(size_t port, std::byte* to) const;
  void check_sequences(const BoundsPort& bounds) const;
  int source_port(int tensor) const;
  void check_ids(int ids, int64_t rows) const;
  [[noreturn]] void tell_fault() const;
  // The walk over steps and their blocks: context_walk.cpp.
  bool execute(size_t first, size_t last, Team& team) noexcept;
  bool execute_step(ActiveStep& active, Team& team) noexcept;
  bool execute_if(ActiveStep& active, Team& team) noexcept;
  bool execute_loop(ActiveStep& active, Team& team) noexcept;
  void adopt_extents(const ActiveStep& active, Team& team) noexcept;
  void collect(const std::vector<PreparedStep>& steps, bool within_block);
  void collect_blocks(size_t active);
  size_t note_views(const std::vector<int>& tensors);
  void touch(const std::vector<int>& tensors);
  std::span<const int64_t> sizes_of(const ActiveStep& active) const {
    return {sizes_.data() + active.first_size, active.step->sizes.size()};
  }
  std::span<const backends::TensorView> views_of(const ActiveStep& active) const {
    const plan::Step& step = *active.step->step;
    return {views_.data() + active.first_view, step.inputs.size() + step.outputs.size()};
  }
  void begin_run();
  void start(const std::shared_ptr<backends::Queue>& queue);
  void finish();
  void finish_outputs();
  // Devices: context_devices.cpp.
  int latest_segment(int device, int step) const;
  void form_segments();
  void hold_shared_memory();
  void hold_until(const Segment& segment, int release);
  void begin_devices(const std::shared_ptr<backends::Queue>& queue);
  void upload_inputs();
  void enqueue(Segment& segment, int index);
  std::span<const backends::LiveSize> live_sizes(size_t step);
  int64_t* extents_of(size_t step) const;
  void await(Segment& segment, int index);
  void adopt(const Segment& segment, const std::byte* block);
  void download_outputs();
  void place_devices();
  void finish_devices();
  void drain() noexcept;
  size_t copied_bytes(size_t device) const {
    return segments_.empty() ? 0 : segments_.size() * devices_[device].bytes();
  }
  /// The device that pins what the host's memory has of a tensor; null: it is ordinary memory.
  backends::Device* pins(int tensor) const {
    const plan::Tensor& t = plan_.tensors[static_cast<size_t>(engine_->root[static_cast<size_t>(tensor)])];
    if (t.device != plan::kHost) return engine_->devices[static_cast<size_t>(t.device)];
    return t.memory == plan::Memory::pinned ? pinning_device() : nullptr;
  }
  /// Of pinned tensors; null where there is none beside the host.
  backends::Device* pinning_device() const { return engine_->devices.size() > 1 ? engine_->devices[1] : nullptr; }
  Arena& arena_of(size_t root) {
    const plan::Tensor& t = plan_.tensors[root];
    return t.memory == plan::Memory::pinned ? arenas_.back() : arenas_[static_cast<size_t>(t.device)];
  }
  bool on_host(int tensor) const { return plan_.tensors[static_cast<size_t>(tensor)].device == plan::kHost; }
  template <class Work>
  Status guarded(Work work) noexcept;
  void settle_run() noexcept;
  std::byte* place_of(OutputSlot& slot) const;
  Shape shape_of(int tensor) const;
  /// With 0 for sizes that come out negative, with which no step runs (PreparedStep::whole).
  Shape whole_shape_of(int tensor) const;
  size_t bytes_of(int tensor) const;
  backends::TensorView view_of(int tensor) const;
  int64_t value_of(std::string_view symbol) const;

  std::shared_ptr<const EngineData> engine_;
  const plan::Plan& plan_;
  int threads_;
  bool profile_;

  std::vector<InputSlot> inputs_;
  std::vector<OutputSlot> outputs_;
  /// All that lifetimes depend on.
  struct Selection {
    std::vector<bool> active;     ///< per step
    std::vector<bool> outside;    ///< per tensor: lies outside of the arena
    std::vector<bool> requested;  ///< per output
    bool operator==(const Selection&) const = default;
  };
  bool stale_ = true;    ///< prepare() is due
  bool packed_ = false;  ///< the packed form is bound

  static constexpr int64_t kUnknown = INT64_MIN;
  std::vector<int64_t> symbols_;                  ///< values, or kUnknown
  std::vector<int64_t> elements_, elements_now_;  ///< of inputs, that are sizes: those that bind_symbols() took
  std::vector<bool> given_;                       ///< per symbol: the shape of a bound input says its value
  std::vector<int64_t> dim_values_, other_values_;
  std::vector<bool> needed_;       ///< per tensor
  Selection now_, arranged_;       ///< of this run; of what is in steps_ and in the layouts of arenas
  std::vector<void*> memory_;      ///< per tensor
  std::vector<ActiveStep> steps_;  ///< in order, those of blocks behind the one that runs them
  std::vector<ActiveBlock> blocks_;
  int clock_ = 0;  ///< places that lifetimes are counted in
  std::vector<backends::TensorView> views_;
  std::vector<int> view_tensors_;
  std::vector<int64_t> sizes_;  ///< Launch::sizes of the active steps
  std::vector<int> lifetime_of_, walk_;
  std::vector<Arena> arenas_;  ///< per device, then that of pinned memory
  std::vector<Segment> segments_;
  std::vector<DeviceRun> devices_;      ///< per device
  std::vector<int> counted_on_device_;  ///< per symbol: the device step (in steps_) that counts it; -1: known
  std::vector<backends::LiveSize> live_;
  bool in_flight_ = false;  ///< devices are at work for a run
  bool started_ = false;    ///< run(queue) returned ok, and nobody has waited since
  Status last_;             ///< of the last run
  int64_t iterations_ = 0;  ///< of all loops of this run
  backends::Fault fault_;
  std::atomic<const plan::Step*> faulty_{nullptr};  ///< the first step of the run that raised it
  const PreparedStep* unequal_ = nullptr;           ///< the step before which the run stopped: its counts do not agree
  std::vector<Context::StepTime> times_;
};

}  // namespace lathe::runtime
