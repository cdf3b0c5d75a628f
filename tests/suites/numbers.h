#pragma once
#include <string>
#include <vector>

#include "io/tensor.h"
#include "lathe/error.h"
#include "tests/suites/harness.h"

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

/// Element i is ((i * step) mod modulus - shift) / scale: small numbers that are easily made elsewhere too.
HostTensor pattern(DType type, const Shape& shape, int64_t step, int64_t modulus, int64_t shift, double scale = 1);

/// The reference's outputs for the case, each row-major.
std::vector<std::vector<double>> numbers_of(const Case& of);
/// They are these, within `tolerance` of the largest.
void expect_numbers(const Case& of, const std::vector<std::vector<double>>& outputs, double tolerance = 1e-5);
/// Its rule refuses types and attributes with a message that has `reason` in it.
void expect_refusal(const ops::Op& op, const ops::Types& inputs, std::string_view reason);

}  // namespace lathe::test
