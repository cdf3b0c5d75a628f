// Convolutions and what else is computed over windows.
#include "frontends/onnx/write/ops/windows.h"

#include <algorithm>
#include <limits>

#include "base/dtype.h"
#include "frontends/onnx/write/spelling.h"
#include "ops/col2im.h"
#include "ops/conv.h"
#include "ops/deconv.h"
#include "ops/deform_conv.h"

namespace lathe::onnx {

bool has_constant_pads(const ops::Window& window) {
  const auto is_constant = [](const Dim& d) { return d.is_constant(); };
  return std::all_of(window.pads_before.begin(), window.pads_before.end(), is_constant) &&
         std::all_of(window.pads_after.begin(), window.pads_after.end(), is_constant);
}

std::vector<proto::Attribute> window_attributes(const ops::Window& window, size_t spatial) {
  std::vector<int64_t> strides, dilations, pads;
  for (size_t d = 0; d < spatial; ++d) strides.push_back(window.stride(d)), dilations.push_back(window.dilation(d));
  std::vector<proto::Attribute> list = {attribute("strides", strides), attribute("dilations", dilations)};
  if (!has_constant_pads(window)) return list;
  for (size_t d = 0; d < spatial; ++d) pads.push_back(window.before(d).constant());
  for (size_t d = 0; d < spatial; ++d) pads.push_back(window.after(d).constant());
  list.push_back(attribute("pads", pads));
  return list;
}

std::string padded(NodeWriter& n, const ops::Window& window, double value) {
  if (has_constant_pads(window)) return n.in(0);
  const size_t spatial = n.type().shape.size() - 2;
  std::vector<Dim> sizes = {Dim(0), Dim(0)};
  for (size_t d = 0; d < spatial; ++d) sizes.push_back(window.before(d));
  sizes.insert(sizes.end(), 2, Dim(0));
  for (size_t d = 0; d < spatial; ++d) sizes.push_back(window.after(d));
  return n.emit("Pad", {n.in(0), n.body().sizes(sizes), n.number(value, n.type().dtype)});
}

std::string channels_first(NodeWriter& n, const std::string& x, int64_t rank) {
  std::vector<int64_t> perm = {0, rank - 1};
  for (int64_t d = 1; d + 1 < rank; ++d) perm.push_back(d);
  return n.transpose(x, perm);
}

std::string channels_last(NodeWriter& n, const std::string& x, int64_t rank) {
  std::vector<int64_t> perm = {0};
  for (int64_t d = 2; d < rank; ++d) perm.push_back(d);
  perm.push_back(1);
  return n.transpose(x, perm);
}

namespace {

/// ONNX convolves floats: whole numbers go through F64, which holds what fits into 53 bits.
Values convolve(NodeWriter& n, std::string_view op, Values inputs, const std::vector<proto::Attribute>& attributes) {
  const DType type = n.type().dtype;
  for (std::string& input : inputs) input = is_float(type) ? input : n.cast(input, type, DType::f64);
  const std::string y = n.emit(op, inputs, attributes);
  return {is_float(type) ? y : n.cast(y, DType::f64, type)};
}

std::vector<proto::Attribute> attributes_of(const NodeWriter& n, const ops::Window& window, int64_t groups) {
  std::vector<proto::Attribute> list = window_attributes(window, n.type().shape.size() - 2);
  list.push_back(attribute("group", groups));
  return list;
}

Values conv(NodeWriter& n) {
  const auto& op = n.op<ops::Conv>();
  if (op.channels_last) return {};
  Values inputs = n.all_inputs();
  inputs[0] = padded(n, op.window, 0);
  return convolve(n, "Conv", inputs, attributes_of(n, op.window, op.groups));
}

/// What padding takes away, and adds where it is negative, as ONNX has it: paddings from 0 and more behind.
Values deconv(NodeWriter& n) {
  const auto& op = n.op<ops::Deconv>();
  std::vector<proto::Attribute> attributes = attributes_of(n, op.window, op.groups);
  std::vector<int64_t> more;
  for (const Dim& d : op.output_padding) {
    if (!d.is_constant() || !has_constant_pads(op.window))
      n.refuse("its padding is computed in a run", "give a padding that is a constant");
    more.push_back(d.constant());
  }
  if (!has_constant_pads(op.window)) n.refuse("its padding is computed in a run", "give one that is a constant");
  if (!more.empty()) attributes.push_back(attribute("output_padding", more));
  return convolve(n, "ConvTranspose", n.all_inputs(), attributes);
}

Values deform_conv(NodeWriter& n) {
  const auto& op = n.op<ops::DeformConv>();
  if (!has_constant_pads(op.window)) n.refuse("its padding is computed in a run", "give one that is a constant");
  std::vector<proto::Attribute> attributes = attributes_of(n, op.window, op.groups);
  attributes.push_back(attribute("offset_group", op.offset_groups));
  Values inputs = {n.in(0), n.in(1), n.in(2), "", ""};
  if (op.bias) inputs[3] = n.in(3);
  if (op.mask) inputs[4] = n.in(op.bias ? 4 : 3);
  return {n.emit("DeformConv", inputs, attributes)};
}

Values col2im(NodeWriter& n) {
  const auto& op = n.op<ops::Col2Im>();
  if (!has_constant_pads(op.window)) n.refuse("its padding is computed in a run", "give one that is a constant");
  return {n.emit("Col2Im", {n.in(0), n.body().sizes(op.image), n.integers(op.block)},
                 window_attributes(op.window, op.block.size()))};
}

constexpr std::string_view kComputed = "paddings that a run computes";
constexpr Spelling kSpellings[] = {
    {"col2im", col2im, kComputed},
    {"conv", conv},
    {"deconv", deconv, kComputed},
    {"deform_conv", deform_conv, kComputed},
};

}  // namespace

std::span<const Spelling> windows_spellings() { return kSpellings; }

}  // namespace lathe::onnx
