#include "ops/products.h"

#include <utility>

#include "ops/conv.h"
#include "ops/linear.h"

namespace lathe::ops {

const Epilogue* epilogue_of(const Op& op) {
  if (const auto* linear = op.as<Linear>()) return &linear->epilogue;
  const auto* conv = op.as<Conv>();
  return conv && conv->channels_last ? &conv->epilogue : nullptr;
}

Op with_epilogue(const Op& op, Epilogue epilogue) {
  if (const auto* linear = op.as<Linear>()) {
    Linear changed = *linear;
    changed.epilogue = std::move(epilogue);
    return changed;
  }
  Conv changed = *op.as<Conv>();
  changed.epilogue = std::move(epilogue);
  return changed;
}

}  // namespace lathe::ops
