#include "ops/conv.h"

#include "base/dtype.h"
#include "base/error.h"
#include "ops/expander.h"
#include "ops/shape_rules.h"
#include "ops/transpose.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Conv, conv, Traits{})

void check_conv_operands(std::string_view op, const Types& in, const Window& window, int64_t groups, bool crops) {
  check_count(op, in, 2, 3);
  check_window(op, in, window, spatial_of(op, in), crops);
  for (const TensorType& type : in)
    if (type.dtype != in[0].dtype) reject(op, in, "x, w and the bias must have one type");
  if (!is_float(in[0].dtype) && in[0].dtype != DType::i32 && in[0].dtype != DType::i64)
    reject(op, in, "takes floating point, i32 and i64");
  if (in[1].rank() != in[0].rank()) reject(op, in, "x and w must have as many dimensions");
  if (in.size() == 3 && in[2].rank() != 1) reject(op, in, "the bias must be a vector");
  if (groups < 1) reject(op, in, "groups must be at least 1");
}

namespace {

/// x and w, by what their dimensions are.
struct Sizes {
  Dim channels, of_group, outputs;  ///< of x; of w, in and out
  std::vector<Dim> x, k;            ///< the spatial ones
};

Sizes sizes_of(const Conv& op, const std::vector<Dim>& x, const std::vector<Dim>& w) {
  if (op.channels_last)
    return {x.back(), w[w.size() - 2], w.back(), {x.begin() + 1, x.end() - 1}, {w.begin(), w.end() - 2}};
  return {x[1], w[1], w[0], {x.begin() + 2, x.end()}, {w.begin() + 2, w.end()}};
}

void check_epilogue(const Conv& op, const Types& in, const TensorType& y, Equalities& needed) {
  if (!op.epilogue.records.empty()) check_float("conv", in, 0);
  for (size_t i = 0; i < op.epilogue.operands(); ++i) {
    const TensorType& operand = in[2 + i];
    check_float("conv", in, 2 + i);
    const bool residual = op.epilogue.record_of(i).kind == EpilogueRecord::Kind::residual;
    if (operand.rank() != (residual ? y.rank() : 1))
      reject("conv", in, fmt::format("input {} does not fit the output {}", 2 + i, to_string(y)));
    for (size_t d = 0; d < operand.shape.size(); ++d)
      need_equal("conv", in, operand.shape[d], residual ? y.shape[d] : y.shape.back(),
                 fmt::format("input {} does not fit the output {}", 2 + i, to_string(y)), needed);
  }
}

}  // namespace

Types infer(const Conv& op, const Types& in, Equalities& needed) {
  if (!op.channels_last && !op.epilogue.records.empty())
    reject("conv", in, "only a convolution with its channels last has an epilogue");
  const size_t operands = op.epilogue.operands();
  check_count("conv", in, 2 + operands, op.channels_last ? 2 + operands : 3);
  const Types bare(in.begin(), in.end() - static_cast<int64_t>(operands));
  check_conv_operands("conv", bare, op.window, op.groups, false);
  const Sizes sizes = sizes_of(op, in[0].shape, in[1].shape);
  const Dim groups(op.groups);
  need_equal("conv", in, sizes.of_group * groups, sizes.channels,
             fmt::format("x has {} channels, w takes {} in each of {} groups", sizes.channels.str(),
                         sizes.of_group.str(), op.groups),
             needed);
  need_equal("conv", in, Dim::floordiv(sizes.outputs, groups) * groups, sizes.outputs,
             fmt::format("{} outputs do not fall into {} groups", sizes.outputs.str(), op.groups), needed);
  TensorType y{in[0].dtype, {in[0].shape[0]}};
  for (size_t d = 0; d < sizes.x.size(); ++d)
    y.shape.push_back(windows_in("conv", in, op.window, d, sizes.x[d], sizes.k[d], false));
  y.shape.insert(op.channels_last ? y.shape.end() : y.shape.begin() + 1, sizes.outputs);
  if (op.channels_last)
    check_epilogue(op, in, y, needed);
  else if (in.size() == 3)
    need_equal("conv", in, in[2].shape[0], sizes.outputs, "the bias needs one value an output", needed);
  return {y};
}

Dim flops(const Conv& op, const Types& in) {
  Equalities needed;
  Dim count = Dim(2) * count_of(infer(op, in, needed)[0].shape);
  const Sizes sizes = sizes_of(op, in[0].shape, in[1].shape);
  for (const Dim& k : sizes.k) count = count * k;
  return count * sizes.of_group;
}

namespace {

/// [o, c, k..] from [k.., c, o].
std::vector<int64_t> weights_first(size_t rank) {
  std::vector<int64_t> perm = {static_cast<int64_t>(rank) - 1, static_cast<int64_t>(rank) - 2};
  for (size_t d = 0; d + 2 < rank; ++d) perm.push_back(static_cast<int64_t>(d));
  return perm;
}

}  // namespace

ExpanderValue expand(const Conv& op, Expander& to, std::span<const ExpanderValue> in) {
  if (!op.channels_last) return kNoExpansion;
  if (!op.epilogue.records.empty()) {
    const DType stored = to.type(in[0]).dtype, working = to.working_type(in);
    Conv bare = op;
    bare.epilogue = {};
    const ExpanderValue y = to.add(bare, {to.cast(in[0], working), to.cast(in[1], working)});
    return to.cast(expand(op.epilogue, to, y, in.subspan(2)), stored);
  }
  Conv first = op;
  first.channels_last = false;
  const size_t rank = to.type(in[0]).shape.size();
  const ExpanderValue x = to.add(Transpose{channels_first(rank)}, {in[0]});
  const ExpanderValue w = to.add(Transpose{weights_first(rank)}, {in[1]});
  return to.add(Transpose{channels_back(rank)}, {to.add(first, {x, w})});
}

}  // namespace lathe::ops
