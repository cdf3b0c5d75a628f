// Losses of classes.
#include <algorithm>

#include "frontends/onnx/registry.h"
#include "ops/compare.h"
#include "ops/gather.h"
#include "ops/gather_elements.h"
#include "ops/softmax.h"
#include "ops/where.h"

namespace lathe::onnx {
namespace {

using ops::BinaryKind;
using ops::ReduceKind;

/// -weight[t] * log_probability[n, t, ..], and its sum, its mean over the weights, or all of them.
ValueId negative_log_likelihood(NodeReader& n, ValueId scores, ValueId target, ValueId weight) {
  const DType type = n.dtype(scores);
  const auto number = [&](double x, DType t) { return n.scalar(x, t); };
  target = n.cast(target, DType::i64);
  // An ignored target need be no class: it stands for class 0, of weight 0.
  ValueId counts = ir::kNone;
  if (n.has("ignore_index")) {
    const auto ignored = static_cast<double>(n.integer("ignore_index"));
    counts = n.add(ops::Compare{ops::CompareKind::not_equal}, {target, number(ignored, DType::i64)});
    target = n.add(ops::Where{}, {counts, target, number(0, DType::i64)});
  }
  const std::vector<Dim> shape = n.shape(target);
  ValueId loss = n.add(ops::GatherElements{1}, {scores, n.unsqueeze(target, {1})});
  loss = n.unary(ops::UnaryKind::neg, n.reshape(loss, shape));
  ValueId weights = weight == ir::kNone ? ir::kNone : n.add(ops::Gather{.axis = 0, .from_end = true}, {weight, target});
  if (counts != ir::kNone) {
    const ValueId flags = n.cast(counts, type);
    weights = weights == ir::kNone ? flags : n.binary(BinaryKind::mul, weights, flags);
    loss = n.add(ops::Where{}, {counts, loss, number(0, type)});
  }
  if (weights != ir::kNone) loss = n.binary(BinaryKind::mul, loss, weights);
  const std::string reduction = n.text("reduction", "mean");
  if (reduction == "none") return loss;
  std::vector<int64_t> all;
  for (int64_t d = 0; d < n.rank(loss); ++d) all.push_back(d);
  const ValueId sum = n.reduce(ReduceKind::sum, loss, all, false);
  if (reduction == "sum") return sum;
  if (reduction != "mean") n.corrupt("its reduction is none of ONNX");
  if (weights == ir::kNone) return n.reduce(ReduceKind::mean, loss, all, false);
  return n.binary(BinaryKind::div, sum, n.reduce(ReduceKind::sum, n.expand(weights, shape), all, false));
}

void nll_loss(NodeReader& n) { n.give(negative_log_likelihood(n, n.in(0), n.in(1), n.in_or_none(2))); }

void softmax_cross_entropy(NodeReader& n) {
  const ValueId log_probability = n.add(ops::Softmax{.axis = 1, .log = true}, {n.in(0)});
  n.give(0, negative_log_likelihood(n, log_probability, n.in(1), n.in_or_none(2)));
  n.give(1, log_probability);
}

constexpr Entry kEntries[] = {
    {"NegativeLogLikelihoodLoss", nll_loss},
    {"SoftmaxCrossEntropyLoss", softmax_cross_entropy},
};

}  // namespace

std::span<const Entry> losses_entries() { return kEntries; }

}  // namespace lathe::onnx
