#pragma once
#include <map>
#include <string>
#include <string_view>

#include "ops/op.h"

namespace lathe::ir {

/// A name as the text form shows it: bare when it is made of letters, digits and _ . / : - +, else in double quotes
/// with \" \\ and \xNN.
std::string quoted_if_odd(std::string_view name);
/// Whether a bare word may hold the character.
bool is_word_character(char c);

/// "layer_norm(epsilon=1e-05)": attributes that differ from their defaults; texts as quoted_if_odd() gives them.
std::string print_op(const ops::Op& op);

/// The op with the attributes as written after the '=' signs. Error(corrupt_file | unsupported) for an attribute of
/// another name or kind.
ops::Op read_op(std::string_view name, const std::map<std::string, std::string>& attributes);

/// The parts of "a, f(b, c), d" between top-level commas, without spaces around them.
std::vector<std::string_view> split_list(std::string_view text);
/// Error(corrupt_file) when the text is no whole number or no number.
int64_t read_integer(std::string_view text);
double read_number(std::string_view text);

}  // namespace lathe::ir
