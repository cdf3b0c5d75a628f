#include <algorithm>

#include "api/network_data.h"
#include "api/wishes.h"
#include "base/error.h"
#include "compiler/portable.h"
#include "frontends/onnx/write/writer.h"
#include "lathe/network.h"
#include "ops/fill.h"

namespace lathe {
namespace {

/// What an input holds where it is left out, as an op.
ops::Fill default_of(const ir::Network& network, const ir::Input& input) {
  const ir::Value& value = network.value(input.value);
  ops::Fill fill{value.type.dtype, value.type.shape};
  switch (input.absent) {
    case ir::InputDefault::zeros: break;
    case ir::InputDefault::ones: fill.start = 1; break;
    case ir::InputDefault::positions: fill.step = 1; break;
    case ir::InputDefault::required:
      fail(ErrorCode::invalid_argument, value.name, "keep it", "nothing says what it holds where it is left out");
  }
  return fill;
}

void leave_out(ir::Network& network, const std::string& name) {
  const auto input = std::find_if(network.inputs.begin(), network.inputs.end(),
                                  [&](const ir::Input& i) { return network.value(i.value).name == name; });
  if (input == network.inputs.end())
    fail(ErrorCode::not_found, network.name, "name one that it has", "it has no input '{}'", name.substr(0, 64));
  const ir::ValueId old = input->value;
  const ops::Fill fill = default_of(network, *input);
  network.inputs.erase(input);
  network.replace(old, network.add1(fill, {}, name + ".default"));
  network.sort();
}

}  // namespace

void write_onnx(const Network& network, const std::string& path, const OnnxWriteOptions& options) {
  Network copy = network;
  api::NetworkData& data = copy.data();
  api::apply_types(data);
  for (const std::string& name : options.left_out) leave_out(data.network, name);
  if (options.optimised) compiler::optimise_portably(data.network, options.passes);
  onnx::write_onnx(data.network, path, {options.external_data});
}

}  // namespace lathe
