#pragma once
#include <functional>
#include <string_view>

#include "io/tensor.h"
#include "plan/plan.h"

namespace lathe::compiler {

/// The tensor of a source weight by name; Error(not_found).
using Source = std::function<HostTensor(std::string_view name)>;

/// The bytes of a plan's weight made anew from its sources, by its recipe and in its format: those of the plan where
/// the sources are the plan's own, the bytes of other weights of the same network (a fine-tuned copy) where they are
/// others. Error(shape_mismatch) where a source has another type or shape than the recipe takes.
Blob remake(const plan::Weight& weight, const Source& source);

}  // namespace lathe::compiler
