#pragma once
#include "frontends/onnx/write/node_writer.h"
#include "ops/window.h"

namespace lathe::onnx {

/// strides, dilations and pads of a node. Paddings that a run computes are no attributes: they are left out.
std::vector<proto::Attribute> window_attributes(const ops::Window& window, size_t spatial);
/// Whether ONNX takes the paddings as attributes: constants.
bool has_constant_pads(const ops::Window& window);
/// x [n, c, x..] with what its window adds around it, `value` everywhere.
std::string padded(NodeWriter& n, const ops::Window& window, double value);

/// x [n, x.., c] as [n, c, x..], and back.
std::string channels_first(NodeWriter& n, const std::string& x, int64_t rank);
std::string channels_last(NodeWriter& n, const std::string& x, int64_t rank);

}  // namespace lathe::onnx
