#pragma once
#include <functional>
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
  /// "tactic: reason, ..." of all rivals, or that none exists.
  std::string reasons() const;
};

/// What else a tactic is asked: empty, or why it cannot be taken.
using Demand = std::function<std::string(const Tactic& tactic)>;

/// Asks every tactic of every backend of the question's device; the cheapest that does not refuse wins. Among equals
/// the last named wins: registries name instruction sets in rising order.
Choice choose(const Question& question, const Demand& demand = {});

/// To read inputs of these layouts, as views have them, or to wish for a format, in which each is copied. Holds for as
/// long as the question.
Demand takes_layouts(const Question& question, std::vector<Layout> layouts);

/// How an input or output of a step lies in a plan.
struct Lying {
  Layout layout = Layout::dense;
  Format format = {};
};
/// To read and write each where it lies.
Demand takes(const Question& question, std::vector<Lying> inputs, std::vector<Lying> outputs);

/// A weight in another format ("" = row-major), by way of its exact row-major form, in `region`'s memory.
/// Error(internal) for an unknown one.
Blob repack(std::string_view name, const Blob& data, DType type, const Shape& shape, bool transposed,
            std::string_view from, std::string_view to, BlobRegion& region, std::string_view device = kHost);

/// Error(corrupt_file) where a packed weight's size is not the format's for its shape.
void check_packed_size(std::string_view name, std::string_view format, const Shape& shape, bool transposed, DType type,
                       size_t bytes, std::string_view device = kHost);

}  // namespace lathe::backends
