#include "frontends/onnx/write/spelling.h"

#include <map>

#include "base/error.h"

namespace lathe::onnx {

const std::vector<const Spelling*>& spellings() {
  static const std::vector<const Spelling*> all = [] {
    std::vector<const Spelling*> list;
    const auto add = [&](std::span<const Spelling> table) {
      for (const Spelling& spelling : table) list.push_back(&spelling);
    };
#define LATHE_ONNX_SPELLINGS(name) add(name##_spellings());
#include "frontends/onnx/write/tables.inc"
#undef LATHE_ONNX_SPELLINGS
    return list;
  }();
  return all;
}

const Spelling& spelling_of(std::string_view op) {
  static const std::map<std::string_view, const Spelling*> by_name = [] {
    std::map<std::string_view, const Spelling*> map;
    for (const Spelling* spelling : spellings()) map.emplace(spelling->op, spelling);
    return map;
  }();
  const auto found = by_name.find(op);
  if (found == by_name.end())
    fail(ErrorCode::internal, op, "please report this", "no table says how the op is written as ONNX");
  return *found->second;
}

}  // namespace lathe::onnx
