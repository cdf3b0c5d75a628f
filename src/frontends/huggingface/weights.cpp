#include "frontends/huggingface/weights.h"

#include <algorithm>
#include <cstring>

#include "base/dtype.h"
#include "base/error.h"
#include "base/log.h"
#include "ops/cast.h"

namespace lathe::huggingface {
namespace {

constexpr size_t kNamed = 5;         // weights that a message names
constexpr size_t kMostMissing = 64;  // then building goes no further

/// The present spelling of a weight's name.
std::string present_name(std::string name, std::string_view prefix) {
  auto replace_end = [&](std::string_view old_end, std::string_view new_end) {
    if (name.ends_with(old_end)) name.replace(name.size() - old_end.size(), old_end.size(), new_end);
  };
  replace_end("LayerNorm.gamma", "LayerNorm.weight");
  replace_end("LayerNorm.beta", "LayerNorm.bias");
  if (prefix.empty()) return name;
  // The modules of the bare model, saved without a head around it.
  for (std::string_view module : {"embeddings.", "encoder.", "pooler."})
    if (name.starts_with(module)) name.insert(0, prefix);
  return name;
}

/// Whether some element has an exponent of ones only: NaN or infinite.
template <class Bits>
bool has_special(const HostTensor& tensor, Bits exponent) {
  constexpr size_t kBlock = 4096;  // a loop without an early exit is vectorised
  auto bits = tensor.as<Bits>();
  for (size_t at = 0; at < bits.size(); at += kBlock) {
    size_t end = std::min(bits.size(), at + kBlock);
    Bits found = 0;
    for (size_t i = at; i < end; ++i) found = static_cast<Bits>(found | Bits((bits[i] & exponent) == exponent));
    if (found) return true;
  }
  return false;
}

bool has_special(const HostTensor& tensor) {
  switch (tensor.dtype) {
    case DType::f32: return has_special<uint32_t>(tensor, 0x7f800000u);
    case DType::f16: return has_special<uint16_t>(tensor, 0x7c00u);
    case DType::bf16: return has_special<uint16_t>(tensor, 0x7f80u);
    case DType::f64: return has_special<uint64_t>(tensor, 0x7ff0000000000000u);
    default: return false;
  }
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kNamed); ++i) text += (i ? ", " : "") + shown(names[i]);
  return names.size() > kNamed ? text + ", ..." : text;
}

}  // namespace

Weights::Weights(const std::string& path, std::string_view prefix, ir::Network& network, std::string scope)
    : path_(path), prefix_(prefix), scope_(std::move(scope)), store_(WeightStore::open(path)), network_(network) {
  for (const std::string& name : store_.names()) {
    prefixed_ = prefixed_ || name.starts_with(prefix);
    auto [place, is_new] = actual_.emplace(present_name(name, prefix), name);
    // Two spellings of one weight: the present one counts, the other is left over.
    if (!is_new && name == place->first) place->second = name;
  }
}

ir::ValueId Weights::get(std::string_view name, const Shape& shape) {
  if (auto known = values_.find(name); known != values_.end()) return known->second;
  ops::TensorType type{DType::f32, {shape.begin(), shape.end()}};
  auto recipe = std::make_shared<ir::Recipe>();
  auto found = actual_.find(name);
  ir::ValueId value;
  if (found == actual_.end()) {
    // As the file would spell it.
    missing_.emplace_back(!prefixed_ && name.starts_with(prefix_) ? name.substr(prefix_.size()) : name);
    if (missing_.size() >= kMostMissing) check({});
    // Never read: check() throws before the network is used.
    Blob nothing{nullptr, nullptr, static_cast<size_t>(shape.count()) * sizeof(float)};
    value = network_.add_constant(scope_ + std::string(name), type, {nothing, recipe});
  } else {
    HostTensor tensor = store_.tensor(found->second);
    if (!is_float(tensor.dtype) || !(tensor.shape == shape))
      fail(ErrorCode::shape_mismatch, path_, "use the config.json that belongs to these weights",
           "the weight {} is {}{}, config.json implies floats {}", shown(found->second), to_string(tensor.dtype),
           to_string(tensor.shape), to_string(shape));
    if (has_special(tensor))
      log(LogLevel::warning, "{}: the weight {} has NaN or infinite elements; results may be NaN", path_,
          shown(found->second));
    tensor.data.forget();
    used_.emplace(found->second);
    const std::string constant = scope_ + std::string(name);
    recipe->source = scope_ + found->second;
    type.dtype = tensor.dtype;
    value = network_.add_constant(constant, type, {tensor.data, recipe});
    if (tensor.dtype != DType::f32)
      value = network_.add1(ops::Cast{DType::f32}, {value}, constant + ".f32", {constant});
  }
  values_.emplace(name, value);
  return value;
}

bool Weights::same(std::string_view a, std::string_view b) const {
  HostTensor x = store_.tensor(actual_.find(a)->second), y = store_.tensor(actual_.find(b)->second);
  return x.dtype == y.dtype && x.shape == y.shape &&
         (x.data.size == 0 || std::memcmp(x.data.data, y.data.data, x.data.size) == 0);
}

void Weights::check(std::string_view cure) const {
  if (missing_.empty()) return;
  std::string count =
      missing_.size() >= kMostMissing ? fmt::format("at least {}", kMostMissing) : std::to_string(missing_.size());
  fail(ErrorCode::not_found, path_, cure.empty() ? "use the config.json that belongs to these weights" : cure,
       "{} weight(s) that config.json implies are missing: {}", count, list_of(missing_));
}

void Weights::warn_unused(const std::vector<std::string>& known) const {
  std::set<std::string, std::less<>> expected = used_;
  for (const auto& [spelling, name] : actual_)
    for (const std::string& prefix : known)
      if (spelling.starts_with(prefix)) expected.insert(name);
  std::vector<std::string> unused;
  for (const std::string& name : store_.names())
    if (!expected.contains(name)) unused.push_back(name);
  if (!unused.empty())
    log(LogLevel::warning, "{}: {} weight(s) are not used: {}", path_, unused.size(), list_of(unused));
}

}  // namespace lathe::huggingface
