#include "frontends/onnx/registry.h"

#include <algorithm>
#include <map>

namespace lathe::onnx {

const std::vector<const Entry*>& entries() {
  static const std::vector<const Entry*> all = [] {
    std::vector<const Entry*> list;
#define LATHE_ONNX_TABLE(name) \
  for (const Entry& entry : name##_entries()) list.push_back(&entry);
#include "frontends/onnx/tables.inc"
#undef LATHE_ONNX_TABLE
    return list;
  }();
  return all;
}

const Entry* find_entry(std::string_view domain, std::string_view op) {
  static const auto by_name = [] {
    std::map<std::pair<std::string_view, std::string_view>, const Entry*> map;
    for (const Entry* entry : entries()) map.emplace(std::pair(entry->domain, entry->op), entry);
    return map;
  }();
  const auto found = by_name.find({domain_of(domain), op});
  return found == by_name.end() ? nullptr : found->second;
}

bool is_known_domain(std::string_view domain) {
  return std::any_of(entries().begin(), entries().end(),
                     [&](const Entry* entry) { return entry->domain == domain_of(domain); });
}

}  // namespace lathe::onnx
