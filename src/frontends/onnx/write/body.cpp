#include "frontends/onnx/write/body.h"

#include <algorithm>
#include <cmath>

#include "ir/expand.h"

namespace lathe::onnx {

Values Body::emit_all(std::string_view op, Values inputs, std::vector<proto::Attribute> attributes, size_t outputs,
                      std::string_view domain) {
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
  proto::Node node{std::string(op), std::move(inputs), {}, std::move(attributes), std::string(domain), {}};
  for (size_t i = 0; i < outputs; ++i) {
    node.outputs.push_back(names_.unique(op));
    made_.insert(node.outputs.back());
  }
  nodes_.push_back(std::move(node));
  return nodes_.back().outputs;
}

bool Body::rename(size_t first, const std::string& value, const std::string& name) {
  if (shared_.contains(value)) return false;
  bool found = false;
  for (size_t i = first; i < nodes_.size(); ++i) {
    std::replace(nodes_[i].inputs.begin(), nodes_[i].inputs.end(), value, name);
    found = found || std::find(nodes_[i].outputs.begin(), nodes_[i].outputs.end(), value) != nodes_[i].outputs.end();
    std::replace(nodes_[i].outputs.begin(), nodes_[i].outputs.end(), value, name);
  }
  if (!found) return false;
  made_.erase(value);
  made_.insert(name);
  return true;
}

std::string Body::constant(proto::Tensor tensor) {
  if (!is_function_) return document_.constant(std::move(tensor));
  const std::string key = proto::bytes_of({{"Constant", {}, {}, {{.name = "value", .tensors = {tensor}}}}});
  const auto known = constants_.find(key);
  if (known != constants_.end()) return known->second;
  return constants_[key] = share(emit("Constant", {}, {{.name = "value", .tensors = {std::move(tensor)}}}));
}

std::string Body::integers(const std::vector<int64_t>& values, DType type) {
  const std::vector<int64_t> dims = {std::ssize(values)};
  if (type == DType::i64) return constant(tensor_of(type, dims, values.data(), values.size() * sizeof(int64_t)));
  const std::vector<int32_t> narrow(values.begin(), values.end());
  return constant(tensor_of(DType::i32, dims, narrow.data(), narrow.size() * sizeof(int32_t)));
}

std::string Body::number(double value, DType type) {
  const auto has_bytes = [&] {
    using enum DType;
    return type == f64 || type == f32 || type == f16 || type == bf16 || type == i64 || type == i32 || type == boolean;
  };
  if (!has_bytes())
    return emit("Cast",
                {number(value, std::abs(value) <= 0x1p62 && value == std::trunc(value) ? DType::i64 : DType::f32)},
                {attribute("to", static_cast<int64_t>(tensor_of(type, {}, nullptr, 0).type))});
  if (type == DType::i64) value = std::isnan(value) ? 0 : std::clamp(value, -0x1p62, 0x1p62);
  if (type == DType::i32) value = std::isnan(value) ? 0 : std::clamp<double>(value, INT32_MIN, INT32_MAX);
  const Blob bytes = ir::number_bytes(value, type);
  return constant(tensor_of(type, {}, bytes.data, bytes.size));
}

}  // namespace lathe::onnx
