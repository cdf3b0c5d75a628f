#pragma once
#include <optional>

#include "base/dim.h"
#include "lathe/types.h"
#include "ops/binary.h"

namespace lathe::passes {

/// The number as an element of the type holds it: rounded where that is a float; nothing where it is no element of the
/// type, NaN, or of a type that is not computed with here (8-bit floats, less than 8 bits, whole numbers beyond 2^53).
std::optional<double> held(double number, DType type);

/// a (kind) b as ops/binary.h has it for elements of the type; nothing for other kinds than sums, differences,
/// products, quotients, minimum and maximum, and where held() has nothing.
std::optional<double> computed(ops::BinaryKind kind, double a, double b, DType type);

/// Whether each number of an integer type is one of another.
bool holds_all(DType type, DType of);

/// Whether 1 is not lost beside a number of this size in sums of the type.
bool resolves(DType type, double beside);

/// The largest factor of a size or index, and the largest number beside it, with which elements of the type are taken
/// to hold the expression; 0: they are not.
int64_t largest_factor(DType type);

}  // namespace lathe::passes
