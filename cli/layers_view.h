#pragma once
#include "cli/output.h"
#include "lathe/network.h"

namespace lathe::cli {

/// A network's inputs, layers and outputs with their tensors, as people who inspect TensorRT engines and ONNX graphs
/// know them: "Layer 3    | NAME [Op: KIND]", what it reads, "-> " what it gives. Blocks of layers stand below them.
void print_layers(Output& output, const Network& network);

/// {"inputs": [TENSOR], "outputs": .., "layers": [{"name", "op", "attributes", "inputs", "outputs", "blocks"}]}, a
/// TENSOR being {"name", "type", "shape"}.
Json layers_json(const Network& network);

}  // namespace lathe::cli
