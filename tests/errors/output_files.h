#pragma once
#include <functional>
#include <string>
#include <vector>

#include "io/tensor_file.h"
#include "lathe/build.h"
#include "lathe/layers.h"
#include "lathe/network.h"
#include "tests/errors/refusal.h"
#include "tests/frontends/model_folder.h"

namespace lathe::test {

/// Something that Lathe writes, 10 kB or more, under the name `file` in a folder.
struct Writer {
  std::string file;
  std::function<void(const std::string& path)> write;
};

inline const std::vector<Writer>& writers() {
  static const std::vector<Writer> list = [] {
    std::vector<Writer> all;
    const Plan plan = build(ModelFolder("BertForMaskedLM").write());
    all.push_back({"m.plan", [plan](const std::string& path) { plan.save(path); }});
    const std::vector<HostTensor> tensors = {io_test::patterned("x", DType::f32, {50, 60})};
    for (const char* file : {"x.npy", "x.npz", "x.safetensors"})
      all.push_back({file, [tensors](const std::string& path) { write_tensor_file(path, tensors); }});
    Network network;
    const Tensor x = network.input("x", DType::f32, {"n", 50});
    const HostTensor& w = tensors[0];
    network.output("y", matmul(x, network.weight("w", {w.dtype, w.shape, w.data.data})));
    all.push_back({"x.onnx", [network](const std::string& path) { write_onnx(network, path); }});
    return all;
  }();
  return list;
}

}  // namespace lathe::test
