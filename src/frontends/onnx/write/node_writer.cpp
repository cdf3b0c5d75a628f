#include "frontends/onnx/write/node_writer.h"

#include "base/error.h"
#include "frontends/onnx/write/element_type.h"

namespace lathe::onnx {

int64_t number_of(DType type) { return static_cast<int64_t>(element_of(type)); }

std::vector<int64_t> inverse(const std::vector<int64_t>& perm) {
  std::vector<int64_t> back(perm.size());
  for (size_t i = 0; i < perm.size(); ++i) back[static_cast<size_t>(perm[i])] = static_cast<int64_t>(i);
  return back;
}

Values NodeWriter::all_inputs() const {
  Values names;
  for (size_t i = 0; i < inputs(); ++i) names.push_back(in(i));
  return names;
}

const ir::Constant* NodeWriter::constant(size_t i) const {
  const std::optional<ir::Constant>& held = value(node_.inputs.at(i)).constant;
  return held ? &*held : nullptr;
}

std::string NodeWriter::cast(const std::string& x, DType from, DType to) const {
  return from == to ? x : emit("Cast", {x}, {attribute("to", number_of(to))});
}

std::string NodeWriter::reshape(const std::string& x, const std::vector<int64_t>& shape) const {
  return emit("Reshape", {x, integers(shape)});
}

std::string NodeWriter::transpose(const std::string& x, std::vector<int64_t> perm) const {
  return emit("Transpose", {x}, {attribute("perm", std::move(perm))});
}

void NodeWriter::refuse(std::string_view problem, std::string_view cure) const {
  std::vector<std::string> types;
  for (size_t i = 0; i < inputs(); ++i) types.push_back(ops::to_string(type(i)));
  fail(ErrorCode::unsupported, node_.name, cure, "{} on {} is not written as ONNX: {}", node_.op.str().substr(0, 200),
       types.empty() ? "nothing" : fmt::format("{}", fmt::join(types, ", ")), problem);
}

}  // namespace lathe::onnx
