#pragma once
#include <nlohmann/json.hpp>

#include "ops/op.h"

namespace lathe::plan {

/// {"op": "softmax", "axis": -1}
nlohmann::json write_op(const ops::Op& op);
/// Error(corrupt_file) for attributes of the wrong kind, Error(unsupported) for an op of a newer version.
ops::Op read_op(const nlohmann::json& object);

}  // namespace lathe::plan
