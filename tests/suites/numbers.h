#pragma once
#include <string>
#include <vector>

#include "io/tensor.h"
#include "lathe/error.h"
#include "ops/op.h"

namespace lathe::test {

/// What the reference makes of these inputs.
std::vector<HostTensor> computed(const ops::Op& op, const std::vector<HostTensor>& inputs);

/// The tensor has this shape and these elements, worked out by other means: equal, both NaN, or as near as its type
/// (1e-6 of F32) tells.
void expect_numbers(const HostTensor& tensor, const Shape& shape, const std::vector<double>& values);
/// That of the one output.
void expect_result(const ops::Op& op, const std::vector<HostTensor>& inputs, const Shape& shape,
                   const std::vector<double>& values);

/// A tensor of 64-bit numbers of which not all are doubles.
HostTensor whole_tensor(const std::vector<int64_t>& values, DType type = DType::i64);
std::vector<int64_t> whole_numbers(const HostTensor& tensor);

/// Whether the op's rule refuses inputs of these types (shape_mismatch).
bool is_refused(const ops::Op& op, const ops::Types& types);

/// A type from "f32[n, 4]".
inline ops::TensorType type_of(std::string_view text) { return ops::parse_type(text); }

}  // namespace lathe::test
