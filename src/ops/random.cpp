#include "ops/random.h"

#include <cmath>

#include "base/dtype.h"
#include "base/error.h"
#include "ops/shape_rules.h"

namespace lathe::ops {

LATHE_DEFINE_OP(Random, random, Traits{.effect = true})

namespace {

bool makes_its_shape(const Random& op) { return op.kind == RandomKind::uniform || op.kind == RandomKind::normal; }

}  // namespace

Types infer(const Random& op, const Types& in) {
  for (double number : {op.low, op.high, op.mean, op.scale})
    if (!std::isfinite(number)) reject("random", in, "an attribute is not finite");
  if (makes_its_shape(op)) {
    check_count("random", in, 0, 0);
    if (!is_float(op.dtype)) reject("random", in, "these numbers are floating point");
    for (const Dim& d : op.shape)
      if (d.is_constant() && d.constant() < 0) reject("random", in, "a size is negative");
    return {{op.dtype, op.shape}};
  }
  check_count("random", in, 1, 1);
  check_float("random", in, 0);
  if (!op.shape.empty()) reject("random", in, "the shape is that of the input");
  if (op.kind == RandomKind::bernoulli) return {{op.dtype, in[0].shape}};
  if (in[0].rank() != 2) reject("random", in, "takes [batch, classes]");
  if (op.dtype != DType::i32 && op.dtype != DType::i64) reject("random", in, "classes are i32 or i64");
  if (op.samples < 0) reject("random", in, "samples must not be negative");
  return {{op.dtype, {in[0].shape[0], Dim(op.samples)}}};
}

size_t resolve(Random& op, const Types& in, const Contents& known) {
  if (!makes_its_shape(op) || in.empty()) return in.size();
  check_count("random", in, 1, 1);
  if (!op.shape.empty()) reject("random", in, "the shape is an attribute and an input");
  op.shape = sizes_from("random", in, known, 0, "shape");
  return 0;
}

}  // namespace lathe::ops
