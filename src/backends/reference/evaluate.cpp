#include "backends/reference/evaluate.h"

#include "backends/reference/reference.h"
#include "base/error.h"
#include "base/pages.h"
#include "ops/pack_index.h"

namespace lathe::backends::reference {
namespace {

const Tactic& tactic_of(const ops::Op& op) {
  for (const Tactic* tactic : reference_backend().tactics())
    if (tactic->op() == op.name()) return *tactic;
  fail(ErrorCode::internal, op.name(), {}, "the reference backend does not have this op");
}

/// The sizes at what symbols are by now; -1 stands for one that is unknown.
Shape shape_at(const ops::TensorType& type, const Symbols& symbols) {
  Shape shape;
  for (const Dim& d : type.shape)
    shape.push_back(d.evaluate([&](std::string_view name) {
      auto found = symbols.find(name);
      return found == symbols.end() ? -1 : found->second;
    }));
  return shape;
}

Tensor allocate(const ops::Op& op, const ops::TensorType& type, const Symbols& symbols, std::byte** writable) {
  if (type.rank() > Shape::kMaxRank)
    fail(ErrorCode::unsupported, op.name(), "use fewer dimensions", "{} has more than {} dimensions", to_string(type),
         Shape::kMaxRank);
  Tensor tensor{type.dtype, shape_at(type, symbols), {}};
  int64_t count = 1;
  for (int64_t size : tensor.shape) {
    if (size < 0) fail(ErrorCode::shape_mismatch, op.name(), {}, "an output {} has a negative size", to_string(type));
    count = saturating_mul(count, size);
  }
  const int64_t bytes = bytes_of(type.dtype, count);
  if (bytes > kMostBytes)
    fail(ErrorCode::out_of_memory, op.name(), {}, "an output {} has {} bytes", to_string(type), bytes);
  tensor.data = Blob::zeros(static_cast<size_t>(bytes), writable);
  return tensor;
}

TensorView view_of(const Tensor& tensor, const std::byte* data) {
  TensorView view;
  view.data = const_cast<std::byte*>(data);
  view.dtype = tensor.dtype;
  view.shape = tensor.shape;
  view.row_stride = view.width();
  return view;
}

/// The tensor at the sizes that symbols have by now: what lies behind its elements goes.
void settle(Tensor& tensor, const ops::TensorType& type, const Symbols& symbols) {
  tensor.shape = shape_at(type, symbols);
  tensor.data = tensor.data.sub(0, static_cast<size_t>(bytes_of(tensor.dtype, tensor.shape.count())));
}

}  // namespace

ops::Op with_sizes(const ops::Op& op, const Symbols& symbols) {
  return op.with_dims([&](const Dim& d) -> Dim {
    return d.evaluate([&](std::string_view name) {
      auto found = symbols.find(name);
      if (found == symbols.end()) fail(ErrorCode::not_found, name, "give the symbol a value", "a size is not known");
      return found->second;
    });
  });
}

std::vector<Tensor> evaluate(const ops::Op& symbolic_op, std::span<const Tensor> inputs, Symbols& symbols) {
  ops::Op op = with_sizes(symbolic_op, symbols);
  ops::Types types;
  for (const Tensor& tensor : inputs) types.push_back({tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}});
  ops::Types results = op.infer(types);
  if (op.traits().reshapes) {
    Tensor same = inputs[0];
    same.shape = {};
    for (const Dim& d : results[0].shape) same.shape.push_back(d.constant());
    return {std::move(same)};
  }

  const std::vector<ops::Count> counts = op.counts(types);
  // Until the op has run, its symbols stand for the most that they can be.
  for (const ops::Count& count : counts) symbols.insert_or_assign(count.symbol, count.most.constant());
  std::vector<Tensor> outputs;
  std::vector<TensorView> in, out;
  std::vector<Operand> in_operands, out_operands;
  for (size_t i = 0; i < inputs.size(); ++i) {
    in.push_back(view_of(inputs[i], inputs[i].data.data));
    in_operands.push_back({types[i], inputs[i].shape, false});
  }
  for (const ops::TensorType& type : results) {
    std::byte* writable = nullptr;
    outputs.push_back(allocate(op, type, symbols, &writable));
    out.push_back(view_of(outputs.back(), writable));
    out_operands.push_back({type, outputs.back().shape, false});
  }

  const Tactic& tactic = tactic_of(op);
  Machine machine;
  Question question{op, in_operands, out_operands, machine};
  if (std::string reason = tactic.refuse(question); !reason.empty())
    fail(ErrorCode::unsupported, op.str(), {}, "{}", reason);
  std::unique_ptr<Step> step = tactic.prepare(question);
  std::byte* workspace = nullptr;
  Blob scratch = Blob::zeros(step->workspace(in, out, 1), &workspace);
  int64_t extents[ops::kMostCounts] = {};
  Fault fault;
  Team team = Team::solo();
  static_cast<const CpuStep&>(*step).run({in, out, workspace, extents, &fault}, team);
  if (fault.raised()) fail(fault.code(), op.str(), {}, "{}", fault.message());

  for (size_t i = 0; i < counts.size(); ++i) symbols.insert_or_assign(counts[i].symbol, extents[i]);
  for (size_t i = 0; i < outputs.size() && !counts.empty(); ++i) settle(outputs[i], results[i], symbols);
  return outputs;
}

std::vector<Tensor> evaluate(const ops::Op& op, std::span<const Tensor> inputs) {
  Symbols none;
  return evaluate(op, inputs, none);
}

}  // namespace lathe::backends::reference
