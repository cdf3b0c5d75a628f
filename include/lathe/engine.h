#pragma once
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lathe/error.h"
#include "lathe/format.h"
#include "lathe/plan.h"
#include "lathe/types.h"

namespace lathe {
namespace runtime {
struct EngineData;
class ContextData;
}  // namespace runtime
namespace backends {
class Queue;
}

/// The result of a run: ok, or a code and a line that says what was wrong with the data.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}
  bool ok() const { return code_ == ErrorCode::ok; }
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  void throw_if_error() const {
    if (!ok()) throw Error(code_, {}, message_);
  }

 private:
  ErrorCode code_ = ErrorCode::ok;
  std::string message_;
};

/// Memory of the caller: row-major and contiguous; inputs with strides where they say so, inputs and outputs that lie
/// in a format of their own (TensorInfo::format) in that one, the zeros that fill blocks up included.
struct TensorRef {
  DType dtype = DType::f32;
  Shape shape;
  void* data = nullptr;
  Format format = {};
};
struct ConstTensorRef {
  DType dtype = DType::f32;
  Shape shape;
  const void* data = nullptr;
  /// Of an input: how many elements lie between neighbours along each dimension (a transposed or sliced array; may be
  /// negative). Rank 0: row-major.
  Shape strides = {};
  Format format = {};
  ConstTensorRef() = default;
  ConstTensorRef(DType type, Shape dims, const void* bytes) : dtype(type), shape(dims), data(bytes) {}
  ConstTensorRef(const TensorRef& other)  // NOLINT(google-explicit-constructor): read-only use of writable memory
      : dtype(other.dtype), shape(other.shape), data(other.data), format(other.format) {}
};

/// An input or output of an engine. Dimensions are text: "768", "batch", "batch + 1".
struct TensorInfo {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::string> shape;
  bool optional = false;   ///< an input that may be left out when no output on demand is requested
  bool packed = false;     ///< belongs to the packed form: all sequences end to end, with cu_seqlens
  bool on_demand = false;  ///< an output that is computed only when requested
  Role role = Role::plain;
  /// Role::packed, and an output of Role::rows: the input or output in question, "input_ids". Role::bounds, and an
  /// input of Role::rows: the dimension that counts the packed rows, "tokens".
  std::string of;
  Format format = {};  ///< in which callers bind and read it; row-major in every plan that build() makes
  /// Of an input whose elements are sizes of the network (a shape tensor): one for each, "shape.0", "batch", "4". One
  /// that may be negative begins with '$'. Empty: no size follows from its elements.
  std::vector<std::string> elements = {};
};

/// The one of a list (which outlives the result) that plays the role for `of`; null: none does.
LATHE_API const TensorInfo* find_role(std::span<const TensorInfo> list, Role role, std::string_view of);

struct ContextOptions {
  int threads = 0;       ///< 0: as many as the machine has cores for this process; at most 256 are taken
  bool profile = false;  ///< measure each step (see Context::step_times)
};

/// Work of a plan's device, in the order in which contexts enqueue it. Several contexts may share one; one thread at a
/// time uses it.
class LATHE_API Queue {
 public:
  /// Blocks until all that was enqueued is done. Error(device) where the device failed.
  void wait();

 private:
  friend class Engine;
  friend class Context;
  explicit Queue(std::shared_ptr<backends::Queue> queue) : data_(std::move(queue)) {}
  std::shared_ptr<backends::Queue> data_;
};

/// See Context::set_output_allocator.
using OutputAllocator = std::function<void*(size_t bytes, const Shape& shape)>;

/// One execution: shapes, memory, one run in flight. Not for several threads at once; make a context a thread.
///
/// Inputs come in one of two forms: padded ("input_ids" [batch, seq], "attention_mask", ...) or packed
/// ("packed.input_ids" [tokens], "cu_seqlens" [batch + 1], ...). Binding keeps a pointer: the memory must stay valid
/// during run() and holds the values of the moment of run(). Inputs of type i32 take any type: run() refuses a number
/// that is not whole or does not fit 32 bits. A mask counts as set where it is not zero, and holds no negative number
/// (masks that are added to scores mean the opposite). Tensors are row-major and contiguous, where the engine does not
/// name another format; an input may have strides, and is then copied in each run. Rows of a padded output that the
/// mask hides are zeros, and a vector a text comes from the first token that counts: transformers takes position 0
/// there even where the mask hides it, so the two differ where texts are padded at their left.
///
/// Elements that are sizes (TensorInfo::elements) are read at the begin of run(), of i64 and i32 as they are; new ones
/// are like new shapes. run() refuses those that no tensor could have, and required_bytes() counts with what is there.
///
/// An output's memory is no input of the same context's next run: copy it. A process that forks may go on with its
/// contexts in both halves, where no thread of it was inside a call at the time.
///
/// After a status that is not ok the context stays usable: bind something else and run again.
class LATHE_API Context {
 public:
  /// Error(not_found) for no such input, Error(shape_mismatch) for a rank, type or format that cannot fit.
  void set_input(std::string_view name, const ConstTensorRef& tensor);
  /// Forgets all inputs (before switching between padded and packed form).
  void clear_inputs();
  /// Which outputs run() computes; initially all that are not on demand. Error(not_found).
  void request(const std::vector<std::string>& outputs);
  /// The caller's memory for an output: its bytes must be those of the result (or of the largest possible result where
  /// the size is known only after the run), and it overlaps no input and no other output. Null data: Lathe's own memory
  /// again. Error(not_found), Error(shape_mismatch) for another type or format or a negative size; run() finds the
  /// rest.
  void set_output(std::string_view name, const TensorRef& tensor);
  /// Memory that is asked for at the end of each run(), when the output's shape is known: allocate(bytes, shape) gives
  /// at least these bytes, or null where there are none (run() then fails with out_of_memory). For outputs whose size
  /// only the run finds; until then the result lies in Lathe's memory. An empty function: as before. Error(not_found).
  void set_output_allocator(std::string_view name, OutputAllocator allocate);
  /// Computes the requested outputs. Allocates nothing when these shapes and outputs were run before; else it asks
  /// first whether the machine has the memory, and gives out_of_memory with what it would take and what there is.
  Status run() noexcept;
  /// The same on a device's queue: returns when all is enqueued; the memory of inputs and outputs stays as it is, and
  /// output() without a result, until wait(). Steps that the plan leaves to the host run within the call. Whatever else
  /// is called of the context meanwhile waits for the run first.
  Status run(Queue& queue) noexcept;
  /// Waits for the run that run(queue) started; its status, which may come from either.
  Status wait() noexcept;
  /// The result of the last run, valid until the next run or the context's end. Error(not_found) for no such output,
  /// Error(invalid_argument) where the last run failed or did not compute it.
  ConstTensorRef output(std::string_view name) const;

  /// Bytes of memory of its own that run() needs for what is bound and requested: arena with workspaces, outputs that
  /// are not bound, converted inputs, what devices have of inputs and bring back of their counts, all memories
  /// together. Takes none of it. Throws what run() would report of shapes that do not fit.
  size_t required_bytes();
  /// The part of it that activations and workspaces share.
  size_t arena_bytes();
  /// How many a run takes.
  int threads() const;

  struct StepTime {
    std::string name, tactic;
    double total_us = 0;
    int64_t runs = 0;
  };
  /// With ContextOptions::profile: the time of each step that the host runs, summed over the runs that came to it.
  std::vector<StepTime> step_times() const;

  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

 private:
  friend class Engine;
  explicit Context(std::unique_ptr<runtime::ContextData> data);
  runtime::ContextData& data() const;
  std::unique_ptr<runtime::ContextData> data_;
};

/// A plan made ready for this machine: immutable, shared by threads; copies share one engine.
class LATHE_API Engine {
 public:
  /// On another machine than the plan's target, tactics are chosen again and weights packed again where needed (one
  /// log line says so). Error(unsupported_machine) where the plan's precision cannot run here.
  explicit Engine(const Plan& plan);
  const Plan& plan() const;
  std::vector<TensorInfo> inputs() const;
  std::vector<TensorInfo> outputs() const;
  Context context(const ContextOptions& options = {}) const;
  /// A new queue of the plan's device. Error(unsupported) where the plan has none beside the host, or several.
  Queue queue() const;

 private:
  std::shared_ptr<const runtime::EngineData> data_;
};

}  // namespace lathe
