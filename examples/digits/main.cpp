// A convolutional network layer by layer, with the weights that train.py found: how many of the handwritten digits it
// has not seen it reads right. PyTorch's figure is in the file.
//
//   digits digits.npz
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include "lathe/lathe.h"

namespace {

using lathe::DType;
using lathe::Tensor;

/// [n, 8, 8], from 0 to 16, to ten logits each.
Tensor logits_of(lathe::Network& net, const Tensor& images, const std::string& file) {
  const auto weight = [&](const std::string& name) { return net.weight(name, file); };
  const lathe::WindowOptions same{.padding = lathe::PaddingMode::same_upper};
  Tensor x = reshape(cast(images, DType::f32) / 16, {0, 1, 8, 8});
  x = relu(convolution(x, weight("0.weight"), weight("0.bias"), same));
  x = convolution(x, weight("2.weight"), weight("2.bias"), same);
  // Batch normalization by the statistics of training is a scale and a shift a channel.
  const Tensor factor = weight("3.weight") / sqrt(weight("3.running_var") + 1e-5);
  const Tensor shift = weight("3.bias") - weight("3.running_mean") * factor;
  x = relu(scale(x, shift, factor, {}, {.mode = lathe::ScaleMode::channel}));
  x = pooling(x, lathe::PoolingType::max, {2, 2}, {.stride = {2, 2}});
  return linear(reshape(x, {0, -1}), weight("7.weight"), weight("7.bias"));
}

/// The arrays of the file that are no weights: outputs of a network that has nothing else.
lathe::Engine arrays_of(const std::string& file) {
  lathe::Network net("arrays");
  for (const char* name : {"images", "labels", "correct"}) net.output(name, net.weight(name, file));
  return lathe::Engine(lathe::build(net));
}

int run(const std::string& file) {
  lathe::Context arrays = arrays_of(file).context({.threads = 1});
  arrays.run().throw_if_error();

  lathe::Network net("digits");
  const Tensor images = net.input("images", DType::u8, {"n", 8, 8}), labels = net.input("labels", DType::i32, {"n"});
  const Tensor digits = arg_max(logits_of(net, images, file)).named("digits");
  net.output("correct", reduce_sum(cast(equal(digits, cast(labels, DType::i64)), DType::i32)));
  lathe::Context context = lathe::Engine(lathe::build(net)).context();
  for (const char* name : {"images", "labels"}) context.set_input(name, arrays.output(name));
  context.run().throw_if_error();

  const auto number = [](const lathe::ConstTensorRef& tensor) { return *static_cast<const int32_t*>(tensor.data); };
  const int32_t correct = number(context.output("correct")), expected = number(arrays.output("correct"));
  std::cout << correct << " of " << arrays.output("labels").shape[0] << " are right, " << expected << " in PyTorch\n";
  return correct == expected ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: digits digits.npz\n";
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
