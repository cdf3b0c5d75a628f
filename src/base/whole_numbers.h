#pragma once
#include <string>
#include <string_view>

#include "lathe/types.h"

namespace lathe {

/// "input_ids[2, 17]": element `i`, row-major, of a tensor.
std::string element_name(std::string_view tensor, const Shape& shape, int64_t i);

/// Writes the elements of a tensor of any type as i32: out[i] = in[i]. Errors name the element.
///   Error(invalid_argument)  it is no whole number
///   Error(out_of_range)      it does not fit 32 bits
void to_i32(std::string_view name, DType type, const Shape& shape, const void* in, int32_t* out);

/// The same of a mask: out[i] = in[i] != 0.
///   Error(invalid_argument)  a negative number or NaN: masks that are added to scores mean the opposite
void mask_to_i32(std::string_view name, DType type, const Shape& shape, const void* in, int32_t* out);

/// Error(invalid_argument) as mask_to_i32 for a mask that steps read as it is.
void check_mask(std::string_view name, const Shape& shape, const int32_t* in);

}  // namespace lathe
