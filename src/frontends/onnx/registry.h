#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "frontends/onnx/node_reader.h"

namespace lathe::onnx {

/// How nodes of one op become ops of the network.
struct Entry {
  std::string_view op;
  void (*read)(NodeReader& node);
  std::string_view domain = {};  ///< empty: ONNX's own
  std::string_view limits = {};  ///< what it lacks of the op, for the documentation; empty: nothing
};

/// All of them, in the order of their tables.
const std::vector<const Entry*>& entries();
/// Null where Lathe does not know the op.
const Entry* find_entry(std::string_view domain, std::string_view op);
/// Whether Lathe knows ops of the domain.
bool is_known_domain(std::string_view domain);

inline constexpr std::string_view kMicrosoft = "com.microsoft";

// A table a file of ops/.
#define LATHE_ONNX_TABLE(name) std::span<const Entry> name##_entries();
#include "frontends/onnx/tables.inc"
#undef LATHE_ONNX_TABLE

}  // namespace lathe::onnx
