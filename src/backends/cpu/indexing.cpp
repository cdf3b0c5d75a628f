#include "kernels/cpu/index/index.h"

#include <cstring>

#include "backends/cpu/cpu_tactic.h"
#include "kernels/cpu/lane.h"
#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/gather_nd.h"
#include "ops/non_zero.h"
#include "ops/scatter_elements.h"
#include "ops/scatter_nd.h"
#include "ops/top_k.h"

namespace lathe::backends::cpu {
namespace {
using lathe::cpu::Indices;
using lathe::cpu::Join;

Indices indices_of(const TensorView& t, bool from_end = true) { return {t.data, t.dtype == DType::i64, from_end}; }
int64_t element_of(const TensorView& t) { return static_cast<int64_t>(size_of(t.dtype)); }
int axis_in(int64_t axis, const Shape& shape) { return static_cast<int>(axis < 0 ? axis + shape.rank() : axis); }

/// The product of the sizes of dimensions [begin, end).
int64_t count_of(const Shape& shape, int begin, int end) {
  int64_t n = 1;
  for (int d = begin; d < end; ++d) n *= shape[d];
  return n;
}

/// A member's part of y = x.
void copy_share(const TensorView& x, const TensorView& y, const Team& team) {
  const Team::Range share = team.share(y.shape.count() * element_of(y));
  if (share.begin < share.end)
    std::memcpy(y.as<std::byte>() + share.begin, x.as<const std::byte>() + share.begin,
                static_cast<size_t>(share.end - share.begin));
}

Join join_of(ops::ScatterReduction reduction) {
  switch (reduction) {
    case ops::ScatterReduction::none: return Join::none;
    case ops::ScatterReduction::add: return Join::add;
    case ops::ScatterReduction::mul: return Join::mul;
    case ops::ScatterReduction::max: return Join::max;
    case ops::ScatterReduction::min: break;
  }
  return Join::min;
}

void run(const ops::Gather& op, const Launch& launch, Team& team) {
  const TensorView &x = launch.inputs[0], &index = launch.inputs[1];
  const int axis = axis_in(op.axis, x.shape);
  lathe::cpu::GatherArgs args;
  args.x = x.data;
  args.y = launch.outputs[0].data;
  args.index = indices_of(index, op.from_end);
  args.outer = count_of(x.shape, 0, axis);
  args.size = x.shape[axis];
  args.count = index.shape.count();
  args.bytes = count_of(x.shape, axis + 1, x.shape.rank()) * element_of(x);
  if (const int64_t bad = gather(args, team); bad >= 0)
    launch.fault->set(ErrorCode::out_of_range, "index {} is outside the {} rows that it picks from",
                      args.index.given(bad), args.size);
}

/// Rows of `index` as places in the dimensions of a shape from `first` on, in units of what lies behind them.
lathe::cpu::Pointers pointers_of(const TensorView& index, const Shape& shape, int first) {
  lathe::cpu::Pointers pointers;
  pointers.index = indices_of(index);
  pointers.m = static_cast<int>(index.shape[-1]);
  pointers.rows = count_of(index.shape, 0, index.shape.rank() - 1);
  int64_t next = 1;
  for (int c = pointers.m - 1; c >= 0; --c) {
    pointers.size[c] = shape[first + c];
    pointers.step[c] = next;
    next *= shape[first + c];
  }
  return pointers;
}

/// The first coordinate of a row that points outside.
void report_outside(const lathe::cpu::Pointers& pointers, int64_t row, Fault* fault) {
  for (int c = 0; c < pointers.m; ++c)
    if (pointers.index.at(row * pointers.m + c, pointers.size[c]) < 0)
      return fault->set(ErrorCode::out_of_range, "index {} is outside a dimension of {}",
                        pointers.index.given(row * pointers.m + c), pointers.size[c]);
}

void run(const ops::GatherNd& op, const Launch& launch, Team& team) {
  const TensorView &x = launch.inputs[0], &index = launch.inputs[1];
  const int batch = static_cast<int>(op.batch_dims), rank = x.shape.rank();
  lathe::cpu::GatherNdArgs args;
  args.x = x.data;
  args.y = launch.outputs[0].data;
  args.pointers = pointers_of(index, x.shape, batch);
  args.rows_of_batch = count_of(index.shape, batch, index.shape.rank() - 1);
  args.whole = count_of(x.shape, batch, rank) * element_of(x);
  args.bytes = count_of(x.shape, batch + args.pointers.m, rank) * element_of(x);
  for (int c = 0; c < args.pointers.m; ++c) args.pointers.step[c] *= args.bytes;
  if (const int64_t bad = gather_nd(args, team); bad >= 0) report_outside(args.pointers, bad, launch.fault);
}

void run(const ops::ScatterNd& op, const Launch& launch, Team& team) {
  const TensorView &x = launch.inputs[0], &y = launch.outputs[0];
  lathe::cpu::ScatterNdArgs args;
  args.y = y.data;
  args.updates = launch.inputs[2].data;
  args.pointers = pointers_of(launch.inputs[1], y.shape, 0);
  args.type = y.dtype;
  args.join = join_of(op.reduction);
  args.places = count_of(y.shape, 0, args.pointers.m);
  args.block = count_of(y.shape, args.pointers.m, y.shape.rank());
  copy_share(x, y, team);
  team.barrier();
  if (const int64_t bad = scatter_nd(args, team); bad >= 0) report_outside(args.pointers, bad, launch.fault);
}

/// False, with a fault, where the other tensor is too small along another dimension.
bool along_axis(int64_t axis, const TensorView& index, const Shape& other, Fault* fault, lathe::cpu::AlongAxis& along) {
  along.index = indices_of(index);
  along.rank = other.rank();
  along.axis = axis_in(axis, other);
  along.axis_size = other[along.axis];
  int64_t next = 1;
  for (int d = along.rank - 1; d >= 0; --d) {
    along.size[d] = index.shape[d];
    along.step[d] = next;
    next *= other[d];
    if (d == along.axis || index.shape.count() == 0 || index.shape[d] <= other[d]) continue;
    fault->set(ErrorCode::out_of_range, "indices of size {} along a dimension of {}", index.shape[d], other[d]);
    return false;
  }
  return true;
}

void report_outside(const lathe::cpu::AlongAxis& along, int64_t bad, Fault* fault) {
  if (bad >= 0)
    fault->set(ErrorCode::out_of_range, "index {} is outside a dimension of {}", along.index.given(bad),
               along.axis_size);
}

void run(const ops::GatherElements& op, const Launch& launch, Team& team) {
  const TensorView& x = launch.inputs[0];
  lathe::cpu::AlongAxis along;
  if (!along_axis(op.axis, launch.inputs[1], x.shape, launch.fault, along)) return;
  report_outside(along, gather_elements(along, x.data, launch.outputs[0].data, element_of(x), team), launch.fault);
}

void run(const ops::ScatterElements& op, const Launch& launch, Team& team) {
  const TensorView& y = launch.outputs[0];
  lathe::cpu::AlongAxis along;
  if (!along_axis(op.axis, launch.inputs[1], y.shape, launch.fault, along)) return;
  copy_share(launch.inputs[0], y, team);
  team.barrier();
  report_outside(along, scatter_elements(along, launch.inputs[2].data, y.data, y.dtype, join_of(op.reduction), team),
                 launch.fault);
}

void run(const ops::TopK& op, const Launch& launch, Team& team) {
  const TensorView &x = launch.inputs[0], &values = launch.outputs[0];
  const int axis = axis_in(op.axis, x.shape);
  lathe::cpu::TopKArgs args;
  args.type = x.dtype;
  args.x = x.data;
  args.values = values.data;
  args.places = launch.outputs[1].as<int64_t>();
  args.scratch = launch.workspace;
  args.outer = count_of(x.shape, 0, axis);
  args.n = x.shape[axis];
  args.inner = count_of(x.shape, axis + 1, x.shape.rank());
  args.k = values.shape[axis];
  args.smallest = !op.largest;
  // Sizes that were symbolic in the network show here for the first time.
  if (args.k > args.n) return launch.fault->set(ErrorCode::out_of_range, "the {} first of {} elements", args.k, args.n);
  top_k(args, team);
}

void run(const ops::NonZero&, const Launch& launch, Team& team) {
  const TensorView& x = launch.inputs[0];
  const Shape shape = x.shape.rank() == 0 ? Shape{1} : x.shape;
  const int64_t found =
      lathe::cpu::non_zero(x.dtype, x.data, shape.begin(), shape.rank(), launch.outputs[0].as<int64_t>(),
                           reinterpret_cast<int64_t*>(launch.workspace), team);
  if (team.rank() == 0) launch.extents[0] = found;
}

template <class Op>
class IndexTactic : public CpuTactic {
 public:
  explicit IndexTactic(std::string_view op) : CpuTactic(op, "index", Isa::avx2) {}
  std::unique_ptr<Step> prepare(const Question& q) const override {
    return std::make_unique<FunctionStep>(
        [op = *q.op.as<Op>()](const Launch& launch, Team& team) { cpu::run(op, launch, team); },
        [op = *q.op.as<Op>()](std::span<const TensorView> in, std::span<const TensorView>, int threads) {
          return static_cast<size_t>(threads * bytes_of_member(op, in));
        });
  }

 protected:
  std::string reject(const Question& q) const override {
    const bool computes = q.op.template is<ops::ScatterElements>() || q.op.template is<ops::ScatterNd>();
    const DType type = q.inputs[0].type.dtype;
    return computes && lathe::cpu::lane_of(type) == lathe::cpu::Lane::none ? unsupported_type(type) : std::string();
  }

 private:
  static int64_t bytes_of_member(const Op& op, std::span<const TensorView> in) {
    if constexpr (std::is_same_v<Op, ops::TopK>)
      return lathe::cpu::top_k_bytes(in[0].shape[axis_in(op.axis, in[0].shape)]);
    return sizeof(int64_t);
  }
};

}  // namespace

void add_indexing(TacticList& list) {
  list.push_back(new IndexTactic<ops::Gather>("gather"));
  list.push_back(new IndexTactic<ops::GatherElements>("gather_elements"));
  list.push_back(new IndexTactic<ops::GatherNd>("gather_nd"));
  list.push_back(new IndexTactic<ops::ScatterElements>("scatter_elements"));
  list.push_back(new IndexTactic<ops::ScatterNd>("scatter_nd"));
  list.push_back(new IndexTactic<ops::TopK>("top_k"));
  list.push_back(new IndexTactic<ops::NonZero>("non_zero"));
}

}  // namespace lathe::backends::cpu
