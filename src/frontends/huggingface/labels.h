#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "frontends/huggingface/config.h"

namespace lathe::huggingface {

/// config.json's architectures[0], or `fallback` where it names none.
std::string first_architecture(const Config& config, std::string_view fallback);

/// The names of the classes by number, from id2label ({"0": "NEGATIVE", ...}), else num_labels, else two: LABEL_0,
/// LABEL_1. Error(corrupt_file) where the numbers are not 0, 1, 2, ...
std::vector<std::string> labels_of(const Config& config);

}  // namespace lathe::huggingface
