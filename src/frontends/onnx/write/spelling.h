#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "frontends/onnx/write/node_writer.h"

namespace lathe::onnx {

/// How nodes of one op are written.
struct Spelling {
  std::string_view op;
  /// Writes the node, and gives the names of its outputs; none where these attributes have no plain spelling. An op
  /// that has a spelling in simpler ops (Op::expand) then becomes the call of a function. Null: it always does.
  Values (*write)(NodeWriter& node) = nullptr;
  /// Why nodes of the op, or some of them, are refused; empty: none is.
  std::string_view refusal = {};
};

/// All of them, in the order of their tables.
const std::vector<const Spelling*>& spellings();
/// Error(internal) where no table has the op: a test looks at all.
const Spelling& spelling_of(std::string_view op);

/// The node as a call of a function of the file whose body is the op's spelling in simpler ops, as ONNX has them; of
/// one that comes to a single node, as that. Empty where the op has none.
Values call_function(NodeWriter& node);

// A table a file of ops/.
#define LATHE_ONNX_SPELLINGS(name) std::span<const Spelling> name##_spellings();
#include "frontends/onnx/write/tables.inc"
#undef LATHE_ONNX_SPELLINGS

}  // namespace lathe::onnx
