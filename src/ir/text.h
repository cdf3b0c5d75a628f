#pragma once
#include <map>
#include <string>
#include <string_view>

#include "ops/op.h"

namespace lathe::ir {

using ops::is_word_character;
using ops::quoted_if_odd;
using ops::split_list;

/// The op with the attributes as written after the '=' signs. Error(corrupt_file | unsupported) for an attribute of
/// another name or kind.
ops::Op read_op(std::string_view name, const std::map<std::string, std::string>& attributes);

/// Error(corrupt_file) when the text is no whole number or no number.
int64_t read_integer(std::string_view text);
double read_number(std::string_view text);

}  // namespace lathe::ir
