// Fourier transforms.
#include <algorithm>

#include "base/error.h"
#include "frontends/onnx/registry.h"
#include "ops/dft.h"

namespace lathe::onnx {
namespace {

void dft(NodeReader& n) {
  const ValueId x = n.in(0);
  ops::Dft op;
  op.inverse = n.integer("inverse", 0) != 0;
  op.onesided = n.integer("onesided", 0) != 0;
  op.axis = n.opset() < 20 ? n.integer("axis", 1) : -2;
  if (n.has(2)) op.axis = n.known_integer(n.in(2), "axis");
  op.axis = n.axis(op.axis, n.rank(x));
  if (n.has(1)) op.length = n.known_sizes(n.in(1), "dft_length");
  n.give(n.add(op, {x}));
}

/// Frames of the signal [batch, length, 1|2], each under the window, transformed.
void stft(NodeReader& n) {
  const ValueId x = n.in(0);
  const int64_t step = n.known_integer(n.in(1), "frame_step");
  const std::vector<Dim> shape = n.shape(x);
  if (step < 1 || shape.size() < 2 || shape.size() > 3)
    n.corrupt("it takes [batch, length, 1] and a frame_step from 1");
  const Dim length = n.has(3) ? Dim(n.known_integer(n.in(3), "frame_length")) : n.has(2) ? n.dim(n.in(2), 0) : shape[1];
  if (!length.is_constant() || !shape[1].is_constant()) n.refuse("a signal of unknown length", "fix its length");
  const int64_t frames = 1 + (shape[1].constant() - length.constant()) / step;
  if (frames < 1 || frames > 65536) n.refuse(fmt::format("{} frames", frames), "use a longer signal, or a larger step");
  const ValueId signal = shape.size() == 2 ? n.unsqueeze(x, {2}) : x;
  std::vector<ValueId> list;
  for (int64_t f = 0; f < frames; ++f) list.push_back(n.unsqueeze(n.slice(signal, 1, Dim(f * step), length), {1}));
  ValueId framed = n.concat(list, 1);
  if (n.has(2)) framed = n.binary(ops::BinaryKind::mul, framed, n.unsqueeze(n.in(2), {1}));
  ops::Dft op;
  op.axis = 2;
  op.onesided = n.integer("onesided", 1) != 0;
  n.give(n.add(op, {framed}));
}

constexpr Entry kEntries[] = {{"DFT", dft},
                              {"STFT", stft, {}, "signals and frames of known length, at most 65536 frames"}};

}  // namespace

std::span<const Entry> signal_entries() { return kEntries; }

}  // namespace lathe::onnx
