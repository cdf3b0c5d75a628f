#include <algorithm>
#include <tuple>

#include "api/network_data.h"
#include "base/error.h"
#include "compiler/reference_evaluator.h"
#include "frontends/onnx/reader.h"
#include "frontends/onnx/registry.h"
#include "lathe/network.h"

namespace lathe {

Network read_onnx(const std::string& path, const OnnxOptions& options) {
  onnx::ReadOptions read;
  read.evaluator = &compiler::reference_evaluator();
  for (const auto& [name, tensor] : options.fixed) {
    const int64_t bytes = tensor_bytes(tensor.dtype, tensor.shape);
    if (bytes < 0 || (bytes > 0 && tensor.data == nullptr) || tensor.strides.rank() > 0 || !tensor.format.is_dense())
      fail(ErrorCode::invalid_argument, name, "give row-major memory", "a fixed input {}{} has no such memory",
           to_string(tensor.dtype), to_string(tensor.shape));
    read.fixed[name] = {name, tensor.dtype, tensor.shape, Blob::copy_of(tensor.data, static_cast<size_t>(bytes))};
  }
  read.shapes = options.shapes;
  if (options.report)
    read.report = [&](const onnx::NodeReport& r) {
      options.report({r.name, r.op, r.domain, r.opset, r.inputs, r.problem, r.cure});
    };
  auto data = std::make_unique<api::NetworkData>();
  data->network = onnx::read_onnx(path, read);
  return Network(std::move(data));
}

bool is_onnx(const std::string& path) { return onnx::is_onnx(path); }

std::vector<OnnxOp> onnx_ops() {
  std::vector<OnnxOp> list;
  for (const onnx::Entry* entry : onnx::entries())
    list.push_back({std::string(entry->domain), std::string(entry->op), std::string(entry->limits)});
  std::sort(list.begin(), list.end(),
            [](const OnnxOp& a, const OnnxOp& b) { return std::tie(a.domain, a.name) < std::tie(b.domain, b.name); });
  return list;
}

}  // namespace lathe
