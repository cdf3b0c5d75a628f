#pragma once
#include <span>
#include <string>
#include <vector>

#include "io/tensor.h"

namespace lathe::test {

/// A tensor of any type from numbers, rounded to nearest.
HostTensor make_tensor(std::string name, DType dtype, const Shape& shape, std::span<const double> values);
HostTensor make_tensor(std::string name, DType dtype, const Shape& shape, std::initializer_list<double> values);
/// Every element the same.
HostTensor full(std::string name, DType dtype, const Shape& shape, double value);

/// The elements as doubles (exact for all but large 64-bit integers).
std::vector<double> to_doubles(const HostTensor& tensor);

/// ||x - r|| / ||r|| over all elements; ||x|| where r is zero; infinity where the counts differ or x has a NaN or
/// infinity that r has not.
double norm_error(std::span<const double> x, std::span<const double> r);
double norm_error(const HostTensor& x, const HostTensor& r);

}  // namespace lathe::test
