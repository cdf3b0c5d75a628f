#pragma once
#include "tests/suites/harness.h"

namespace lathe::test {

/// Element i is ((i * step) mod modulus - shift) / scale: small numbers that are easily made elsewhere too.
HostTensor pattern(DType type, const Shape& shape, int64_t step, int64_t modulus, int64_t shift, double scale = 1);

/// The reference's outputs for the case, each row-major.
std::vector<std::vector<double>> numbers_of(const Case& of);
/// They are these, within `tolerance` of the largest.
void expect_numbers(const Case& of, const std::vector<std::vector<double>>& outputs, double tolerance = 1e-5);
/// Its rule refuses types and attributes with a message that has `reason` in it.
void expect_refusal(const ops::Op& op, const ops::Types& inputs, std::string_view reason);

}  // namespace lathe::test
