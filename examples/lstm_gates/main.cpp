// An LSTM with weights of PyTorch, which has its gates in the order input, forget, cell, output: each is named as it is
// cut out, so that no order matters. Compares with what PyTorch made of the same batch.
//
//   lstm_gates lstm.npz
#include <algorithm>
#include <cmath>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "lathe/lathe.h"

namespace {

using lathe::Gate;
using lathe::Tensor;

constexpr int kLayers = 2;
constexpr int64_t kHidden = 6;
constexpr Gate kOrder[] = {Gate::input, Gate::forget, Gate::cell, Gate::output};

/// The four gates of each layer and direction, [4 h, i] in one array.
std::vector<lathe::GateWeights> gates_of(lathe::Network& net, const std::string& file) {
  std::vector<lathe::GateWeights> gates;
  for (int layer = 0; layer < kLayers; ++layer)
    for (const std::string direction : {"", "_reverse"}) {
      const std::string suffix = "_l" + std::to_string(layer) + direction;
      const Tensor w = net.weight("weight_ih" + suffix, file), r = net.weight("weight_hh" + suffix, file);
      const Tensor wb = net.weight("bias_ih" + suffix, file), rb = net.weight("bias_hh" + suffix, file);
      for (int64_t g = 0; g < 4; ++g) {
        const auto part = [&](const Tensor& all) { return slice(all, 0, g * kHidden, kHidden); };
        gates.push_back({2 * layer + (direction.empty() ? 0 : 1), kOrder[g], part(w), part(r), part(wb), part(rb)});
      }
    }
  return gates;
}

double largest_difference(const lathe::ConstTensorRef& a, const lathe::ConstTensorRef& b) {
  const auto *x = static_cast<const float*>(a.data), *y = static_cast<const float*>(b.data);
  double largest = a.shape == b.shape ? 0 : INFINITY;
  for (int64_t i = 0; a.shape == b.shape && i < a.shape.count(); ++i)
    largest = std::max(largest, static_cast<double>(std::abs(x[i] - y[i])));
  return largest;
}

/// The arrays of the file that are no weights: outputs of a network that has nothing else.
lathe::Engine arrays_of(const std::string& file) {
  lathe::Network net("arrays");
  for (const char* name : {"x", "y", "h", "c"}) net.output(name, net.weight(name, file));
  return lathe::Engine(lathe::build(net));
}

int run(const std::string& file) {
  lathe::Context arrays = arrays_of(file).context({.threads = 1});
  arrays.run().throw_if_error();

  lathe::Network net("lstm");
  const Tensor x = net.input("x", lathe::DType::f32, {"batch", "seq", 5});
  const lathe::RecurrentResult made = rnn(x, gates_of(net, file), {.layers = kLayers, .both_directions = true});
  // PyTorch has states by layer, then by batch.
  net.output("y", made.y);
  net.output("h", transpose(made.last_h, {1, 0, 2}));
  net.output("c", transpose(made.last_c, {1, 0, 2}));
  lathe::Context context = lathe::Engine(lathe::build(net)).context({.threads = 1});
  context.set_input("x", arrays.output("x"));
  context.run().throw_if_error();
  bool equal = true;
  for (const char* name : {"y", "h", "c"}) {
    const lathe::ConstTensorRef result = context.output(name);
    const double difference = largest_difference(result, arrays.output(name));
    std::cout << name << " " << to_string(result.shape) << (difference < 1e-6 ? " is" : " is not") << " PyTorch's\n";
    equal = equal && difference < 1e-6;
  }
  return equal ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: lstm_gates lstm.npz\n";
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
