#pragma once
#include "ir/evaluator.h"

namespace lathe::compiler {

/// Computes ops on constants with the reference backend: what the constant folder is handed.
const ir::Evaluator& reference_evaluator();

}  // namespace lathe::compiler
