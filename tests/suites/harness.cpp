#include "tests/suites/harness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <optional>

#include "backends/choose.h"
#include "backends/reference/evaluate.h"
#include "base/error.h"
#include "ops/cast.h"
#include "ops/embedding.h"
#include "ops/linear.h"
#include "ops/pack_index.h"
#include "tests/suites/spelling.h"
#include "tests/support/test_device.h"

namespace lathe::test {
namespace {

using namespace backends;

bool is_float(DType t) { return t == DType::f32 || t == DType::bf16 || t == DType::f16 || t == DType::f64; }

std::string text_of(const Case& of) {
  std::string text = of.op.str() + ":";
  for (const HostTensor& t : of.inputs) text += fmt::format(" {}{}", to_string(t.dtype), to_string(t.shape));
  return text;
}

std::string ignored(std::string_view tactic, const std::string& text) {
  struct Entry {
    std::string_view tactic, part, reason;
  };
#define LATHE_IGNORE(tactic, part, reason) Entry{tactic, part, reason},
  static const std::vector<Entry> entries = {
#include "tests/suites/ignore.inc"
  };
#undef LATHE_IGNORE
  for (const Entry& entry : entries)
    if (tactic.starts_with(entry.tactic) && text.find(entry.part) != std::string::npos)
      return std::string(entry.reason);
  return {};
}

/// The op with results in F64.
ops::Op widened(const ops::Op& op) {
  if (const auto* linear = op.as<ops::Linear>()) {
    ops::Linear wide = *linear;
    wide.out = DType::f64;
    return wide;
  }
  if (const auto* embedding = op.as<ops::Embedding>()) {
    ops::Embedding wide = *embedding;
    wide.out = DType::f64;
    return wide;
  }
  if (const auto* cast = op.as<ops::Cast>(); cast && is_float(cast->to)) return ops::Cast{DType::f64};
  return op;
}

std::vector<HostTensor> truth(const Case& of) {
  std::vector<reference::Tensor> inputs;
  for (const HostTensor& tensor : of.inputs) {
    HostTensor wide = is_float(tensor.dtype) ? converted(tensor, DType::f64) : tensor;
    inputs.push_back({wide.dtype, wide.shape, wide.data});
  }
  std::vector<HostTensor> results;
  for (reference::Tensor& t : reference::evaluate(widened(of.op), inputs))
    results.push_back({"", t.dtype, t.shape, std::move(t.data)});
  return results;
}

/// Poisoned memory of one tensor between guards. Poison is NaN in every float type and -1 in every signed integer.
class Buffer {
 public:
  explicit Buffer(size_t size) : size_(size), bytes_(size + 2 * kGuard + 64, kPoison) {
    auto address = reinterpret_cast<uintptr_t>(bytes_.data()) + kGuard;
    data_ = bytes_.data() + kGuard + (64 - address % 64) % 64;
  }
  std::byte* data() { return data_; }
  size_t size() const { return size_; }
  bool intact() const {
    auto poison = [](std::byte b) { return b == kPoison; };
    return std::all_of(bytes_.data(), end(0), poison) && std::all_of(end(size_), bytes_.data() + bytes_.size(), poison);
  }

 private:
  const std::byte* end(size_t offset) const { return data_ + offset; }
  static constexpr size_t kGuard = 256;
  static constexpr std::byte kPoison{0xff};
  size_t size_;
  std::vector<std::byte> bytes_;
  std::byte* data_;
};

/// A copy of the tensor with rows `gap` elements further apart than they are wide.
TensorView place(const HostTensor& tensor, const Blob& data, int64_t gap, std::vector<Buffer>& memory) {
  TensorView view{nullptr, tensor.dtype, tensor.shape, 0};
  auto size = static_cast<int64_t>(size_of(tensor.dtype));
  view.row_stride = view.width() + gap;
  // A packed weight has a size of its own.
  memory.emplace_back(gap == 0 ? data.size : static_cast<size_t>(view.rows() * view.row_stride * size));
  view.data = memory.back().data();
  if (gap == 0 && data.size > 0) std::memcpy(view.data, data.data, data.size);
  auto row = static_cast<size_t>(view.width() * size);
  for (int64_t r = 0; gap != 0 && r < view.rows(); ++r)
    std::memcpy(view.as<std::byte>() + r * view.row_stride * size, data.data + static_cast<size_t>(r) * row, row);
  return view;
}

/// Poisoned memory for a tensor in a format.
TensorView room_for(DType type, const Shape& shape, const Format& format, std::vector<Buffer>& memory) {
  TensorView view{nullptr, type, shape, 0};
  view.row_stride = view.width();
  if (!format.is_dense()) {
    view.strides = format.strides(shape);
    view.axis = format.axis;
    view.block = format.block;
  }
  memory.emplace_back(static_cast<size_t>(format.elements(shape)) * size_of(type));
  view.data = memory.back().data();
  return view;
}

/// Where the element of a row-major index lies.
size_t offset_of(const TensorView& view, int64_t index) {
  if (view.strides.rank() == 0) return static_cast<size_t>(index);
  int64_t at = 0;
  for (int d = view.shape.rank() - 1; d >= 0; --d) {
    const int64_t i = index % view.shape[d];
    at += d == view.axis ? i / view.block * view.strides[d] + i % view.block : i * view.strides[d];
    index /= view.shape[d];
  }
  return static_cast<size_t>(at);
}

/// A copy of the tensor in a format.
TensorView place_in(const HostTensor& tensor, const Format& format, std::vector<Buffer>& memory) {
  const TensorView view = room_for(tensor.dtype, tensor.shape, format, memory);
  const size_t size = size_of(tensor.dtype);
  if (view.block > 1) std::memset(view.data, 0, memory.back().size());
  for (int64_t i = 0; i < tensor.shape.count(); ++i)
    std::memcpy(view.as<std::byte>() + offset_of(view, i) * size, tensor.data.data + static_cast<size_t>(i) * size,
                size);
  return view;
}

/// Row-major what lies in a format, whose blocks must be filled up with zeros.
Blob gathered(const TensorView& view, const Shape& shape) {
  const size_t size = size_of(view.dtype);
  std::byte* out = nullptr;
  Blob all = Blob::zeros(static_cast<size_t>(shape.count()) * size, &out);
  std::vector<bool> taken(static_cast<size_t>(view.elements()));
  for (int64_t i = 0; i < shape.count(); ++i) {
    const size_t at = offset_of(view, i);
    taken.at(at) = true;
    std::memcpy(out + static_cast<size_t>(i) * size, view.as<std::byte>() + at * size, size);
  }
  for (size_t b = 0; view.block > 1 && b < taken.size() * size; ++b)
    EXPECT_TRUE(taken[b / size] || view.as<std::byte>()[b] == std::byte{0}) << "what fills a block up";
  return all;
}

/// The opposite order of dimensions, and in blocks of some dimension too.
Format format_of(Layout layout, int rank) {
  Shape order;
  for (int d = rank; d-- > 0;) order.push_back(d);
  Format format = in_order(layout >= Layout::strided ? order : Shape{});
  if (layout == Layout::blocked && rank > 0) format.axis = rank / 2, format.block = 4;
  return format;
}

struct Outcome {
  std::vector<HostTensor> outputs;
  ErrorCode fault = ErrorCode::ok;
  bool intact = true;
};

ops::Types types_of(const Case& of) {
  ops::Types types;
  for (const HostTensor& input : of.inputs) types.push_back({input.dtype, {input.shape.begin(), input.shape.end()}});
  return types;
}

/// The shape of an output where the op counted `extents`; null: the largest that it may have.
Shape shape_at(const ops::TensorType& type, const Case& of, const int64_t* extents) {
  const std::vector<ops::Count> counts = of.op.counts(types_of(of));
  Shape shape;
  for (const Dim& d : type.shape)
    shape.push_back(d.evaluate([&](std::string_view symbol) -> int64_t {
      for (size_t i = 0; i < counts.size(); ++i) {
        const int64_t most = counts[i].most.constant();
        if (counts[i].symbol == symbol) return extents ? std::clamp<int64_t>(extents[i], 0, most) : most;
      }
      return 0;
    }));
  return shape;
}

/// A tactic made ready for a case, to be run many times.
class Trial {
 public:
  Trial(Device* device, const Tactic& tactic, const Case& of, const Question& question,
        const std::vector<Shape>& out_shapes)
      : device_(device),
        tactic_(tactic),
        case_(of),
        question_(question),
        out_shapes_(out_shapes),
        step_(tactic.prepare(question)) {
    BlobRegion region;
    const auto* linear = of.op.as<ops::Linear>();
    for (size_t i = 0; i < of.inputs.size(); ++i) {
      const HostTensor& input = of.inputs[i];
      std::string_view format = question.inputs[i].constant ? tactic.weight_format(question, i) : "";
      bool transposed = linear && linear->transposed;
      data_.push_back(format.empty() ? input.data
                                     : repack("weight", input.data, input.dtype, input.shape, transposed, "", format,
                                              region, question.device));
    }
  }

  Outcome run(int threads, Layout layout) const {
    std::vector<Buffer> memory;
    memory.reserve(case_.inputs.size() + out_shapes_.size() + 1);
    std::vector<TensorView> in, out;
    for (size_t i = 0; i < case_.inputs.size(); ++i) {
      const bool fits = !question_.inputs[i].constant && layout <= tactic_.input_layout(i);
      const int rank = case_.inputs[i].shape.rank();
      if (const Format wanted = tactic_.input_format(question_, i); !wanted.is_dense())
        in.push_back(place_in(case_.inputs[i], wanted, memory));
      else if (fits && layout >= Layout::strided && rank > 0)
        in.push_back(place_in(case_.inputs[i], format_of(layout, rank), memory));
      else
        in.push_back(place(case_.inputs[i], data_[i], fits && layout == Layout::rows ? 3 : 0, memory));
    }
    // Sizes that a run finds are no part of the distances that a format has.
    const bool counts = !case_.op.counts(types_of(case_)).empty();
    for (size_t i = 0; i < out_shapes_.size(); ++i) {
      Format format = tactic_.output_format(question_, i);
      if (format.is_dense() && layout >= Layout::strided && layout <= tactic_.output_layout(i) && !counts)
        format = format_of(layout, out_shapes_[i].rank());
      out.push_back(room_for(question_.outputs[i].type.dtype, out_shapes_[i], format, memory));
    }
    memory.emplace_back(step_->workspace(in, out, threads));

    int64_t extents[ops::kMostCounts];
    std::fill(std::begin(extents), std::end(extents), -1);
    Fault fault;
    Launch launch{in, out, memory.back().data(), extents, &fault};
    Outcome outcome;
    if (device_) {
      outcome.fault = run_on_device(in, out, memory, extents);
    } else {
      struct Call {
        const CpuStep* step;
        const Launch* launch;
      } call{static_cast<const CpuStep*>(step_.get()), &launch};
      ThreadPool::instance().run(
          threads,
          [](Team& team, void* argument) {
            auto& c = *static_cast<Call*>(argument);
            c.step->run(*c.launch, team);
          },
          &call);
      outcome.fault = fault.code();
    }
    for (const Buffer& buffer : memory) outcome.intact &= buffer.intact();
    for (size_t i = 0; i < out.size(); ++i) {
      // What the op counts says how much of its outputs is valid.
      const Shape shape = shape_at(question_.outputs[i].type, case_, extents);
      outcome.outputs.push_back({"", out[i].dtype, shape, gathered(out[i], shape)});
    }
    return outcome;
  }

 private:
  /// The same in the device's memory, with a copy there and back of each buffer: inputs, outputs, workspace.
  ErrorCode run_on_device(const std::vector<TensorView>& in, const std::vector<TensorView>& out,
                          std::vector<Buffer>& memory, int64_t* extents) const {
    std::vector<DeviceMemory> there(memory.size() + 1);
    const std::unique_ptr<Queue> queue = device_->make_queue();
    std::vector<TensorView> views(in);
    views.insert(views.end(), out.begin(), out.end());
    for (size_t i = 0; i < memory.size(); ++i) {
      there[i].reserve(*device_, std::max<size_t>(memory[i].size(), 1));
      queue->upload(there[i].data(), memory[i].data(), memory[i].size());
      if (i < views.size()) views[i].data = there[i].data();
    }
    struct Block {
      FaultRecord fault;
      int64_t extents[ops::kMostCounts];
    } block;
    there.back().reserve(*device_, sizeof block);
    auto* block_there = reinterpret_cast<Block*>(there.back().data());
    queue->fill_zero(block_there, sizeof block);
    const std::span<const TensorView> all(views);
    static_cast<const DeviceStep&>(*step_).enqueue({all.first(in.size()),
                                                    all.subspan(in.size()),
                                                    {},
                                                    there[memory.size() - 1].data(),
                                                    block_there->extents,
                                                    &block_there->fault,
                                                    0},
                                                   *queue);
    for (size_t i = in.size(); i < views.size(); ++i)
      queue->download(memory[i].data(), there[i].data(), memory[i].size());
    queue->download(&block, block_there, sizeof block);
    queue->wait(queue->record());
    std::copy(std::begin(block.extents), std::end(block.extents), extents);
    return static_cast<ErrorCode>(block.fault.code);
  }

  Device* device_;
  const Tactic& tactic_;
  const Case& case_;
  const Question& question_;
  const std::vector<Shape>& out_shapes_;
  std::unique_ptr<Step> step_;
  std::vector<Blob> data_;
};

bool same_bits(const HostTensor& a, const HostTensor& b) {
  return a.shape == b.shape && a.data.size == b.data.size &&
         (a.data.size == 0 || std::memcmp(a.data.data, b.data.data, a.data.size) == 0);
}

double limit_of(const Tolerance& tolerance, DType type) {
  switch (type) {
    case DType::f32: return tolerance.f32;
    case DType::bf16: return tolerance.bf16;
    case DType::f16: return tolerance.f16;
    case DType::f64: return tolerance.f64;
    default: return 0;
  }
}

/// The processor's, then that of the device for tests, which each suite runs as it will run any device's.
std::vector<const Backend*> backends_of_all_devices() {
  std::vector<const Backend*> list = backends_of(kHost);
  const std::vector<const Backend*>& others = backends_of(test_device());
  list.insert(list.end(), others.begin(), others.end());
  return list;
}

}  // namespace

Suite::Suite(std::string_view op, Tolerance tolerance) : op_(op), tolerance_(tolerance) {
  for (const Backend* backend : backends_of_all_devices())
    for (const Tactic* tactic : backend->tactics())
      if (tactic->op() == op_) reached_.emplace(tactic->name(), "no case");
  EXPECT_FALSE(reached_.empty()) << "no backend has the op " << op_;
}

void Suite::check_coverage() const {
  if (ops::find_op(op_).expand) {
    EXPECT_GT(spelt_, 0) << "no case of " << op_ << " was spelt in simpler ops";
  }
  for (const auto& [tactic, refusal] : reached_)
    EXPECT_TRUE(refusal.empty() || refusal.starts_with("needs ") || !ignored(tactic, {}).empty())
        << tactic << " was never run: " << refusal;
}

template <class F>
void Suite::for_each_tactic(const Case& of, F&& visit) {
  SCOPED_TRACE(text_of(of));
  Machine machine = this_machine(3);
  std::vector<Operand> inputs, outputs;
  const ops::Types types = types_of(of);
  for (size_t i = 0; i < of.inputs.size(); ++i) {
    bool constant = std::find(of.constants.begin(), of.constants.end(), i) != of.constants.end();
    inputs.push_back({types[i], of.inputs[i].shape, constant});
  }
  std::vector<Shape> out_shapes;
  for (const ops::TensorType& type : of.op.infer(types)) {
    const Shape shape = shape_at(type, of, nullptr);
    out_shapes.push_back(shape);
    outputs.push_back({type, shape, false});
  }
  for (const Backend* backend : backends_of_all_devices()) {
    const Question question{of.op, inputs, outputs, machine, backend->device() ? backend->device()->name() : kHost};
    for (const Tactic* tactic : backend->tactics()) {
      if (tactic->op() != op_) continue;
      std::string& reached = reached_[std::string(tactic->name())];
      if (std::string reason = tactic->refuse(question); !reason.empty()) {
        if (!reached.empty()) reached = reason;
        continue;
      }
      reached.clear();
      if (!ignored(tactic->name(), text_of(of)).empty()) continue;
      SCOPED_TRACE(tactic->name());
      visit(*tactic, Trial(backend->device(), *tactic, of, question, out_shapes));
    }
  }
}

void Suite::check_spelling(const Case& of, const std::vector<HostTensor>& expected) {
  // The reference takes its time; what a spelling does it does at small sizes too.
  constexpr int64_t kMostElements = 30000;
  int64_t elements = 0;
  for (const HostTensor& input : of.inputs) elements += input.shape.count();
  if (!of.op.expands() || elements > kMostElements) return;
  SCOPED_TRACE(text_of(of));
  const std::optional<HostTensor> found = spelt(of);
  if (!found) return;
  ++spelt_;
  ASSERT_EQ(to_string(found->shape), to_string(expected[0].shape));
  ASSERT_LE(norm_error(*found, expected[0]), 2 * limit_of(tolerance_, found->dtype)) << "its spelling";
}

void Suite::check(const Case& of) {
  std::vector<HostTensor> expected = truth(of);
  check_spelling(of, expected);
  for_each_tactic(of, [&](const Tactic& tactic, const Trial& trial) {
    std::optional<Outcome> first;
    // The reference works with one member whatever the team, and takes its time.
    int most = tactic.name().starts_with("cpu.") ? 3 : 1;
    for (int threads = 1; threads <= most; ++threads)
      for (Layout layout : {Layout::dense, Layout::rows, Layout::strided, Layout::blocked}) {
        SCOPED_TRACE(fmt::format("{} thread(s), layout {}", threads, static_cast<int>(layout)));
        Outcome outcome = trial.run(threads, layout);
        ASSERT_EQ(to_string(outcome.fault), to_string(ErrorCode::ok));
        ASSERT_TRUE(outcome.intact) << "wrote outside its memory";
        ASSERT_EQ(outcome.outputs.size(), expected.size());
        for (size_t i = 0; i < expected.size(); ++i) {
          const HostTensor& result = outcome.outputs[i];
          ASSERT_EQ(to_string(result.shape), to_string(expected[i].shape)) << "output " << i;
          if (!first)
            ASSERT_LE(norm_error(result, expected[i]), limit_of(tolerance_, result.dtype)) << "output " << i;
          else
            ASSERT_TRUE(same_bits(result, first->outputs[i])) << "output " << i << " differs from the first run's";
        }
        if (!first) first = std::move(outcome);
      }
  });
}

void Suite::check_fault(const Case& of, ErrorCode code) {
  for_each_tactic(of, [&](const Tactic&, const Trial& trial) {
    for (int threads = 1; threads <= 3; ++threads) {
      Outcome outcome = trial.run(threads, Layout::dense);
      EXPECT_EQ(to_string(outcome.fault), to_string(code));
      EXPECT_TRUE(outcome.intact) << "wrote outside its memory";
    }
  });
}

}  // namespace lathe::test
