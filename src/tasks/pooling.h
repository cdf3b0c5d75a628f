#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "tasks/text_engine.h"

namespace lathe::tasks {

/// One vector of a text's token vectors, as sentence-transformers' Pooling makes it. Tokens before `first` (those of a
/// prompt) do not count; the others keep their places: weightedmean weighs token i by i + 1. Without a token that
/// counts: zeros, but token 0 for "cls" and -infinity for "max".
/// `mode`: "cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken"; Error(invalid_argument) for
/// others.
void pool(std::string_view mode, const Matrix& tokens, int64_t first, std::span<float> out);
/// Throws for a mode that pool() does not know.
void check_pooling(std::string_view mode);

/// Divides by the Euclidean length, or by 1e-12 where that is greater.
void normalize(std::span<float> vector);

}  // namespace lathe::tasks
