#include "passes/mask.h"

#include <algorithm>
#include <cmath>

#include "base/dtype.h"
#include "ops/cast.h"
#include "ops/reshape.h"
#include "passes/index_form.h"

namespace lathe::passes {
namespace {

constexpr double kHides = -9000;  // exp(-9000) is 0 in every type; exporters write -10000 and below

/// Whether the value has an element for each token of a text: it is [batch, .., seq], where all else is 1.
bool is_of_tokens(const ir::Network& network, const Element& element, const std::vector<Dim>& shape) {
  const std::vector<Dim>& own = network.value(element.value).type.shape;
  if (own.size() < 2 || !(own.back() == shape[3]) || !(own[0] == shape[0] || shape[0] == Dim(1))) return false;
  if (!std::all_of(own.begin() + 1, own.end() - 1, [](const Dim& d) { return d == Dim(1); })) return false;
  const Dim text = own[0] == Dim(1) ? Dim(0) : IndexForms::index(0);
  return element.at[0] == text;
}

/// Adds one condition under which a key is seen by a query; false where it is none of a mask's.
bool add(const ir::Network& network, const Condition& c, const std::vector<Dim>& shape, ScoreMask& mask,
         bool& of_keys) {
  const Dim query = IndexForms::index(2), key = IndexForms::index(3);
  if (c.kind == Condition::Kind::at_least) {
    // query - key + n >= 0, or key - query + n >= 0
    const Dim behind = c.distance - (query - key), ahead = c.distance - (key - query);
    if (behind.is_constant() && behind.constant() == 0)
      mask.causal = true;
    else if (behind.is_constant() && behind.constant() > 0 && mask.window_right < 0)
      mask.window_right = behind.constant();
    else if (ahead.is_constant() && ahead.constant() >= 0 && mask.window_left < 0)
      mask.window_left = ahead.constant();
    else
      return false;
    return true;
  }
  if (c.kind != Condition::Kind::set || !is_of_tokens(network, c.element, shape)) return false;
  if (mask.keys != ir::kNone && mask.keys != c.element.value) return false;
  mask.keys = c.element.value;
  mask.of_any_mask = mask.of_any_mask && (!c.of_bits || is_zero_or_one(network, c.element.value));
  if (c.element.at.back() == query && shape[2] == shape[3]) {
    mask.queries = true;
    return true;
  }
  of_keys |= c.element.at.back() == key;
  return c.element.at.back() == key;
}

/// Whether a cast makes zero of nothing but zero: from integers, no integer is rounded to it or wraps around to it.
bool keeps_zeros(DType from, DType to) {
  if (from == to || from == DType::boolean || to == DType::boolean) return true;
  return !is_float(from) && (is_float(to) || size_of(to) >= size_of(from));
}

}  // namespace

std::optional<ScoreMask> score_mask_of(const ir::Network& network, ir::ValueId additive) {
  const std::vector<Dim>& shape = network.value(additive).type.shape;
  if (shape.size() != 4) return std::nullopt;
  IndexForm f = IndexForms(network).of(additive);
  ScoreMask mask;
  if (f.kind == IndexForm::Kind::affine && std::fabs(f.a + f.b) <= 1e-6 * std::fabs(f.b)) {
    // (1 - mask) * -big
    f.conditions = {{Condition::Kind::set, f.element, {}}};
    f.kind = IndexForm::Kind::choice;
    f.a = 0;
    mask.of_any_mask = is_zero_or_one(network, f.element.value);
  }
  if (f.kind != IndexForm::Kind::choice || f.a != 0 || !(f.b <= kHides)) return std::nullopt;
  mask.hidden = f.b;
  bool of_keys = false;
  for (const Condition& c : f.conditions)
    if (!add(network, c, shape, mask, of_keys)) return std::nullopt;
  if (mask.keys != ir::kNone && !of_keys) return std::nullopt;
  if (mask.keys != ir::kNone && network.is_constant(mask.keys)) return std::nullopt;
  return mask;
}

ir::ValueId without_casts(const ir::Network& network, ir::ValueId value, bool exact) {
  ir::ValueId flat = ir::kNone;
  for (const ir::Node* node = network.producer(value);
       node && (node->op.is<ops::Reshape>() || node->op.is<ops::Cast>()); node = network.producer(value)) {
    const ir::ValueId from = node->inputs[0];
    if (exact && !keeps_zeros(network.value(from).type.dtype, network.value(value).type.dtype)) break;
    if (network.value(value).type.rank() == 2) flat = value;
    value = from;
  }
  return network.value(value).type.rank() == 2 || flat == ir::kNone ? value : flat;
}

bool is_zero_or_one(const ir::Network& network, ir::ValueId value) {
  while (network.value(value).type.dtype != DType::boolean) {
    const ir::Node* node = network.producer(value);
    if (!node || !(node->op.is<ops::Reshape>() || node->op.is<ops::Cast>())) return false;
    value = node->inputs[0];
  }
  return true;
}

}  // namespace lathe::passes
