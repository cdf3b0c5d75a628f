#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace lathe::plan {

/// The plan as JSON text. `offsets` (of the weights in the file) null: the form for people, indented, without offsets,
/// checksums and tokenizer. Doubles print shortest, keys are sorted: equal plans give equal text.
std::string write_description(const Plan& plan, const std::vector<uint64_t>* offsets,
                              const std::vector<uint64_t>& checksums);
/// The inverse. Weights become views of `weights`. Error(corrupt_file) for anything that does not fit.
Plan read_description(std::string_view text, const Blob& weights, std::vector<uint64_t>* checksums,
                      std::string_view where);

}  // namespace lathe::plan
