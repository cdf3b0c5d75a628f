#pragma once
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "ops/op.h"

namespace lathe::backends::reference {

/// A tensor with its own memory: row-major, contiguous.
struct Tensor {
  DType dtype = DType::f32;
  Shape shape;
  Blob data;
};

/// Values of shape symbols by name.
using Symbols = std::map<std::string, int64_t, std::less<>>;

/// The outputs of one op for these inputs. Symbols in the op's attributes (the shape of a reshape) take their values
/// from `symbols`; a symbol that the op defines when it runs (pack_index's number of tokens) is added there, and the
/// outputs have the sizes that the run found. Outputs share memory with inputs where no element moves.
///   Error(shape_mismatch)  what the op's rule says against the inputs
///   Error(not_found)       a symbol without a value
///   Error(out_of_range)    data at fault: an id outside its table
///   Error(out_of_memory)   outputs that do not fit into memory
std::vector<Tensor> evaluate(const ops::Op& op, std::span<const Tensor> inputs, Symbols& symbols);
std::vector<Tensor> evaluate(const ops::Op& op, std::span<const Tensor> inputs);

/// The op with every symbol in its attributes replaced by its value.
ops::Op with_sizes(const ops::Op& op, const Symbols& symbols);

}  // namespace lathe::backends::reference
