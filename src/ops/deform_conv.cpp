#include "ops/deform_conv.h"

#include "base/error.h"
#include "ops/conv.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(DeformConv, deform_conv, Traits{})

namespace {

/// x, w and perhaps the bias: what a plain convolution takes.
Types plain_inputs(const DeformConv& op, const Types& in) {
  const size_t count = 3 + (op.bias ? 1 : 0) + (op.mask ? 1 : 0);
  check_count("deform_conv", in, count, count);
  for (const TensorType& type : in)
    if (type.dtype != in[0].dtype) reject("deform_conv", in, "all inputs must have one type");
  check_float("deform_conv", in, 0);
  Types plain = {in[0], in[1]};
  if (op.bias) plain.push_back(in[3]);
  return plain;
}

}  // namespace

Types infer(const DeformConv& op, const Types& in, Equalities& needed) {
  const Types results = infer(Conv{op.window, op.groups}, plain_inputs(op, in), needed);
  if (op.offset_groups < 1) reject("deform_conv", in, "offset_groups must be at least 1");
  const Dim groups(op.offset_groups);
  need_equal("deform_conv", in, Dim::floordiv(in[0].shape[1], groups) * groups, in[0].shape[1],
             "the channels do not fall into offset_groups", needed);
  Dim elements = groups;
  for (size_t d = 2; d < in[1].shape.size(); ++d) elements = elements * in[1].shape[d];
  const auto check = [&](const TensorType& type, const Dim& channels, std::string_view reason) {
    if (type.rank() != in[0].rank()) reject("deform_conv", in, reason);
    for (size_t d = 0; d < type.shape.size(); ++d)
      need_equal("deform_conv", in, type.shape[d], d == 1 ? channels : results[0].shape[d], reason, needed);
  };
  check(in[2], elements * Dim(in[0].rank() - 2), "the offset needs a number for each dimension of each element");
  if (op.mask) check(in.back(), elements, "the mask needs a number for each element");
  return results;
}

Dim flops(const DeformConv& op, const Types& in) { return flops(Conv{op.window, op.groups}, plain_inputs(op, in)); }

}  // namespace lathe::ops
