#include "frontends/huggingface/labels.h"

#include <charconv>

#include "base/error.h"

namespace lathe::huggingface {

std::string first_architecture(const Config& config, std::string_view fallback) {
  const nlohmann::json* names = config.find("architectures");
  if (names == nullptr || (names->is_array() && names->empty())) return std::string(fallback);
  if (!names->is_array() || !names->front().is_string()) config.wrong_type("architectures", "a list of class names");
  return names->front().get<std::string>();
}

std::vector<std::string> labels_of(const Config& config) {
  const nlohmann::json* names = config.find("id2label");
  std::vector<std::string> labels;
  if (names == nullptr) {
    int64_t count = config.integer("num_labels", 1, 1 << 20, 2);
    for (int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
    return labels;
  }
  if (!names->is_object() || names->empty()) config.wrong_type("id2label", "an object of class names");
  labels.resize(names->size());
  std::vector<bool> seen(names->size());
  for (const auto& [key, name] : names->items()) {
    size_t index = 0;
    auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || index >= labels.size() || seen[index])
      fail(ErrorCode::corrupt_file, config.where(), "number the classes 0, 1, 2, ...",
           "id2label has {} classes and a class '{}'", labels.size(), key.substr(0, 64));
    // Numbers and booleans are legal names in the wild.
    seen[index] = true;
    labels[index] = name.is_string() ? name.get<std::string>() : name.dump();
  }
  return labels;
}

}  // namespace lathe::huggingface
