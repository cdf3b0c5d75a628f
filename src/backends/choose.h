#pragma once
#include <string>
#include <vector>

#include "backends/tactic.h"
#include "base/pages.h"

namespace lathe::backends {

struct Choice {
  const Tactic* tactic = nullptr;  ///< null: every tactic refused
  double cost = 0;                 ///< estimated microseconds
  struct Rival {
    std::string tactic, reason;  ///< why it was not taken
  };
  std::vector<Rival> rivals;
};

/// Asks every tactic of every backend of the question's device; the cheapest that does not refuse wins. Among equals
/// the last named wins: registries name instruction sets in rising order. `layouts`: of inputs that are views, which a
/// tactic must read; none: all are dense.
Choice choose(const Question& question, const std::vector<Layout>& layouts);

/// A weight in another format ("" = row-major), by way of its exact row-major form, in `region`'s memory.
/// Error(internal) for an unknown one.
Blob repack(std::string_view name, const Blob& data, DType type, const Shape& shape, bool transposed,
            std::string_view from, std::string_view to, BlobRegion& region, std::string_view device = kHost);

/// Error(corrupt_file) where a packed weight's size is not the format's for its shape.
void check_packed_size(std::string_view name, std::string_view format, const Shape& shape, bool transposed, DType type,
                       size_t bytes, std::string_view device = kHost);

}  // namespace lathe::backends
