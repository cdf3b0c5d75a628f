#include "ops/copy.h"

#include <algorithm>

#include "backends/cpu/cpu_tactic.h"
#include "backends/cpu/moves.h"
#include "backends/cpu/strided.h"
#include "ops/concat.h"
#include "ops/expand.h"
#include "ops/slice.h"
#include "ops/transpose.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::CopyKernel;

void run_copy(const ops::Op&, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const TensorView y = strided(launch.outputs[0]);
  copy_tensor(kernel, strided(launch.inputs[0]), y, team);
  fill_up_blocks(kernel, y, team);
}

/// x's elements in their order, whatever shape they get.
void run_reshape(const ops::Op&, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const TensorView& x = launch.inputs[0];
  TensorView y{launch.outputs[0].data, x.dtype, x.shape, x.width()};
  copy_tensor(kernel, strided(x), strided(y), team);
}

void run_transpose(const ops::Op& op, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const TensorView x = strided(launch.inputs[0]), y = strided(launch.outputs[0]);
  const std::vector<int64_t>& perm = op.as<ops::Transpose>()->perm;
  TensorView turned = x;
  turned.shape = y.shape;
  for (int d = 0; d < y.shape.rank(); ++d) {
    const int64_t axis = perm[static_cast<size_t>(d)];
    const int from = static_cast<int>(axis < 0 ? axis + y.shape.rank() : axis);
    turned.strides[d] = x.strides[from];
    if (x.block > 1 && from == x.axis) turned.axis = d;
  }
  copy_tensor(kernel, turned, y, team);
  fill_up_blocks(kernel, y, team);
}

void run_slice(const ops::Op& any, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const auto& op = *any.as<ops::Slice>();
  const TensorView y = strided(launch.outputs[0]);
  TensorView x = strided(launch.inputs[0]);
  if (y.shape.count() == 0) return;
  for (int d = 0; d < y.shape.rank(); ++d) {
    const auto i = static_cast<size_t>(d);
    const int64_t first = size_at(launch, i, op.start[i]), step = op.stride.empty() ? 1 : op.stride[i];
    const int64_t last = saturating_add(first, saturating_mul(y.shape[d] - 1, step));
    // Sizes that were symbolic in the network show here for the first time.
    if (std::min(first, last) < 0 || std::max(first, last) >= x.shape[d])
      return launch.fault->set(ErrorCode::out_of_range, "a slice reads element {} of a dimension of {}",
                               first < 0 || first >= x.shape[d] ? first : last, x.shape[d]);
    x = part_of(x, d, first, y.shape[d], step);
  }
  copy_tensor(kernel, x, y, team);
}

void run_expand(const ops::Op&, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const TensorView from = strided(launch.inputs[0]), y = strided(launch.outputs[0]);
  TensorView x = y;
  x.data = from.data;
  const int missing = y.shape.rank() - from.shape.rank();
  for (int d = 0; d < y.shape.rank(); ++d)
    x.strides[d] = d < missing || from.shape[d - missing] == 1 ? 0 : from.strides[d - missing];
  copy_tensor(kernel, x, y, team);
}

void run_concat(const ops::Op& op, const CopyKernel& kernel, const Launch& launch, Team& team) {
  const TensorView y = strided(launch.outputs[0]);
  const int64_t axis = op.as<ops::Concat>()->axis;
  const int d = static_cast<int>(axis < 0 ? axis + y.shape.rank() : axis);
  int64_t at = 0;
  for (const TensorView& x : launch.inputs) {
    TensorView place = y;
    place.data = y.as<std::byte>() + at * y.strides[d] * static_cast<int64_t>(size_of(y.dtype));
    place.shape = x.shape;
    copy_tensor(kernel, strided(x), place, team);
    at += x.shape[d];
  }
}

constexpr Move kMoves[] = {
    {"copy", run_copy, Layout::blocked, Layout::blocked},
    {"reshape", run_reshape, Layout::blocked, Layout::dense},
    {"transpose", run_transpose, Layout::blocked, Layout::blocked},
    {"slice", run_slice, Layout::strided, Layout::strided},
    {"expand", run_expand, Layout::strided, Layout::strided},
    {"concat", run_concat, Layout::blocked, Layout::strided},
    {"pad", run_pad, Layout::strided, Layout::strided},
    {"fill", run_fill, Layout::dense, Layout::strided},
    {"range", run_range, Layout::dense, Layout::strided},
    {"reverse_sequence", run_reverse_sequence, Layout::strided, Layout::strided},
};

class MoveTactic : public CpuTactic {
 public:
  MoveTactic(const Move& move, const CopyKernel& kernel)
      : CpuTactic(move.op, kernel.name, kernel.isa), move_(move), kernel_(kernel) {}
  Layout input_layout(size_t) const override { return move_.input; }
  Layout output_layout(size_t) const override { return move_.output; }
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<FunctionStep>([op = q.op, run = move_.run, &kernel = kernel_](
                                              const Launch& launch, Team& team) { run(op, kernel, launch, team); });
  }

 protected:
  std::string reject(const Question& q) const override { return move_.reject ? move_.reject(q) : std::string(); }

 private:
  const Move& move_;
  const CopyKernel& kernel_;
};

}  // namespace

void add_moves(TacticList& list) {
  for (const Move& move : kMoves)
    for (const CopyKernel& kernel : lathe::cpu::copy_kernels()) list.push_back(new MoveTactic(move, kernel));
}

}  // namespace lathe::backends::cpu
